"""Each difference of the event streams that docs/differences.md lists, on both libraries."""

import asyncio
import contextlib
import warnings
from typing import Any

import pytest
from tests.differences import check_table

from .events import astreamed, logged, module


async def agen(items):
    async for item in items:
        yield item
        yield item


def gen(items):
    for item in items:
        yield item
        yield item


def both(lib):
    return lib.r.RunnableGenerator(gen, agen)


async def sync_events(lib):
    try:
        return len(list(both(lib).stream_events(1, version="v2")))
    except NotImplementedError:
        return "NotImplementedError"


async def checked_at_once(lib):
    seen = []
    for options in ({"version": "v9"}, {"include_names": "a generator"}):
        try:
            both(lib).astream_events(1, **options)
            seen.append("nothing")
        except (NotImplementedError, TypeError) as error:
            seen.append(type(error).__name__)
    return seen


async def custom_event_first(lib):
    async def tells(x):
        await lib.c.adispatch_custom_event("told", {"x": x})
        return x

    events = await astreamed(lib, lib.r.RunnableLambda(tells), 1, include_names=["told"])
    return [event["data"] for event in events]


async def slashes_in_names(lib):
    chain = lib.r.RunnableLambda(lambda x: x, name="a/b") | (lambda x: x)
    *_, (kind, _, state) = await logged(lib, chain, 1, diff=False)
    return sorted(state["logs"]) if kind == "RunLog" else kind


async def tried_slashes_in_names(lib):
    try:
        return await slashes_in_names(lib)
    except (ValueError, TypeError):
        return "an error"


async def failing_ends_more(lib):
    async def breaks(items):
        async for item in items:
            yield item
            raise ValueError("mid")

    chain = lib.r.RunnableLambda(lambda x: x, name="first") | lib.r.RunnableGenerator(breaks)
    events = await astreamed(lib, chain, 1, version="v1")
    return [
        event["name"]
        for event in events
        if isinstance(event, dict) and event["event"] == "on_chain_end"
    ]


async def streams_inside_streams(lib):
    seen = []

    async def outer(x):
        async for event in (both(lib) | both(lib)).astream_events(x, version="v2"):
            seen.append(event["event"])
        return x

    await astreamed(lib, lib.r.RunnableLambda(outer), 1)
    return seen.count("on_chain_stream")


async def no_word_of_old_versions(lib):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        async for _ in both(lib).astream_events(1, version="v1"):
            pass
        async for _ in both(lib).astream_log(1):
            pass
    return bool(said)


async def events_of_each(lib):
    events = await astreamed(lib, lib.r.RunnableLambda(lambda x: x).map(), [1, 2])
    return len(events) > 1


async def streams_without_runs(lib):
    class Own(lib.r.Runnable):
        def invoke(self, value, config=None, **kwargs):
            return value

        async def astream(self, value, config=None, **kwargs):
            for i in range(3):
                made.append(i)
                yield i

    made: list[int] = []
    await astreamed(lib, Own(), 1)
    return made


async def leaving_the_log(lib):
    made = []

    async def makes(items):
        async for item in items:
            for i in range(100):
                made.append(i)
                yield item
                await asyncio.sleep(0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log = lib.r.RunnableGenerator(makes).astream_log(1)
        with contextlib.suppress(asyncio.CancelledError):
            async for _ in log:
                if made:
                    break
            await log.aclose()
    return len(asyncio.all_tasks()) > 1


async def bounded(lib):
    made = []

    async def makes(items):
        async for item in items:
            for i in range(1000):
                made.append(i)
                yield item
                await asyncio.sleep(0)

    events = lib.r.RunnableGenerator(makes).astream_events(1, version="v2")
    await anext(events)
    for _ in range(10_000):
        await asyncio.sleep(0)
    await events.aclose()
    return len(made) == 1000


async def inputs_of_failures(lib):
    async def breaks(items):
        async for item in items:
            yield item
            yield item
            raise KeyError

    chain = lib.r.RunnableGenerator(breaks) | lib.r.RunnableLambda(lambda x: x, name="reads")
    events = await astreamed(lib, chain, "ab", version="v1")
    (end,) = [one for one in events if "reads" in str(one) and one["event"] == "on_chain_end"]
    return end["data"]["input"]


async def unwatched_models(lib):
    asked = []
    fakes = module(lib, "language_models.fake_chat_models")

    class Fake(fakes.GenericFakeChatModel):
        def _stream(self, *args, **kwargs):
            asked.append("in parts")
            return super()._stream(*args, **kwargs)

    model = Fake(messages=iter(["hello there"]))

    async def asks(x):
        return await model.ainvoke(x)

    await astreamed(lib, lib.r.RunnableLambda(asks), "hi", exclude_types=["chat_model"])
    return asked


async def events_of_root_tools(lib):
    @module(lib, "tools").tool
    def tells(x: int, config: lib.r.RunnableConfig):
        """Tell."""
        lib.c.dispatch_custom_event("told", x, config=config)

    events = await astreamed(lib, tells, {"x": 1})
    return [event["event"] if isinstance(event, dict) else event[0] for event in events]


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "sync-events": (sync_events, "NotImplementedError", 4),
    "checked-at-once": (
        checked_at_once,
        ["nothing", "nothing"],
        ["NotImplementedError", "TypeError"],
    ),
    "custom-event-first": (custom_event_first, [{"x": 1, "input": 1}], [{"x": 1}]),
    "slashes-in-names": (tried_slashes_in_names, "an error", ["RunnableLambda", "a/b"]),
    "ends-after-a-failure": (failing_ends_more, ["breaks"], ["breaks", "first"]),
    "streams-inside-streams": (streams_inside_streams, 4, 10),
    "no-word-of-old-versions": (no_word_of_old_versions, True, False),
    "events-of-each": (events_of_each, False, True),
    "streams-without-runs": (streams_without_runs, [0], [0, 1, 2]),
    "leaving-the-log": (leaving_the_log, True, False),
    "bounded": (bounded, True, False),
    "inputs-of-failures": (inputs_of_failures, "ab", "abab"),
    "unwatched-models": (unwatched_models, ["in parts"], []),
    "events-of-root-tools": (
        events_of_root_tools,
        ["on_tool_start", "on_tool_error", "RuntimeError"],
        ["on_tool_start", "on_custom_event", "on_tool_end"],
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name, library):
    scenario, theirs, ours = DIFFERENCES[name]
    assert asyncio.run(scenario(library)) == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them():
    check_table("Events", __file__, DIFFERENCES)
