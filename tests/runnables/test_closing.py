"""What is closed, cancelled or left behind, after every step and in every way."""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from types import AsyncGeneratorType
from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler
from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)

CHUNKS = 4


class Ledger(BaseCallbackHandler):
    """Knows which steps are open, and which runs."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.closed: list[str] = []
        self.runs: dict[Any, Any] = {}
        self.ended: list[Any] = []

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **kwargs):
        assert parent_run_id is None or parent_run_id in self.runs
        assert parent_run_id not in self.ended
        self.runs[run_id] = parent_run_id

    def on_chain_end(self, outputs, *, run_id, **kwargs):
        self.finish(run_id)

    def on_chain_error(self, error, *, run_id, **kwargs):
        self.finish(run_id)

    def finish(self, run_id):
        assert run_id not in self.ended
        below = [run for run, parent in self.runs.items() if parent == run_id]
        assert all(run in self.ended for run in below), "a run ended before one below it"
        self.ended.append(run_id)

    def step(self, name: str) -> Runnable[Any, Any]:
        def run(items: Iterator[Any]) -> Iterator[Any]:
            self.open.append(name)
            try:
                for item in items:
                    for _ in range(CHUNKS if name == "0" else 1):
                        yield item
            finally:
                self.open.remove(name)
                self.closed.append(name)

        async def arun(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
            self.open.append(name)
            try:
                async for item in items:
                    for _ in range(CHUNKS if name == "0" else 1):
                        await asyncio.sleep(0)
                        yield item
            finally:
                try:
                    await asyncio.sleep(0)  # a finally may wait, too, and be cancelled in it
                finally:
                    self.open.remove(name)
                    self.closed.append(name)

        return RunnableGenerator(run, arun, name=name)

    def pumped(self, name: str) -> Runnable[Any, Any]:
        def run(items: Iterator[Any]) -> Iterator[Any]:
            self.open.append(name)
            thread = threading.get_ident()
            try:
                yield from items
            finally:
                assert thread == threading.get_ident()
                self.open.remove(name)
                self.closed.append(name)

        return RunnableGenerator(run, name=name)


SHAPES = {
    "sequence": lambda ledger: ledger.step("0") | ledger.step("1") | ledger.step("2"),
    "with functions": lambda ledger: (
        RunnableLambda(lambda x: x) | ledger.step("0") | RunnablePassthrough() | ledger.step("1")
    ),
    "parallel": lambda ledger: (
        ledger.step("0") | RunnableParallel(a=ledger.step("1"), b=ledger.step("2"))
    ),
    "assign": lambda ledger: (
        ledger.step("0")
        | RunnableParallel(x=ledger.step("1"))
        | RunnablePassthrough.assign(y=RunnableLambda(lambda d: d["x"]) | ledger.step("2"))
    ),
    "branch": lambda ledger: (
        RunnableBranch((lambda x: x > 0, ledger.step("0") | ledger.step("1")), ledger.step("2"))
        | ledger.step("3")
    ),
    "fallbacks": lambda ledger: (
        ledger.step("0").with_fallbacks([ledger.step("1")]) | ledger.step("2")
    ),
    "configured": lambda ledger: (
        (ledger.step("0") | ledger.step("1")).with_config(tags=["t"]) | ledger.step("2")
    ),
}
WATCHED = [False, True]


def leftovers() -> list[Any]:
    gc.collect()
    return [
        thing
        for thing in gc.get_objects()
        if type(thing) is AsyncGeneratorType
        and thing.ag_frame is not None
        and "headrace" in thing.ag_code.co_filename
    ]


def config(ledger: Ledger, watched: bool) -> Any:
    return {"callbacks": [ledger]} if watched else None


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(CHUNKS + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_close_after_step_k(shape, k, watched):
    ledger = Ledger()
    threads = threading.active_count()
    stream = SHAPES[shape](ledger).stream(1, config(ledger, watched))
    for _ in range(k):
        next(stream)
    stream.close()
    assert ledger.open == []
    assert len(ledger.ended) == len(ledger.runs)
    assert threading.active_count() == threads


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(1, CHUNKS + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_break_after_step_k(shape, k, watched):
    ledger = Ledger()
    for n, _ in enumerate(SHAPES[shape](ledger).stream(1, config(ledger, watched)), 1):
        if n == k:
            break
    gc.collect()
    assert ledger.open == []
    assert len(ledger.ended) == len(ledger.runs)


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(CHUNKS + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_aclose_after_step_k(shape, k, watched):
    async def main():
        ledger = Ledger()
        stream = SHAPES[shape](ledger).astream(1, config(ledger, watched))
        for _ in range(k):
            await anext(stream)
        await stream.aclose()
        assert ledger.open == []
        assert len(ledger.ended) == len(ledger.runs)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert leftovers() == []

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(1, CHUNKS + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_break_in_async_code_after_step_k(shape, k, watched):
    async def main():
        ledger = Ledger()
        n = 0
        async for _ in SHAPES[shape](ledger).astream(1, config(ledger, watched)):
            n += 1
            if n == k:
                break
        # nobody holds the stream any more: the loop closes it
        for _ in range(2000):
            if not ledger.open and len(ledger.ended) == len(ledger.runs) and not leftovers():
                break
            await asyncio.sleep(0.001)
        assert ledger.open == []
        assert len(ledger.ended) == len(ledger.runs)
        assert leftovers() == []

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(CHUNKS + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_cancel_after_step_k(shape, k, watched):
    async def main():
        ledger = Ledger()
        came = asyncio.Event()

        async def read():
            n = 0
            if k == 0:
                came.set()
            async for _ in SHAPES[shape](ledger).astream(1, config(ledger, watched)):
                n += 1
                if n == k:
                    came.set()

        task = asyncio.ensure_future(read())
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert ledger.open == []
        assert len(ledger.ended) == len(ledger.runs)
        assert leftovers() == []

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("blocked", ["0", "1", "2"])
def test_time_out_while_a_step_waits(blocked, watched):
    async def main():
        ledger = Ledger()

        async def wait(items):
            ledger.open.append("waiting")
            try:
                async for item in items:
                    yield item
                    await asyncio.sleep(60)
            finally:
                ledger.open.remove("waiting")

        steps = [
            RunnableGenerator(wait) if blocked == str(i) else ledger.step(str(i)) for i in range(3)
        ]
        chain = steps[0] | steps[1] | steps[2]

        async def read():
            async for _ in chain.astream(1, config(ledger, watched)):
                pass

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.02)
        assert ledger.open == []
        assert len(ledger.ended) == len(ledger.runs)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert leftovers() == []

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("watched", WATCHED)
@pytest.mark.parametrize("k", range(CHUNKS + 1))
def test_a_pumped_generator_is_closed_on_its_thread(k, watched):
    async def main():
        ledger = Ledger()
        chain = ledger.step("0") | ledger.pumped("1") | ledger.step("2") | ledger.pumped("3")
        stream = chain.astream(1, config(ledger, watched))
        for _ in range(k):
            await anext(stream)
        await stream.aclose()
        assert ledger.open == []
        assert len(ledger.ended) == len(ledger.runs)
        assert not [thread for thread in threading.enumerate() if "pump" in thread.name]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_pumped_generator_that_blocks_ends_by_itself_and_is_refused():
    log = []
    let_go = threading.Event()

    def blocks(items):
        try:
            for item in items:
                let_go.wait(10)
                log.append("made")
                yield item
                log.append("went on")
        finally:
            log.append("closed")

    async def main():
        async def read():
            async for chunk in (RunnableLambda(lambda x: x) | blocks).astream(1):
                log.append(chunk)

        started = time.perf_counter()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.05)
        assert time.perf_counter() - started < 5
        assert log == []
        let_go.set()
        while "closed" not in log:
            await asyncio.sleep(0.01)
        assert log == ["made", "closed"]

    asyncio.run(main())


def test_an_error_upstream_reaches_a_pumped_generator():
    async def breaks(items):
        async for item in items:
            yield item
        raise ValueError("upstream")

    def mends(items):
        try:
            yield from items
        except ValueError as error:
            yield str(error)

    async def main():
        chain = RunnableGenerator(breaks) | mends
        return [chunk async for chunk in chain.astream(1)]

    assert asyncio.run(main()) == [1, "upstream"]


def test_an_error_in_mid_stream_keeps_the_chunks_already_given():
    ledger = Ledger()

    def breaks(items):
        for n, item in enumerate(items):
            if n == 2:
                raise ValueError("third")
            yield item

    stream = (ledger.step("0") | breaks | ledger.step("1")).stream(7, {"callbacks": [ledger]})
    assert [next(stream), next(stream)] == [7, 7]
    with pytest.raises(ValueError, match="third"):
        next(stream)
    assert ledger.open == []
    assert len(ledger.ended) == len(ledger.runs)


def test_chunks_that_do_not_add_up_leave_nothing_open():
    ledger = Ledger()

    def mixed(items):
        for item in items:
            yield item
            yield "text"
            yield item

    chain = ledger.step("0") | mixed | ledger.step("1")
    with pytest.raises(TypeError):
        chain.invoke(1)
    with pytest.raises(TypeError):
        asyncio.run(chain.ainvoke(1))
    assert ledger.open == []


def test_a_step_that_ends_early_ends_what_feeds_it():
    ledger = Ledger()

    def first(items):
        for item in items:
            yield item
            return

    chain = ledger.step("0") | first | ledger.step("1")
    assert list(chain.stream(1)) == [1]
    assert ledger.open == []
    assert ledger.closed.count("0") == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_not_swallowed(error):
    ledger = Ledger()

    def interrupted(x):
        raise error

    def generates(items):
        for item in items:
            yield item
            raise error

    config = {"callbacks": [ledger]}
    retried = RunnableLambda(interrupted).with_retry(wait_exponential_jitter=False)
    fallen = RunnableLambda(interrupted).with_fallbacks([RunnableLambda(lambda x: x)])
    for runnable in (RunnableLambda(interrupted), retried, fallen):
        with pytest.raises(error):
            runnable.invoke(1, config)
        with pytest.raises(error):
            runnable.batch([1, 2], config, return_exceptions=True)
    both = RunnableParallel(a=interrupted, b=lambda x: x)
    with pytest.raises(error):
        both.invoke(1, config)
    stream = (ledger.step("0") | generates | ledger.step("1")).stream(1, config)
    assert next(stream) == 1
    with pytest.raises(error):
        next(stream)
    assert ledger.open == []
    assert len(ledger.ended) == len(ledger.runs)


def test_the_loop_goes_on_while_synchronous_code_blocks():
    async def main():
        blocked = []

        def waits_for_the_loop():
            """Block until the loop, told that this blocks, has answered."""
            answered = threading.Event()
            loop.call_soon_threadsafe(answered.set)
            blocked.append(answered.wait(10))

        def blocks(x):
            waits_for_the_loop()
            return x

        def generates(items):
            for item in items:
                waits_for_the_loop()
                yield item

        class Slow(BaseCallbackHandler):
            def on_chain_start(self, *args, **kwargs):
                waits_for_the_loop()

        loop = asyncio.get_running_loop()
        await RunnableLambda(blocks).ainvoke(1)
        assert [x async for x in RunnableGenerator(generates).astream(1)] == [1]
        await RunnableLambda(lambda x: x).ainvoke(1, {"callbacks": [Slow()]})
        await RunnablePassthrough(blocks).ainvoke(1)
        assert blocked == [True] * 4

    asyncio.run(main())


def test_a_failing_branch_cancels_the_others():
    async def main():
        ledger = Ledger()

        async def waits(x):
            ledger.open.append("waits")
            try:
                await asyncio.sleep(60)
            finally:
                ledger.open.remove("waits")

        async def fails(x):
            await asyncio.sleep(0.01)
            raise ValueError("one")

        with pytest.raises(ValueError, match="one"):
            await RunnableParallel(a=waits, b=fails).ainvoke(1, {"callbacks": [ledger]})
        with pytest.raises(ValueError, match="one"):
            await RunnableBranch((lambda x: x, waits), fails).abatch([1, 0])
        assert ledger.open == []
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert len(ledger.ended) == len(ledger.runs)

    asyncio.run(main())


def test_no_frame_is_kept_alive_by_a_finished_stream():
    class Thing:
        pass

    thing = Thing()
    before = sys.getrefcount(thing)
    chain = RunnableGenerator(lambda_like) | RunnableLambda(lambda x: x)
    list(chain.stream(thing))
    gc.collect()
    assert sys.getrefcount(thing) == before


def lambda_like(items):
    yield from items
