"""The run tree of any chain: each start has one end, parents enclose their children."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.callbacks import BaseCallbackHandler, Run, RunObserver, RunSink
from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)


class OnPurpose(Exception):
    """What steps fail with."""


class Tree(BaseCallbackHandler):
    """Checks the order of events as they come, from any thread."""

    run_inline = True
    raise_error = True

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.going: dict[Any, Any] = {}
        self.ended: dict[Any, int] = {}
        self.faults: list[str] = []

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **kwargs):
        with self.lock:
            if run_id in self.going:
                self.faults.append("started twice")
            if parent_run_id is not None and parent_run_id not in self.going:
                self.faults.append("started before its parent")
            if parent_run_id in self.ended:
                self.faults.append("started after its parent ended")
            self.going[run_id] = parent_run_id

    def on_chain_end(self, outputs, *, run_id, **kwargs):
        with self.lock:
            if run_id not in self.going:
                self.faults.append("ended unstarted")
            below = [run for run, parent in self.going.items() if parent == run_id]
            if any(run not in self.ended for run in below):
                self.faults.append("ended before a run below it")
            self.ended[run_id] = self.ended.get(run_id, 0) + 1

    def on_chain_error(self, error, *, run_id, **kwargs):
        self.on_chain_end(None, run_id=run_id)

    def check(self) -> None:
        assert self.faults == []
        assert set(self.ended) == set(self.going)
        assert set(self.ended.values()) <= {1}


class Sinks(RunObserver):
    """Checks that each sink hears of one end, and of no chunk after it."""

    def __init__(self) -> None:
        self.made: list[Sink] = []

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        if run.name == "unseen":
            return None
        self.made.append(Sink())
        return self.made[-1]


class Sink(RunSink):
    def __init__(self) -> None:
        self.chunks = 0
        self.ends = 0

    def streamed(self, chunk):
        assert not self.ends
        self.chunks += 1

    def ended(self, outputs, inputs=None):
        self.ends += 1

    def failed(self, error, inputs=None):
        self.ends += 1


def doubling() -> Runnable[Any, Any]:
    def run(items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            yield item
            yield item

    async def arun(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for item in items:
            yield item
            await asyncio.sleep(0)
            yield item

    return RunnableGenerator(run, arun)


def failing() -> Runnable[Any, Any]:
    def fail(x: Any) -> Any:
        raise OnPurpose

    return RunnableLambda(fail)


def late() -> Runnable[Any, Any]:
    def run(items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            yield item
            raise OnPurpose

    async def arun(items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for item in items:
            yield item
            raise OnPurpose

    return RunnableGenerator(run, arun)


def nested() -> Runnable[Any, Any]:
    inner = RunnableLambda(text, atext)

    async def acall(x: Any) -> Any:
        # a synchronous function that is cancelled goes on by itself: its runs may end late
        return await inner.ainvoke(x)

    return RunnableLambda(lambda x: inner.invoke(x), acall)


async def atext(x: Any) -> str:
    return text(x)


def text(x: Any) -> str:
    return "".join(sorted(str(x)))[-3:]  # the same whichever branch came first


LEAVES = st.sampled_from(
    [
        lambda: RunnableLambda(text),
        lambda: RunnableLambda(text).with_config(run_name="unseen", tags=["t"]),
        lambda: RunnablePassthrough(),
        doubling,
        failing,
        late,
        lambda: failing().with_retry(wait_exponential_jitter=False, stop_after_attempt=2),
        lambda: RunnableLambda(lambda x: RunnableLambda(text) | doubling()),
        nested,
    ]
)


def larger(inner):
    return st.one_of(
        st.tuples(inner, inner).map(lambda two: lambda: two[0]() | two[1]()),
        st.tuples(inner, inner).map(
            lambda two: lambda: RunnableParallel(a=two[0](), b=two[1]()) | RunnableLambda(text)
        ),
        st.tuples(inner, inner).map(lambda two: lambda: two[0]().with_fallbacks([two[1]()])),
        st.tuples(inner, inner).map(
            lambda two: lambda: RunnableBranch((lambda x: len(str(x)) > 1, two[0]()), two[1]())
        ),
        inner.map(
            lambda one: (
                lambda: (
                    RunnableLambda(lambda x: {"x": x})
                    | RunnablePassthrough.assign(y=RunnableLambda(text) | one())
                    | RunnableLambda(text)
                )
            )
        ),
    )


CHAINS = st.recursive(LEAVES, larger, max_leaves=6)


@settings(max_examples=60, deadline=None)
@given(make=CHAINS, stop=st.integers(0, 3))
def test_every_run_starts_and_ends_once_in_order(make, stop):
    tree, sinks = Tree(), Sinks()
    config: Any = {"callbacks": [tree, sinks]}

    async def left(chain: Any) -> None:
        stream = chain.astream("ab", config)
        for _ in range(stop):
            await anext(stream, None)
        await stream.aclose()

    async def everything(chain: Any) -> None:
        for call in (
            lambda: chain.ainvoke("ab", config),
            lambda: chain.abatch(["a", "bc"], config, return_exceptions=True),
            lambda: left(chain),
        ):
            with suppress(OnPurpose):
                await call()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def leave(chain: Any) -> None:
        stream = chain.stream("ab", config)
        for _ in range(stop):
            next(stream, None)
        stream.close()

    for call in (
        lambda: make().invoke("ab", config),
        lambda: make().batch(["a", "bc"], config, return_exceptions=True),
        lambda: list(make().stream("ab", config)),
        lambda: leave(make()),
        lambda: asyncio.run(everything(make())),
    ):
        with suppress(OnPurpose):
            call()
        tree.check()
        assert {sink.ends for sink in sinks.made} <= {1}


@settings(max_examples=40, deadline=None)
@given(make=CHAINS)
def test_watched_or_not_a_chain_gives_the_same(make):
    def result(call):
        try:
            return call()
        except OnPurpose:
            return "failed"

    async def acollect(config):
        return [chunk async for chunk in make().astream("ab", config)]

    for call in (
        lambda config: make().invoke("ab", config),
        lambda config: sorted(map(repr, make().stream("ab", config))),
        lambda config: asyncio.run(make().ainvoke("ab", config)),
        lambda config: sorted(map(repr, asyncio.run(acollect(config)))),
    ):
        assert result(lambda call=call: call(None)) == result(
            lambda call=call: call({"callbacks": [Tree()]})
        )
