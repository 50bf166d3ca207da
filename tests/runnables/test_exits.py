"""Every way out of what runs on threads and in tasks: nothing stays behind, however it ended."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from headrace.callbacks.context import var_child_runnable_config
from headrace.events.buffer import AsyncBuffer
from headrace.events.driving import Drive, adrive
from headrace.language_models.fake_chat_models import FakeListChatModel
from headrace.runnables import (
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from headrace.runnables.concurrency import settle


class Step:
    """A sync generator that async code reads on a thread; it can be held up between two inputs."""

    def __init__(self, *, hold: bool = False, every: int = 1) -> None:
        self.computing = threading.Event()
        self.go_on = threading.Event()
        self.closed = threading.Event()
        self.hold = hold
        self.every = every

    def generate(self, items: Iterator[Any]) -> Iterator[Any]:
        try:
            for i, item in enumerate(items, 1):
                if self.hold:
                    self.computing.set()
                    assert self.go_on.wait(10)
                if i % self.every == 0:
                    yield item
        finally:
            self.closed.set()

    def chain(self) -> Runnable[Any, Any]:
        return RunnableGenerator(endless) | RunnableGenerator(self.generate)


async def endless(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for _ in items:
        for i in range(1_000_000):
            await asyncio.sleep(0)
            yield i


def pumps() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "headrace-pump"]


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.001)


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


async def read(stream: AsyncIterator[Any]) -> None:
    async for _ in stream:
        pass


@pytest.mark.parametrize("every", [1, 10**9])
@pytest.mark.parametrize("times", [1, 2])
def test_cancelled_while_the_generator_computes(every: int, times: int) -> None:
    """Whether it then yields a chunk or asks for another input, it is closed."""
    step = Step(hold=True, every=every)

    async def main() -> None:
        task = asyncio.create_task(read(step.chain().astream(1)))
        await until(step.computing)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        step.go_on.set()
        await until(step.closed)

    asyncio.run(main())
    wait_until(lambda: not pumps())


@pytest.mark.parametrize("steps", range(40))
def test_cancelled_at_each_step_of_the_loop(steps: int) -> None:
    step = Step(every=2)

    async def main() -> None:
        task = asyncio.create_task(read(step.chain().astream(1)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
    wait_until(lambda: not pumps())


async def fail_and_close(stream: Any) -> None:
    try:
        fail()
    finally:
        await stream.aclose()


@pytest.mark.parametrize("ending", ["aclose", "drop", "error in the reader"])
def test_left_between_two_chunks(ending: str) -> None:
    step = Step()

    async def main() -> None:
        stream: Any = step.chain().astream(1)
        await stream.__anext__()
        if ending == "aclose":
            await stream.aclose()
            assert step.closed.is_set()
            assert not pumps()
        elif ending == "drop":
            del stream
            gc.collect()
            await until(step.closed)
        else:
            with pytest.raises(ZeroDivisionError):
                await fail_and_close(stream)
            assert step.closed.is_set()

    asyncio.run(main())
    wait_until(lambda: not pumps())


def test_a_generator_that_is_asked_for_nothing_more_after_a_break_upstream() -> None:
    """An interrupt in the source reaches the reader, and the thread ends."""
    step = Step()

    async def interrupted(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for item in items:
            yield item
            raise KeyboardInterrupt

    loop = asyncio.new_event_loop()
    chain = RunnableGenerator(interrupted) | RunnableGenerator(step.generate)
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(read(chain.astream(1)))
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    wait_until(lambda: step.closed.is_set() and not pumps())


@pytest.mark.parametrize("hold", [False, True])
def test_a_loop_that_is_closed_in_mid_stream(hold: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code of the reader runs any more, and yet the thread ends."""
    # async generators that await in a `finally` cannot end without their loop, and Python says so
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    step = Step()
    loop = asyncio.new_event_loop()
    stream: Any = step.chain().astream(1)
    loop.run_until_complete(stream.__anext__())
    task: Any = None
    if hold:
        step.hold = True
        task = loop.create_task(stream.__anext__())
        task._log_destroy_pending = False  # it is left to its fate on purpose
        loop.run_until_complete(until(step.computing))
    loop.close()
    del stream, task
    gc.collect()
    step.go_on.set()
    wait_until(lambda: step.closed.is_set() and not pumps())
    gc.collect()
    assert var_child_runnable_config.get() is None


