"""Run random chains, end them in random ways, and report everything that is left behind.

Each run builds a chain from sequences, parallel steps, branches, retries, fallbacks, tools, models,
functions and generators. It reads the chain by invoke, stream, batch, events or log, sync or async,
and ends it: at its end, by a break, a close, a drop, a cancel, a timeout, an error or an interrupt.
Afterwards no task, thread, file descriptor, generator or unfinished run may be
left, and after all runs no more objects or memory than early on.

A run depends on the seed and its own number alone, so a failure can be repeated:

    scripts/soak --minutes 10
    scripts/soak --runs 5000 --seed 7
    scripts/soak --seed 7 --only 4711
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import sys
import threading
import time
import warnings
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

from headrace.callbacks import BaseCallbackHandler
from headrace.chat_history import InMemoryChatMessageHistory
from headrace.language_models.chat_models import BaseChatModel
from headrace.messages import AIMessage, AIMessageChunk
from headrace.output_parsers import StrOutputParser
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from headrace.runnables.history import RunnableWithMessageHistory
from headrace.tools import StructuredTool

PATIENCE = 10.0
"""Seconds that blocking calls which nothing can interrupt are given to return."""

OBJECTS = 3_000
"""How many more objects than early on are tolerated at the end: caches fill up slowly."""

MEGABYTES = 48
"""How much more memory than early on is tolerated at the end."""

EXECUTOR = "soak-executor"


class StepError(Exception):
    """Raised by steps at random."""


class ReaderError(Exception):
    """Raised by the code that reads a stream."""


class Ledger(BaseCallbackHandler):
    """A count of open generators and calls, by their `finally`, and of runs, by their end."""

    run_inline = True

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.runs: dict[Any, str] = {}
        self._lock = threading.Lock()

    @contextmanager
    def entry(self, name: str) -> Iterator[None]:
        """Count what runs inside of the block."""
        with self._lock:
            self.open[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self.open[name] -= 1

    def left(self) -> list[str]:
        """Describe what is still open."""
        return [f"{count} open {name}" for name, count in self.open.items() if count]

    def _start(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        self.runs[run_id] = kwargs.get("name") or "run"

    def _end(self, *args: Any, run_id: Any, **kwargs: Any) -> None:
        self.runs.pop(run_id, None)

    on_chain_start = on_chat_model_start = on_llm_start = on_tool_start = _start
    on_chain_end = on_llm_end = on_tool_end = _end
    on_chain_error = on_llm_error = on_tool_error = _end


class Model(BaseChatModel):
    """A model that streams words: from a sync generator, which async code reads on a thread."""

    ledger: Any = None
    pause: float = 0.0
    breaks: bool = False

    @property
    def _llm_type(self) -> str:
        return "soak"

    def _words(self, messages: list[Any]) -> Iterator[str]:
        for i, word in enumerate(("one", " two", " three", " four")):
            if self.pause:
                time.sleep(self.pause)
            if self.breaks and i == 2:
                raise StepError("model")
            yield word

    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        with self.ledger.entry("model call"):
            text = "".join(self._words(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        with self.ledger.entry("model stream"):
            for word in self._words(messages):
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))


class AsyncModel(Model):
    """A model that streams words from an async generator, too."""

    async def _astream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        with self.ledger.entry("async model stream"):
            for i, word in enumerate(("one", " two", " three")):
                await asyncio.sleep(self.pause)
                if self.breaks and i == 2:
                    raise StepError("model")
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))


def text_of(value: Any) -> str:
    """Return a short text for any input of a step."""
    return str(getattr(value, "content", value))[:40]


class Builder:
    """A builder of random chains whose steps count themselves in a ledger."""

    def __init__(self, rng: Random, ledger: Ledger, *, interrupts: bool) -> None:
        self.rng = rng
        self.ledger = ledger
        self.fatal = KeyboardInterrupt if interrupts else StepError

    def chain(self, depth: int = 3) -> Runnable[Any, Any]:
        """Return a chain of at most `depth` levels."""
        kinds = [self.sequence] * 4
        if depth:
            kinds += [
                self.parallel,
                self.parallel,
                self.branch,
                self.fallbacks,
                self.retry,
                self.assign,
                self.binding,
                self.each,
                self.answer,
                self.history,
            ]
        return self.rng.choice(kinds)(depth - 1)

    def part(self, depth: int) -> Runnable[Any, Any]:
        """Return a chain one level deeper, or a single step."""
        if depth <= 0 or self.rng.random() < 0.5:
            return self.step()
        return self.chain(depth)

    # -- compositions ------------------------------------------------------------------------------

    def sequence(self, depth: int) -> Runnable[Any, Any]:
        """Return a few steps one after another."""
        chain: Runnable[Any, Any] = RunnableLambda(text_of)
        for _ in range(self.rng.randint(1, 3)):
            chain = chain | self.part(depth)
        return chain

    def parallel(self, depth: int) -> Runnable[Any, Any]:
        """Return steps side by side, with one step after them or none."""
        branches = {key: self.part(depth) for key in "abc"[: self.rng.randint(1, 3)]}
        both: Runnable[Any, Any] = RunnableParallel(branches)
        return both | self.part(depth) if self.rng.random() < 0.5 else both

    def branch(self, depth: int) -> Runnable[Any, Any]:
        """Return a choice between two chains."""
        return RunnableBranch((self.step(), self.part(depth)), self.part(depth))

    def fallbacks(self, depth: int) -> Runnable[Any, Any]:
        """Return a chain with a fallback."""
        return self.part(depth).with_fallbacks([self.part(depth)])

    def retry(self, depth: int) -> Runnable[Any, Any]:
        """Return a chain that is tried again at once."""
        return self.part(depth).with_retry(
            stop_after_attempt=self.rng.randint(1, 3), wait_exponential_jitter=False
        )

    def assign(self, depth: int) -> Runnable[Any, Any]:
        """Return a dictionary that passes while a key is added to it."""
        return RunnableParallel(x=self.part(depth)) | RunnablePassthrough.assign(y=self.part(depth))

    def binding(self, depth: int) -> Runnable[Any, Any]:
        """Return a chain with tags."""
        return self.part(depth).with_config(tags=["t"], run_name="bound")

    def each(self, depth: int) -> Runnable[Any, Any]:
        """Return a chain for each item of a list."""
        return RunnableLambda(lambda x: [x, x, x]) | self.part(depth).map()

    def answer(self, depth: int) -> Runnable[Any, Any]:
        """Return a function that answers with a chain, which then runs."""
        inner = self.part(depth)
        return RunnableLambda(lambda x: inner)

    def history(self, depth: int) -> Runnable[Any, Any]:
        """Return a model that remembers the conversation."""
        store = InMemoryChatMessageHistory()
        return RunnableWithMessageHistory(self.model(), lambda: store, history_factory_config=[])

    # -- steps -------------------------------------------------------------------------------------

    def step(self) -> Runnable[Any, Any]:
        """Return a single step."""
        return self.rng.choice(
            [
                self.function,
                self.afunction,
                self.generator,
                self.generator,
                self.generator,
                self.agenerator,
                self.generator_function,
                self.model,
                self.tool,
                RunnablePassthrough,
            ]
        )()

    def habits(self) -> tuple[float, int]:
        """Return how long a step takes for an item, and at which item it raises; -1 is never."""
        pause = self.rng.choice([0, 0, 0.0002, 0.001, 0.003])
        return pause, self.rng.choice([-1] * 9 + [0, 1])

    def function(self) -> Runnable[Any, Any]:
        """Return a sync function."""
        pause, breaks_at = self.habits()

        def function(value: Any) -> Any:
            with self.ledger.entry("function"):
                time.sleep(pause)
                if breaks_at == 0:
                    raise self.fatal("function")
                return text_of(value)

        return RunnableLambda(function)

    def afunction(self) -> Runnable[Any, Any]:
        """Return a function with an async version."""
        pause, breaks_at = self.habits()

        async def afunction(value: Any) -> Any:
            with self.ledger.entry("async function"):
                await asyncio.sleep(pause)
                if breaks_at == 0:
                    raise StepError("async function")
                return text_of(value)

        return RunnableLambda(text_of, afunction)

    def generator(self) -> Runnable[Any, Any]:
        """Return a sync generator, which async code reads on a thread."""
        pause, breaks_at = self.habits()
        every = self.rng.randint(1, 3)

        def generate(items: Iterator[Any]) -> Iterator[Any]:
            with self.ledger.entry("generator"):
                for i, item in enumerate(items):
                    time.sleep(pause)
                    if i == breaks_at:
                        raise self.fatal("generator")
                    if i % every == 0:
                        yield from text_of(item).split(" ")
                yield "end"

        return RunnableGenerator(generate)

    def agenerator(self) -> Runnable[Any, Any]:
        """Return a generator with an async version."""
        pause, breaks_at = self.habits()

        def generate(items: Iterator[Any]) -> Iterator[Any]:
            with self.ledger.entry("generator"):
                for item in items:
                    yield text_of(item)

        async def agenerate(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
            with self.ledger.entry("async generator"):
                i = 0
                async for item in items:
                    await asyncio.sleep(pause)
                    if i == breaks_at:
                        raise StepError("async generator")
                    i += 1
                    yield text_of(item)
                    yield "more"

        return RunnableGenerator(generate, agenerate)

    def generator_function(self) -> Runnable[Any, Any]:
        """Return a function that makes a stream from a whole value."""
        pause, breaks_at = self.habits()

        def generate(value: Any) -> Iterator[Any]:
            with self.ledger.entry("generator function"):
                for i in range(3):
                    time.sleep(pause)
                    if i == breaks_at:
                        raise self.fatal("generator function")
                    yield f"{i}"

        return RunnableLambda(generate)

    def model(self) -> Runnable[Any, Any]:
        """Return a model and a parser of its text."""
        pause, breaks_at = self.habits()
        kind = self.rng.choice([Model, AsyncModel])
        model = kind(ledger=self.ledger, pause=pause, breaks=breaks_at == 0)
        return RunnableLambda(text_of) | model | StrOutputParser()

    def tool(self) -> Runnable[Any, Any]:
        """Return a tool, with an async version or without."""
        pause, breaks_at = self.habits()

        def work(x: str) -> str:
            """Work."""
            with self.ledger.entry("tool"):
                time.sleep(pause)
                if breaks_at == 0:
                    raise StepError("tool")
                return x

        async def awork(x: str) -> str:
            """Work."""
            with self.ledger.entry("async tool"):
                await asyncio.sleep(pause)
                return x

        coroutine = self.rng.choice([None, awork])
        tool = StructuredTool.from_function(work, coroutine, name="work")
        return RunnableLambda(lambda x: {"x": text_of(x)}) | tool


class Soak:
    """The runs of one seed.

    Attributes:
        counts: How many runs were read in each way and ended in each way.
        failures: Descriptions of leftovers, by the number of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.failures: dict[int, list[str]] = {}
        self._generators: weakref.WeakSet[Any] = weakref.WeakSet()
        self._loop = self._new_loop()
        self._descriptors = 0

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(32, thread_name_prefix=EXECUTOR))
        return loop

    def close(self) -> None:
        """Close the event loop."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def run(self, number: int) -> None:
        """Carry out one run and record its leftovers."""
        rng = Random(f"{self.seed}:{number}")
        ledger = Ledger()
        is_async = rng.random() < 0.8
        closes_loop = is_async and rng.random() < 0.03
        interrupts = not is_async and rng.random() < 0.1
        chain = Builder(rng, ledger, interrupts=interrupts).chain()
        config: Any = {"callbacks": [ledger]} if rng.random() < 0.5 else {}
        if rng.random() < 0.3:
            config["max_concurrency"] = rng.randint(1, 3)
        self._descriptors = descriptors()
        if closes_loop:
            self._run_on_closed_loop(chain, config, rng)
        elif is_async:
            self._loop.run_until_complete(self._arun(chain, config, rng, ledger, number))
        else:
            self._run_sync(chain, config, rng)
        del chain, config
        left = self._settle(lambda: self._left(ledger, only_threads=closes_loop))
        if left:
            self.failures.setdefault(number, []).extend(left)

    def _left(self, ledger: Ledger, *, only_threads: bool = False) -> list[str]:
        """Describe what is left behind, but for async generators and tasks."""
        left = [f"thread {name}" for name in threads()]
        now = descriptors()
        if now > self._descriptors:
            left.append(f"{now - self._descriptors} descriptors")
        if not only_threads:
            left += ledger.left()
            left += [f"run {name} without an end" for name in ledger.runs.values()]
        else:
            # async generators of a closed loop are never resumed; threads and their generators end
            left += [one for one in ledger.left() if "async" not in one and "generator" in one]
        return left

    def _settle(self, look: Callable[[], list[str]]) -> list[str]:
        """Look until nothing is left, or patience is."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.0005
        left = look()
        while left and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 2, 0.1)
            if pause > 0.01:
                gc.collect()
            left = look()
        return left

    # -- async runs --------------------------------------------------------------------------------

    async def _arun(
        self, chain: Runnable[Any, Any], config: Any, rng: Random, ledger: Ledger, number: int
    ) -> None:
        hooks = sys.get_asyncgen_hooks()

        def first(generator: Any) -> None:
            self._generators.add(generator)
            if hooks.firstiter is not None:
                hooks.firstiter(generator)

        sys.set_asyncgen_hooks(firstiter=first, finalizer=hooks.finalizer)
        try:
            await self._aend(chain, config, rng, number)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    async def _aend(self, chain: Runnable[Any, Any], config: Any, rng: Random, number: int) -> None:
        way = rng.choice(list(ASYNC_WAYS))
        make = ASYNC_WAYS[way]
        endings = ["end", "cancel", "cancel", "cancel", "cancel twice", "timeout"]
        if way not in ("ainvoke", "abatch"):
            endings += ["aclose", "break", "drop", "raise"]
        ending = rng.choice(endings)
        self.counts[way] += 1
        self.counts[f"ended by {ending}"] += 1
        k = rng.randint(0, 4)
        at_once = ending not in ("break", "drop")
        if ending.startswith("cancel"):
            task = asyncio.ensure_future(read(make, chain, config))
            await wait_a_little(rng)
            task.cancel()
            if ending == "cancel twice":
                await wait_a_little(rng)
                task.cancel()
            await asyncio.wait([task])
            self._note(task)
        elif ending == "timeout":
            task = asyncio.ensure_future(read(make, chain, config))
            _, pending = await asyncio.wait([task], timeout=rng.random() * 0.01)
            for one in pending:
                one.cancel()
            await asyncio.wait([task])
            self._note(task)
        elif ending == "end":
            task = asyncio.ensure_future(read(make, chain, config))
            await asyncio.wait([task])
            self._note(task)
        else:
            await self._leave(make(chain, config), ending, k)
        del chain, make
        self._check_at_once(number, f"{way} ended by {ending}", at_once=at_once)
        if not at_once or self._open():
            # the event loop closes what was dropped
            deadline = time.monotonic() + PATIENCE
            while (self._open() or others()) and time.monotonic() < deadline:
                await asyncio.sleep(0.001)
                gc.collect()
        left = [f"task {task.get_coro()}" for task in others()]
        left += [f"async generator {name}" for name in self._open()]
        if left:
            self.failures.setdefault(number, []).extend(left)
            for task in others():
                task.cancel()

    def _check_at_once(self, number: int, how: str, *, at_once: bool) -> None:
        """Check what must not even be left for a moment: after a close or a cancel."""
        if at_once:
            left = [f"{how}: task {task.get_coro()} at once" for task in others()]
            left += [f"{how}: async generator {name} at once" for name in self._open()]
            if left:
                self.failures.setdefault(number, []).extend(left)

    def _open(self) -> list[str]:
        """Return the names of async generators that are neither closed nor at their end."""
        return [
            generator.__qualname__
            for generator in list(self._generators)
            if generator.ag_frame is not None
        ]

    def _note(self, task: asyncio.Future[Any]) -> None:
        if task.cancelled():
            self.counts["cancelled"] += 1
        elif isinstance(task.exception(), (StepError, RuntimeError)):
            self.counts["failed"] += 1
        elif (error := task.exception()) is not None and not expected(error):
            raise error

    async def _leave(self, stream: Any, ending: str, k: int) -> None:
        """Read `k` chunks and leave."""
        try:
            for _ in range(k):
                await stream.__anext__()
            if ending == "raise":
                try:
                    raise ReaderError
                finally:
                    await stream.aclose()
            if ending == "aclose":
                await stream.aclose()
        except (StopAsyncIteration, ReaderError):
            pass
        except Exception as error:
            if not expected(error):
                raise
            self.counts["failed"] += 1

    def _run_on_closed_loop(self, chain: Runnable[Any, Any], config: Any, rng: Random) -> None:
        """Read a few chunks on an event loop that is closed in mid-stream."""
        self.counts["ended by a closed loop"] += 1
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda loop, context: None)
        loop.set_default_executor(ThreadPoolExecutor(8))
        stream: Any = chain.astream(INPUT, config)
        try:
            loop.run_until_complete(read_some(stream, rng.randint(1, 3)))
        except StopAsyncIteration:
            pass
        except Exception as error:
            if not expected(error):
                raise
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        # An async generator that awaits in a `finally` cannot end without its loop, and Python
        # reports that.
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            del stream
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                gc.collect()
        finally:
            sys.unraisablehook = hook

    # -- sync runs ---------------------------------------------------------------------------------

    def _run_sync(self, chain: Runnable[Any, Any], config: Any, rng: Random) -> None:
        way = rng.choice(list(SYNC_WAYS))
        endings = ["end"] if way in ("invoke", "batch") else ["end", "close", "break", "raise"]
        ending = rng.choice(endings)
        self.counts[way] += 1
        self.counts[f"ended by {ending}"] += 1
        k = 10**9 if ending == "end" else rng.randint(0, 4)
        stream: Any = None
        try:
            stream = SYNC_WAYS[way](chain, config)
            if way not in ("invoke", "batch"):
                for _ in range(k):
                    next(stream)
                if ending == "raise":
                    raise ReaderError
                if ending == "close":
                    stream.close()
        except (StopIteration, ReaderError):
            pass
        except KeyboardInterrupt:
            self.counts["interrupted"] += 1
        except Exception as error:
            if not expected(error):
                raise
            self.counts["failed"] += 1


