"""Each difference of the Runnable layer that docs/differences.md lists, on both libraries."""

import asyncio
import contextlib
import inspect
from contextvars import ContextVar
from typing import Any

import pytest
from tests.differences import check_table


def twice(items):
    for item in items:
        yield item
        yield item


async def atwice(items):
    async for item in items:
        yield item
        yield item


def fail(x):
    raise ValueError("bad")


def closing_order(lib):
    watch = lib.watch()
    twofold = lib.r.RunnableGenerator(twice, atwice)
    stream = (twofold | twofold).stream(1, {"callbacks": [watch]})
    next(stream)
    stream.close()
    del stream
    return [kwargs["run_id"] for event, _, kwargs in watch.events if event == "on_chain_end"]


def failing_in_mid_stream(lib):
    watch = lib.watch()

    def breaks(items):
        for item in items:
            yield item
            raise ValueError("mid")

    chain = lib.r.RunnableGenerator(twice) | breaks
    with contextlib.suppress(ValueError):
        list(chain.stream(1, {"callbacks": [watch]}))
    return [
        kwargs["run_id"]
        for event, _, kwargs in watch.events
        if event in ("on_chain_end", "on_chain_error")
    ]


def early_end(lib):
    made = []

    def source(items):
        for _ in items:
            for i in range(4):
                made.append(i)
                yield i

    def first(items):
        for item in items:
            yield item
            return

    list((lib.r.RunnableGenerator(source) | first).stream(0))
    return made


async def generator_under_async(lib):
    try:
        return [chunk async for chunk in lib.r.RunnableGenerator(twice).astream(1)]
    except NotImplementedError:
        return "NotImplementedError"


def async_generator_in_sync(lib):
    try:
        return list(lib.r.RunnableGenerator(atwice).stream(1))
    except (NotImplementedError, TypeError) as error:
        return type(error).__name__


def runs_below_fallbacks(lib):
    watch = lib.watch()
    good = lib.r.RunnableLambda(lambda x: x)
    lib.r.RunnableLambda(fail).with_fallbacks([good]).invoke(1, {"callbacks": [watch]})
    starts = [kwargs for event, _, kwargs in watch.events if event == "on_chain_start"]
    return [kwargs["parent_run_id"] for kwargs in starts]


async def context_variables(lib):
    variable = ContextVar("variable", default=0)

    async def sets(x):
        variable.set(x)
        return x

    async def reads(x):
        return variable.get()

    return await (lib.r.RunnableLambda(sets) | reads).ainvoke(1)


async def bound_branches(lib):
    """The names of the runs above a bound branch that streams inside a parallel step."""
    branch = lib.r.RunnableLambda(lambda x: x).with_config(run_name="bound")
    inside = lib.r.RunnableBranch((lambda x: True, branch), branch)
    names, above = {}, []
    async for event in lib.r.RunnableParallel(a=inside).astream_events(1, version="v2"):
        names.setdefault(event["run_id"], event["name"])
        if event["event"] == "on_chain_start" and event["name"] == "bound":
            above = [names[run_id] for run_id in event["parent_ids"]]
    return above


def chain_groups(lib):
    watch = lib.watch()
    manager = lib.c.CallbackManager([watch], [watch])
    with lib.manager.trace_as_chain_group("group", manager) as group:
        lib.r.RunnableLambda(lambda x: x).invoke(1, {"callbacks": group})
    return len(watch.events)


def compositions(lib):
    chain = lib.r.RunnableLambda(fail) | fail
    return isinstance(chain, lib.r.RunnableSerializable)


async def failing_branch(lib):
    gone_on = []
    failed = asyncio.Event()

    async def waits(x):
        await failed.wait()
        gone_on.append(x)

    async def fails(x):
        raise ValueError("one")

    with contextlib.suppress(ValueError):
        await lib.r.RunnableParallel(a=waits, b=fails).ainvoke(1)
    failed.set()
    for _ in range(10):
        await asyncio.sleep(0)
    return gone_on


def callbacks_parameter(lib):
    def step(x, callbacks):
        return type(callbacks).__name__

    try:
        return lib.r.RunnableLambda(step).invoke(1)
    except TypeError:
        return "TypeError"


def ascii_drawing(lib):
    try:
        return lib.r.RunnableLambda(fail).get_graph().draw_ascii().count("+--") > 2
    except ImportError:
        return "ImportError"


def empty_stream(lib):
    try:
        return list(lib.r.RunnableLambda(lambda x: [x]).transform(iter(())))
    except UnboundLocalError:
        return "UnboundLocalError"


def assigned_schema(lib):
    assign = lib.r.RunnablePassthrough.assign
    chain = assign(b=lambda _: 1) | assign(c=lambda _: 1)
    return sorted(chain.get_output_jsonschema()["properties"])


def each_schema(lib):
    return "default" in lib.r.RunnableLambda(fail).map().get_input_jsonschema()


def unwatched_parents(lib):
    watch = lib.watch()
    watched = lib.r.RunnableLambda(lambda x: x).with_config(callbacks=[watch])
    (lib.r.RunnableLambda(lambda x: x) | watched).invoke(1)
    return [kwargs["parent_run_id"] for _, _, kwargs in watch.events]


def fallbacks_after_nothing(lib):
    def begins(items):
        for _ in items:
            yield ""
            raise ValueError("overloaded")

    chain = lib.r.RunnableGenerator(begins).with_fallbacks([lib.r.RunnableLambda(lambda x: x)])
    try:
        return "".join(chain.stream("from the second"))
    except ValueError as error:
        return str(error)


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "closing-order": (closing_order, [0, 1, 2], [2, 1, 0]),
    "failing-in-mid-stream": (failing_in_mid_stream, [2, 0, 1], [2, 1, 0]),
    "early-end": (early_end, [0, 1, 2, 3], [0]),
    "generator-under-async": (generator_under_async, "NotImplementedError", [1, 1]),
    "async-generator-in-sync": (async_generator_in_sync, "NotImplementedError", "TypeError"),
    "runs-below-fallbacks": (runs_below_fallbacks, [None, None, None], [None, 0, 0]),
    "context-variables": (context_variables, 0, 1),
    "bound-branches": (
        bound_branches,
        ["RunnableParallel<a>"],
        ["RunnableParallel<a>", "RunnableBranch"],
    ),
    "chain-groups": (chain_groups, 0, 4),
    "fallbacks-after-nothing": (fallbacks_after_nothing, "overloaded", "from the second"),
    "plain-compositions": (compositions, True, False),
    "failing-branch": (failing_branch, [1], []),
    "callbacks-parameter": (callbacks_parameter, "TypeError", "CallbackManager"),
    "ascii-drawing": (ascii_drawing, "ImportError", True),
    "unwatched-parents": (unwatched_parents, [1, 1], [None, None]),
    "empty-stream": (empty_stream, "UnboundLocalError", []),
    "assigned-schema": (assigned_schema, ["c", "root"], ["b", "c"]),
    "each-schema": (each_schema, True, False),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name, library):
    scenario, theirs, ours = DIFFERENCES[name]
    result = scenario(library)
    if inspect.isawaitable(result):
        result = asyncio.run(result)
    assert result == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them():
    check_table("Runnables", __file__, DIFFERENCES)
