"""The events of every composition, in both versions, on both libraries."""

import asyncio

import pytest

from .events import astreamed, by_run, streamed
from .scenarios import CHAINS, CONCURRENT, MODELS, TOOLS, awords, both, fake, telling, text_parser

ALL = {**CHAINS, **MODELS, **TOOLS}
# Where a step fails in mid-stream, headrace ends the runs before it; see docs/differences.md.
IN_ASYNC_CODE_ONLY = {
    "an async function",
    "functions",
    "@chain",
    "custom events",
    "a nested retry",
    "a model in an async function",
    "a sync model call in an async step",
    "parallel in a sequence",
    "each at once",
    "a batch with fallbacks",
}
ENDS_MORE = {("a generator fails", "v1")}
CONFIG = {"tags": ["root"], "metadata": {"k": "v"}}


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", ALL)
def test_events(chain, version, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        events = await astreamed(lib, runnable, given, version=version)
        if (chain, version) in ENDS_MORE:
            return [event for event in events if "add" not in str(event) or "end" not in str(event)]
        return events

    assert compare(scenario)


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", CONCURRENT)
def test_events_of_what_runs_at_the_same_time(chain, version, compare):
    async def scenario(lib):
        runnable, given = CONCURRENT[chain](lib)
        return by_run(await astreamed(lib, runnable, given, version=version))

    assert compare(scenario)


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", ["functions", "tagged and described", "a model and a parser"])
def test_events_with_a_configuration(chain, version, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        return await astreamed(lib, runnable, given, {**CONFIG, "run_name": "it"}, version=version)

    compare(scenario)


FILTERS = [
    {"include_names": ["StrOutputParser"]},
    {"include_names": ["add_one", "nobody"]},
    {"include_types": ["chat_model"]},
    {"include_types": ["chat_model", "parser"], "exclude_tags": ["seq:step:3"]},
    {"include_tags": ["mine"]},
    {"include_tags": ["mine"], "exclude_names": ["StrOutputParser"]},
    {"exclude_types": ["chain"]},
    {"exclude_names": ["RunnableSequence"], "exclude_tags": ["mine"]},
    {"include_names": []},
    {"include_names": ["RunnableSequence"], "include_types": ["parser"], "include_tags": ["mine"]},
]


def filtered(lib):
    def add_one(x):
        return x + "!"

    return (
        fake(lib).with_config(tags=["mine"])
        | text_parser(lib)
        | lib.r.RunnableLambda(add_one).with_config(tags=["other"])
    )


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chosen", FILTERS, ids=str)
def test_filters(chosen, version, compare):
    compare(lambda lib: astreamed(lib, filtered(lib), "hi", version=version, **chosen))


@pytest.mark.parametrize(
    "chosen", [{"exclude_names": ["began"]}, {"exclude_types": ["ended"]}, {"include_tags": ["t"]}]
)
def test_filters_of_custom_events(chosen, compare):
    async def scenario(lib):
        return await astreamed(lib, telling(lib), 1, version="v2", **chosen)

    compare(scenario)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", ["functions", "three generators", "a model and a parser"])
def test_handlers_beside_the_stream(chain, version, is_async, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        watch = lib.watch(is_async=is_async)
        events = await astreamed(lib, runnable, given, {"callbacks": [watch]}, version=version)
        return events, [event for event, _, _ in watch.events]

    compare(scenario)


def test_a_manager_as_callbacks(compare):
    async def scenario(lib):
        manager = lib.c.CallbackManager([watch := lib.watch()], tags=["of the manager"])
        manager.add_tags(["inherited"])
        runnable, given = ALL["functions"](lib)
        events = await astreamed(lib, runnable, given, {"callbacks": manager})
        return events, [event for event, _, _ in watch.events]

    compare(scenario)


def test_a_run_id_of_ones_own(compare):
    async def scenario(lib):
        from uuid import UUID

        runnable, given = ALL["functions"](lib)
        run_id = UUID(int=7)
        return [
            event["run_id"] == str(run_id)
            async for event in runnable.astream_events(given, {"run_id": run_id}, version="v2")
        ]

    compare(scenario)


def test_events_inside_a_run(compare):
    """What is streamed inside a step is below that step's run."""

    async def scenario(lib):
        seen = []

        async def outer(x):
            async for event in both(lib, asynchronous=awords).astream_events(x, version="v2"):
                seen.append((event["event"], len(event["parent_ids"])))
            return x

        await lib.r.RunnableLambda(outer).ainvoke(1, {"callbacks": [lib.watch()]})
        return seen

    compare(scenario)


@pytest.mark.parametrize("chain", [*ALL, *CONCURRENT])
def test_events_in_sync_code_are_those_of_async_code(chain):
    """Apart from what differs: functions and generators of the other kind."""
    from .conftest import LIBRARIES

    ours = LIBRARIES[1]
    runnable, given = {**ALL, **CONCURRENT}[chain](ours)
    events = streamed(runnable, given)
    if "coroutine function" in str(events[-1]):
        assert chain in IN_ASYNC_CODE_ONLY
        return
    assert chain not in IN_ASYNC_CODE_ONLY
    if chain == "a generator fails":
        # in sync code, what is closed has come to its end
        events = [event for event in events if "add" not in str(event) or "end" not in str(event)]
    runnable, given = {**ALL, **CONCURRENT}[chain](ours)
    expected = asyncio.run(astreamed(ours, runnable, given))
    assert by_run(events) == by_run(expected)
