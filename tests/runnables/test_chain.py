"""Chains of functions, generators and dictionaries: values, order, laziness, closing."""

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from headrace.runnables import (
    Runnable,
    RunnableConfig,
    RunnableGenerator,
    RunnableLambda,
    RunnableSequence,
    RunnableSerializable,
)


def add_one(x: int) -> int:
    return x + 1


async def aadd_one(x: int) -> int:
    return x + 1


def digits(numbers: Iterator[int]) -> Iterator[str]:
    for number in numbers:
        yield from str(number)


async def adigits(numbers: AsyncIterator[int]) -> AsyncIterator[str]:
    async for number in numbers:
        for digit in str(number):
            yield digit


class Repeat(RunnableSerializable[str, str]):
    """A component of the kind parsers are: fields, and a generator."""

    times: int = 2

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        return self._call_with_config(self._repeat, input, config, run_type="parser")

    def _repeat(self, text: str) -> str:
        return text * self.times

    def _transform(self, chunks: Iterator[str]) -> Iterator[str]:
        for chunk in chunks:
            yield self._repeat(chunk)

    async def _atransform(self, chunks: AsyncIterator[str]) -> AsyncIterator[str]:
        async for chunk in chunks:
            yield self._repeat(chunk)

    def transform(self, input, config=None, **kwargs):
        return self._transform_stream_with_config(input, self._transform, config, run_type="parser")

    def atransform(self, input, config=None, **kwargs):
        return self._atransform_stream_with_config(
            input, self._atransform, config, run_type="parser"
        )


async def collect(stream: AsyncIterator[Any]) -> list[Any]:
    return [chunk async for chunk in stream]


def test_functions_and_generators_join_from_both_sides() -> None:
    chain = RunnableLambda(add_one) | add_one | digits
    assert isinstance(chain, RunnableSequence)
    assert chain.invoke(97) == "99"
    assert list(chain.stream(98)) == ["1", "0", "0"]
    assert list((digits | RunnableLambda(lambda text: text + "!")).stream(12)) == ["12!"]
    mapped = {"a": add_one, "b": digits} | RunnableLambda(lambda both: both)
    assert mapped.invoke(1) == {"a": 2, "b": "1"}


async def test_async_runs_sync_and_async_steps() -> None:
    chain = RunnableLambda(aadd_one) | add_one | adigits
    assert await chain.ainvoke(97) == "99"
    assert await collect(chain.astream(98)) == ["1", "0", "0"]
    sync_generator = RunnableLambda(aadd_one) | digits
    assert await collect(sync_generator.astream(98)) == ["9", "9"]


async def test_a_component_streams_in_a_chain() -> None:
    chain = RunnableLambda(add_one) | digits | Repeat(times=3)
    assert list(chain.stream(11)) == ["111", "222"]
    assert chain.invoke(11) == "121212"
    chain = RunnableLambda(add_one) | adigits | Repeat(times=3)
    assert await collect(chain.astream(11)) == ["111", "222"]


def test_an_async_step_is_named_when_called_synchronously() -> None:
    for step, name in ((RunnableLambda(aadd_one), "aadd_one"), (adigits, "adigits")):
        chain = RunnableLambda(add_one) | step
        with pytest.raises(TypeError, match=name):
            list(chain.stream(1))
        with pytest.raises(TypeError, match=name):
            chain.invoke(1)


def test_what_is_no_runnable_is_refused_when_composed() -> None:
    with pytest.raises(TypeError, match="int"):
        RunnableLambda(add_one) | 3
    with pytest.raises(TypeError, match="int"):
        3 | RunnableLambda(add_one)
    with pytest.raises(TypeError, match=r"'b'.*int"):
        RunnableLambda(add_one) | {"a": add_one, "b": 3}


def test_a_chunk_leaves_before_the_next_is_made() -> None:
    log: list[str] = []

    def source(_: Iterator[int]) -> Iterator[int]:
        for i in range(3):
            log.append(f"made {i}")
            yield i

    def double(numbers: Iterator[int]) -> Iterator[int]:
        for number in numbers:
            yield number * 2

    for chunk in (RunnableGenerator(source) | double).stream(0):
        log.append(f"got {chunk}")
    assert log == ["made 0", "got 0", "made 1", "got 2", "made 2", "got 4"]


def test_closing_runs_every_finally_upstream_in_order() -> None:
    log: list[str] = []

    def stage(name: str) -> Runnable[Any, Any]:
        def run(items: Iterator[int]) -> Iterator[int]:
            try:
                for item in items:
                    yield item
                    yield item
            finally:
                log.append(name)

        return RunnableGenerator(run)

    stream = (stage("first") | stage("second") | stage("third")).stream(1)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert log == ["third", "second", "first"]
    log.clear()
    for _ in (stage("first") | stage("second")).stream(1):
        break
    del _
    gc.collect()
    assert log == ["second", "first"]


async def test_closing_async_runs_every_finally_upstream_in_order() -> None:
    log: list[str] = []

    def stage(name: str) -> Runnable[Any, Any]:
        async def run(items: AsyncIterator[int]) -> AsyncIterator[int]:
            try:
                async for item in items:
                    yield item
                    yield item
            finally:
                log.append(name)

        return RunnableGenerator(run)

    stream = (stage("first") | stage("second") | stage("third")).astream(1)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert log == ["third", "second", "first"]


def test_a_function_may_answer_with_a_runnable_up_to_the_limit() -> None:
    forever = RunnableLambda(lambda x: forever)
    with pytest.raises(RecursionError):
        forever.invoke(1)
    once = RunnableLambda(lambda x: RunnableLambda(add_one) | digits)
    assert once.invoke(9) == "10"
    assert list(once.stream(9)) == ["1", "0"]