def expected(error: BaseException) -> bool:
    """Return whether an error is one that random chains raise."""
    return isinstance(error, (StepError, TypeError, AttributeError, ValueError, KeyError))


async def read(make: Callable[[Any, Any], Any], chain: Runnable[Any, Any], config: Any) -> None:
    """Read a stream to its end and close it, or await a result."""
    stream = make(chain, config)
    if not hasattr(stream, "__anext__"):
        await stream
        return
    try:
        async for _ in stream:
            await asyncio.sleep(0)
    finally:
        await stream.aclose()


async def read_some(stream: Any, count: int) -> None:
    """Read a few chunks and leave the stream open."""
    for _ in range(count):
        await stream.__anext__()


async def wait_a_little(rng: Random) -> None:
    """Wait for some steps of the event loop, or for some time."""
    if rng.random() < 0.5:
        for _ in range(rng.randint(0, 60)):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(rng.random() * 0.012)


INPUT = "some input"
ASYNC_WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "ainvoke": lambda chain, config: chain.ainvoke(INPUT, config),
    "astream": lambda chain, config: chain.astream(INPUT, config),
    "abatch": lambda chain, config: chain.abatch([INPUT] * 3, config),
    "abatch_as_completed": lambda chain, config: chain.abatch_as_completed([INPUT] * 3, config),
    "astream_events v1": lambda chain, config: chain.astream_events(INPUT, config, version="v1"),
    "astream_events v2": lambda chain, config: chain.astream_events(INPUT, config, version="v2"),
    "astream_log": lambda chain, config: chain.astream_log(INPUT, config),
}
SYNC_WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "invoke": lambda chain, config: chain.invoke(INPUT, config),
    "stream": lambda chain, config: chain.stream(INPUT, config),
    "batch": lambda chain, config: chain.batch([INPUT] * 3, config),
    "batch_as_completed": lambda chain, config: chain.batch_as_completed([INPUT] * 3, config),
    "stream_events": lambda chain, config: chain.stream_events(INPUT, config, version="v2"),
}


