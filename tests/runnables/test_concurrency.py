"""Many runs at a time: bounds, order, separate configurations, memory."""

import asyncio
import threading
import time
import tracemalloc
from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler
from headrace.runnables import RunnableGenerator, RunnableLambda, RunnableParallel


class Gauge:
    """How many are going on at once, and how many ever were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 0
        self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *exc_info: object) -> None:
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize("limit", [1, 3])
def test_max_concurrency_bounds_batches_and_branches(limit):
    gauge = Gauge()

    def work(x: int) -> int:
        with gauge:
            time.sleep(0.005)
        return x

    config: Any = {"max_concurrency": limit}
    assert RunnableLambda(work).batch(list(range(8)), config) == list(range(8))
    assert sorted(RunnableLambda(work).batch_as_completed(list(range(8)), config)) == [
        (i, i) for i in range(8)
    ]
    RunnableParallel({str(i): work for i in range(8)}).invoke(1, config)
    assert gauge.most == limit


@pytest.mark.parametrize("limit", [1, 3])
async def test_max_concurrency_bounds_async_batches_and_branches(limit):
    gauge = Gauge()

    async def work(x: int) -> int:
        with gauge:
            await asyncio.sleep(0.001)
        return x

    config: Any = {"max_concurrency": limit}
    assert await RunnableLambda(work).abatch(list(range(8)), config) == list(range(8))
    pairs = [p async for p in RunnableLambda(work).abatch_as_completed(list(range(8)), config)]
    assert sorted(pairs) == [(i, i) for i in range(8)]
    await RunnableParallel({str(i): work for i in range(8)}).ainvoke(1, config)
    assert gauge.most == limit


async def test_results_come_as_they_end():
    ends = [asyncio.Event() for _ in range(3)]

    async def work(x: int) -> int:
        await ends[x].wait()
        return x

    results = RunnableLambda(work).abatch_as_completed([0, 1, 2])
    for x in (1, 2, 0):
        ends[x].set()
        assert await anext(results) == (x, x)
    await results.aclose()

    unblocks = [threading.Event() for _ in range(3)]

    def block(x: int) -> int:
        assert unblocks[x].wait(60)
        return x

    unblocks[1].set()
    seen = []
    for x, _ in RunnableLambda(block).batch_as_completed([0, 1, 2]):
        seen.append(x)
        unblocks[{1: 2, 2: 0, 0: 0}[x]].set()
    assert seen == [1, 2, 0]


async def test_exceptions_are_results_where_asked_for():
    def work(x: int) -> int:
        if x == 1:
            raise ValueError(x)
        return x

    step = RunnableLambda(work) | (lambda x: x * 10)
    for got in (
        step.batch([0, 1, 2], return_exceptions=True),
        await step.abatch([0, 1, 2], return_exceptions=True),
        [y for _, y in sorted(step.batch_as_completed([0, 1, 2], return_exceptions=True))],
    ):
        assert got[0] == 0
        assert isinstance(got[1], ValueError)
        assert got[2] == 20
    with pytest.raises(ValueError, match="1"):
        step.batch([0, 1, 2])
    with pytest.raises(ValueError, match="1"):
        await step.abatch([0, 1, 2])
    with pytest.raises(ValueError, match="1"):
        list(step.batch_as_completed([0, 1, 2]))
    with pytest.raises(ValueError, match="1"):
        [pair async for pair in step.abatch_as_completed([0, 1, 2])]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_a_batch_cancels_the_rest():
    cancelled = []

    async def work(x: int) -> int:
        try:
            await asyncio.sleep(x)
        except asyncio.CancelledError:
            cancelled.append(x)
            raise
        return x

    stream = RunnableLambda(work).abatch_as_completed([0, 60, 61])
    assert await anext(stream) == (0, 0)
    await stream.aclose()
    assert cancelled == [60, 61]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_bounded_batch_keeps_no_more_tasks_than_its_bound():
    most = 0

    async def work(x: int) -> int:
        nonlocal most
        most = max(most, len(asyncio.all_tasks()))
        await asyncio.sleep(0)
        return x

    inputs = list(range(4_000))
    tracemalloc.start()
    got = await RunnableLambda(work).abatch(inputs, {"max_concurrency": 5})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert got == inputs
    assert most <= 6
    assert peak < 1_000_000


async def test_a_thousand_streams_at_once_keep_their_runs_apart():
    class Watch(BaseCallbackHandler):
        run_inline = True

        def __init__(self) -> None:
            self.tags: set[str] = set()
            self.starts = 0

        def on_chain_start(self, *args, tags, **kwargs):
            self.starts += 1
            self.tags.update(tag for tag in tags if tag.startswith("own"))

    inner = RunnableLambda(lambda x: x, name="inner")

    async def nested(items):
        async for item in items:
            await asyncio.sleep(0)
            yield inner.invoke(item)

    chain = RunnableGenerator(nested) | RunnableGenerator(nested)

    async def one(i: int) -> Watch:
        watch = Watch()
        config: Any = {"callbacks": [watch], "tags": [f"own{i}"]}
        assert [chunk async for chunk in chain.astream(i, config)] == [i]
        return watch

    watches = await asyncio.gather(*[one(i) for i in range(1_000)])
    assert [watch.tags for watch in watches] == [{f"own{i}"} for i in range(1_000)]
    assert {watch.starts for watch in watches} == {5}


def test_branches_interleave_as_they_produce():
    fast_is_done = threading.Event()

    def fast(items):
        for _ in items:
            yield from ("f0", "f1")

    def slow(items):
        for _ in items:
            assert fast_is_done.wait(10)
            yield from ("s0", "s1")

    got = []
    for chunk in RunnableParallel(slow=slow, fast=fast).stream(1):
        got.extend(chunk.values())
        if got == ["f0", "f1"]:
            fast_is_done.set()
    assert got == ["f0", "f1", "s0", "s1"]


async def test_async_branches_interleave_as_they_produce():
    fast_is_done = asyncio.Event()

    async def fast(items):
        async for _ in items:
            yield "f0"
            yield "f1"

    async def slow(items):
        async for _ in items:
            await asyncio.wait_for(fast_is_done.wait(), 10)
            yield "s0"
            yield "s1"

    got = []
    async for chunk in RunnableParallel(slow=slow, fast=fast).astream(1):
        got.extend(chunk.values())
        if got == ["f0", "f1"]:
            fast_is_done.set()
    assert got == ["f0", "f1", "s0", "s1"]


def test_one_chain_serves_many_threads():
    chain = RunnableLambda(lambda x: x + 1) | (lambda x: {"x": x}) | (lambda d: d["x"])
    failures = []

    def work(i: int) -> None:
        for j in range(200):
            if chain.invoke(i + j) != i + j + 1:
                failures.append((i, j))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