@pytest.mark.parametrize("every", [1, 10**9])
def test_a_loop_that_is_closed_with_an_answer_on_its_way(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop was given the generator's answer, but is closed before it hands it on."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    step = Step(hold=True, every=every)
    loop = asyncio.new_event_loop()
    stream: Any = step.chain().astream(1)
    task: Any = loop.create_task(stream.__anext__())
    task._log_destroy_pending = False
    loop.run_until_complete(until(step.computing))
    ready = len(loop._ready)  # type: ignore[attr-defined]
    step.go_on.set()
    wait_until(lambda: len(loop._ready) > ready)  # type: ignore[attr-defined]
    loop.close()
    del stream, task
    gc.collect()
    wait_until(lambda: step.closed.is_set() and not pumps())
    gc.collect()
    assert var_child_runnable_config.get() is None


def test_a_stream_that_outlives_its_loop_leaves_the_context_of_its_collector_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    waiting = asyncio.Event()

    async def endless(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        try:
            async for item in items:
                yield item
                waiting.set()
                await asyncio.Future()
        finally:
            await asyncio.sleep(0)

    def abandon(*, reads: bool) -> None:
        loop = asyncio.new_event_loop()
        chain = RunnableLambda(int) | RunnableGenerator(endless)
        stream: Any = chain.astream("1", {"tags": ["abandoned"]})
        loop.run_until_complete(stream.__anext__())
        if reads:
            task: Any = loop.create_task(stream.__anext__())
            task._log_destroy_pending = False
            loop.run_until_complete(until(waiting))
        loop.close()

    mine: Any = {"tags": ["mine"]}
    for reads in (False, True):
        waiting.clear()
        token = var_child_runnable_config.set(mine)
        abandon(reads=reads)
        gc.collect()
        assert var_child_runnable_config.get() is mine
        var_child_runnable_config.reset(token)


def test_a_pumped_generator_may_swallow_what_unwinds_it() -> None:
    log = []

    def stubborn(items: Iterator[Any]) -> Iterator[Any]:
        try:
            for _ in items:
                pass
        except BaseException:
            log.append(list(items))
            yield "late"

    async def main() -> None:
        task = asyncio.create_task(
            read((RunnableGenerator(endless) | RunnableGenerator(stubborn)).astream(1))
        )
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    wait_until(lambda: not pumps())
    assert log in ([[]], [])


class Runs(BaseCallbackHandler):
    """Notes which runs are open, and interferes with the start of the second."""

    raise_error = True

    def __init__(self, at: int, interfere: Callable[[], None]) -> None:
        self.at = at
        self.interfere = interfere
        self.started = 0
        self.open: set[Any] = set()

    def on_chain_start(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        self.started += 1
        if self.started == self.at:
            self.interfere()
        self.open.add(run_id)

    def on_chain_end(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        self.open.discard(run_id)

    on_chat_model_start = on_llm_start = on_chain_start
    on_chain_error = on_llm_end = on_llm_error = on_chain_end


def fail() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_batch_that_cannot_start_all_runs_ends_those_that_have_started(at: int) -> None:
    step: Any = RunnableLambda(lambda x: x)
    model: Any = FakeListChatModel(responses=["a"])
    for runnable in (step | step, step.with_retry(), step.with_fallbacks([step])):
        runs = Runs(at, fail)
        with pytest.raises(ZeroDivisionError):
            runnable.batch([1, 2, 3], {"callbacks": [runs]})
        assert not runs.open
        runs = Runs(at, fail)
        with pytest.raises(ZeroDivisionError):
            asyncio.run(runnable.abatch([1, 2, 3], {"callbacks": [runs]}))
        assert not runs.open
    given: Any = [model._convert_input(text).to_messages() for text in "abc"]
    runs = Runs(at, fail)
    with pytest.raises(ZeroDivisionError):
        model.generate(given, callbacks=[runs])
    assert not runs.open
    runs = Runs(at, fail)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(model.agenerate(given, callbacks=[runs]))
    assert not runs.open


class SlowRuns(AsyncCallbackHandler):
    """Notes which runs are open; telling it takes some steps of the event loop."""

    def __init__(self) -> None:
        self.open: set[Any] = set()

    async def on_chain_start(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        self.open.add(run_id)
        await asyncio.sleep(0)

    async def on_chain_end(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        await asyncio.sleep(0)
        self.open.discard(run_id)

    async def on_chain_error(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        await asyncio.sleep(0)
        self.open.discard(run_id)


SHAPES: dict[str, Callable[[Any], Any]] = {
    "sequence": lambda step: step | step,
    "retry": lambda step: step.with_retry(),
    "fallbacks": lambda step: step.with_fallbacks([step]),
    "parallel": lambda step: RunnableParallel(a=step, b=step),
    "assign": lambda step: RunnableParallel(a=step) | RunnablePassthrough.assign(b=step),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_cancelled_at_each_step_of_the_loop_ends_its_runs(shape: str) -> None:
    async def main() -> None:
        chain = SHAPES[shape](RunnableGenerator(endless_once))
        for steps in range(60):
            runs = SlowRuns()
            task = asyncio.create_task(chain.abatch([1, 2, 3], {"callbacks": [runs]}))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert not runs.open, steps
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


async def endless_once(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for item in items:
        await asyncio.sleep(0)
        yield item


def test_a_cancel_while_tasks_settle_is_not_lost() -> None:
    async def main() -> None:
        async def slow_to_end() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.01)

        inner = asyncio.create_task(slow_to_end())
        await asyncio.sleep(0)
        outer = asyncio.create_task(settle([inner]))
        await asyncio.sleep(0)
        outer.cancel()
        await asyncio.wait([outer])
        assert outer.cancelled()
        assert inner.done()

    asyncio.run(main())


def test_a_retry_decided_by_a_function_does_not_outlive_a_cancel() -> None:
    async def main() -> None:
        async def waits(x: Any) -> None:
            await asyncio.sleep(60)

        retried = RunnableLambda(waits).with_retry(
            retry_if_exception_type=lambda error: True,  # type: ignore[arg-type]
            wait_exponential_jitter=False,
        )
        task = asyncio.create_task(retried.ainvoke(1))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()

    asyncio.run(main())


def test_a_producer_that_is_cancelled_before_it_begins_ends_its_reader() -> None:
    async def main() -> None:
        def prepare() -> Drive[Any]:
            return Drive(AsyncBuffer(8), None, lambda: endless_once(None))  # type: ignore[arg-type]

        reader = asyncio.create_task(read(adrive(prepare)))
        before = asyncio.all_tasks()
        await asyncio.sleep(0)
        (producer,) = asyncio.all_tasks() - before
        producer.cancel()
        await asyncio.wait([reader], timeout=5)
        assert reader.cancelled()

    asyncio.run(main())


def test_telling_of_an_end_after_the_loop_was_closed_makes_no_other_loop() -> None:
    """A stream that is collected after its event loop was closed tells nobody and opens nothing."""
    program = """
import asyncio, gc, os, sys, warnings
from headrace.callbacks import AsyncCallbackHandler
from headrace.runnables import RunnableGenerator, RunnableParallel

class Told(AsyncCallbackHandler):
    async def on_chain_error(self, *args, **kwargs):
        pass

async def step(items):
    async for item in items:
        for _ in range(9):
            yield item

sys.unraisablehook = lambda _: None
warnings.simplefilter("ignore")
made = []
new_event_loop = asyncio.new_event_loop
policy = type(asyncio.get_event_loop_policy())
original = policy.new_event_loop
policy.new_event_loop = lambda self: made.append(1) or original(self)
loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda loop, context: None)
stream = RunnableParallel(a=step, b=step).astream(1, {"callbacks": [Told()]})
loop.run_until_complete(stream.__anext__())
loop.close()
del stream
gc.collect()
print(len(made))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_random_chains_leave_nothing_behind() -> None:
    """A short run of scripts/soak, which takes some seconds; .ci/run does a longer one."""
    root = Path(__file__).parents[2]
    command = [sys.executable, str(root / "scripts" / "soak.py"), "--runs", "60", "--seed", "5"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 left something behind" in done.stdout