def others() -> list[asyncio.Task[Any]]:
    """Return all tasks but this one."""
    current = asyncio.current_task()
    return [task for task in asyncio.all_tasks() if task is not current]


def threads() -> list[str]:
    """Return the names of all threads but the main one and those of the executor."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.name.startswith(EXECUTOR)
    ]


def descriptors() -> int:
    """Return the number of open file descriptors, or 0 if the system does not list them."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def memory() -> tuple[int, float]:
    """Return the number of objects, and the peak of used memory in MB."""
    gc.collect()
    return len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run, report, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, help="how long to run")
    parser.add_argument("--runs", type=int, help="how many runs to make (300)")
    parser.add_argument("--seed", type=int, help="the seed; random if not given")
    parser.add_argument("--only", type=int, help="the number of the one run to repeat")
    options = parser.parse_args()
    seed = Random().randrange(10**6) if options.seed is None else options.seed
    limit = options.runs or (300 if options.minutes is None else None)
    end = None if options.minutes is None else time.monotonic() + options.minutes * 60
    print(f"soak: seed {seed}", flush=True)
    soak = Soak(seed)
    early: tuple[int, float] | None = None
    number = 0 if options.only is None else options.only
    made = 0
    while (limit is None or made < limit) and (end is None or time.monotonic() < end):
        before = len(soak.failures)
        soak.run(number)
        if len(soak.failures) > before:
            print(f"soak: run {number} left behind: {'; '.join(soak.failures[number])}", flush=True)
            print(f"soak: repeat it with scripts/soak --seed {seed} --only {number}", flush=True)
            if len(soak.failures) == 20:
                break
        number, made = number + 1, made + 1
        if options.only is not None:
            break
        if made == max((limit or 0) // 4, 200):
            early = memory()
    late = memory()
    soak.close()
    for what, count in sorted(soak.counts.items()):
        print(f"  {what}: {count}")
    failed = len(soak.failures)
    if early is not None:
        print(
            f"soak: {late[0] - early[0]:+} objects and {late[1] - early[1]:+.1f} MB since early on"
        )
        if late[0] - early[0] > OBJECTS or late[1] - early[1] > MEGABYTES:
            print("soak: memory grows")
            failed += 1
    cancels = soak.counts["cancelled"]
    print(f"soak: {made} runs, {cancels} cancelled, {len(soak.failures)} left something behind")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
