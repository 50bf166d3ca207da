"""Random chains: every run starts and ends once, inside its parent, and nothing is lost."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
)


def step(number: int) -> RunnableLambda[Any, Any]:
    async def works(x):
        await asyncio.sleep(0)
        return x

    return RunnableLambda(lambda x: x, works if number % 2 else None, name=f"f{number}")


def generator(number: int) -> RunnableGenerator[Any, Any]:
    def gives(items):
        for item in items:
            for _ in range(number % 3 + 1):
                yield str(item)

    async def agives(items):
        async for item in items:
            for i in range(number % 3 + 1):
                if i % 2:
                    await asyncio.sleep(0)
                yield str(item)

    return RunnableGenerator(gives, agives, name=f"g{number}")


def failing(number: int) -> Runnable[Any, Any]:
    def fails(x):
        raise ValueError(number)

    return RunnableLambda(fails, name=f"e{number}").with_fallbacks([step(number)])


def nested(inner: Runnable[Any, Any]) -> Runnable[Any, Any]:
    async def acalls(x):
        return await inner.ainvoke(x)

    return RunnableLambda(inner.invoke, acalls, name="nested")


leaves = st.builds(step, st.integers(0, 9)) | st.builds(generator, st.integers(0, 9))
chains = st.recursive(
    leaves | st.builds(failing, st.integers(0, 9)),
    lambda inner: (
        st.builds(lambda a, b: a | b, inner, inner)
        | st.builds(lambda a, b: RunnableParallel(one=a, two=b), inner, inner)
        | st.builds(lambda a, b: RunnableBranch((lambda x: True, a), b), inner, inner)
        | st.builds(nested, inner)
        | st.builds(lambda a: a.with_config(tags=["t"], run_name="named"), inner)
    ),
    max_leaves=8,
)


def check(events: list[Any]) -> None:
    """Every start has one end or error; a run is inside its parent; parent ids lead to the root."""
    open_runs: dict[str, list[str]] = {}
    seen: Counter[str] = Counter()
    for event in events:
        run, kind = event["run_id"], event["event"].rpartition("_")[2]
        if kind == "start":
            seen[run] += 1
            assert all(parent in open_runs for parent in event["parent_ids"])
            if event["parent_ids"]:
                above = event["parent_ids"][-1]
                assert event["parent_ids"] == [*open_runs[above], above]
            open_runs[run] = event["parent_ids"]
        else:
            assert event["parent_ids"] == open_runs[run]
        if kind in ("end", "error"):
            del open_runs[run]
            assert not any(run in parents for parents in open_runs.values())
    assert not open_runs
    assert set(seen.values()) == {1}
    assert len([event for event in events if not event["parent_ids"]]) >= 2


async def collect(chain: Runnable[Any, Any], value: Any, **options: Any) -> list[Any]:
    return [
        event async for event in chain.astream_events(value, version="v2", on_error=True, **options)
    ]


@given(chain=chains, limit=st.integers(1, 20))
def test_the_tree_of_runs(chain, limit):
    check(asyncio.run(collect(chain, "x", max_buffered=limit)))


@given(chain=chains, limit=st.integers(1, 20))
def test_the_tree_of_runs_in_sync_code(chain, limit):
    check(list(chain.stream_events("x", on_error=True, max_buffered=limit)))


def counted(events: list[Any]) -> Counter[Any]:
    """What is told, without ids, so that two streams of one chain can be compared.

    Parallel branches take turns as they are scheduled: what their chunks add up to is compared
    without its order.
    """
    return Counter(
        (event["event"], event["name"], "".join(sorted(json.dumps(event["data"]))))
        for event in events
    )


@pytest.mark.parametrize(("count", "options"), [(200, {}), (60, {"max_buffered": 2})], ids=str)
async def test_many_streams_at_once(count, options):
    """Each has its own events, all of them and no other's."""
    chooser = random.Random(7)

    def build(depth: int) -> Runnable[Any, Any]:
        number = chooser.randrange(1, 10) | 1
        if depth == 0:
            return step(number) if chooser.random() < 0.5 else generator(number)
        if chooser.random() < 0.3:
            return RunnableParallel(one=build(depth - 1), two=build(depth - 1))
        return build(depth - 1) | build(depth - 1)

    shapes = [build(2) for _ in range(20)]
    alone = [await collect(shape, "mark") for shape in shapes]
    numbers = list(range(count))
    found = await asyncio.gather(*(collect(shapes[i % 20], f"<{i}>", **options) for i in numbers))
    for i, events in zip(numbers, found, strict=True):
        check(events)
        mine = json.loads(json.dumps(events).replace(f"<{i}>", "mark"))
        assert counted(mine) == counted(alone[i % 20])
