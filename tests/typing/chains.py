"""What mypy is to infer of piped chains; checked with the package, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from typing_extensions import assert_type

from headrace.runnables import Runnable, RunnableSequence
from headrace.tracers import RunLog, RunLogPatch
from headrace.tracers.log_stream import RunState


def length(text: str) -> int:
    return len(text)


def halves(number: int) -> list[float]:
    return [number / 2, number / 2]


def chains(first: Runnable[str, int], second: Runnable[int, bytes]) -> None:
    assert_type(first | second, RunnableSequence[str, bytes])
    assert_type((first | second).invoke("a"), bytes)
    assert_type(first | halves, RunnableSequence[str, list[float]])
    assert_type(length | second, RunnableSequence[str, bytes])
    assert_type(next(iter((first | halves).stream("a"))), list[float])


async def later(number: int) -> bytes:
    return bytes(number)


def one_by_one(numbers: Iterator[int]) -> Iterator[float]:
    for number in numbers:
        yield number / 2


async def one_by_one_later(numbers: AsyncIterator[int]) -> AsyncIterator[str]:
    async for number in numbers:
        yield str(number)


def functions(first: Runnable[str, int], last: Runnable[float, str]) -> None:
    assert_type(one_by_one | last, RunnableSequence[int, str])
    assert_type({"half": halves} | last, RunnableSequence[Any, str])
    assert_type(first | later, RunnableSequence[str, bytes])
    assert_type(first | one_by_one, RunnableSequence[str, float])
    assert_type(first | one_by_one_later, RunnableSequence[str, str])
    assert_type(first | (lambda number: number + 0.5), RunnableSequence[str, Any])
    assert_type(first | {"half": halves}, RunnableSequence[str, dict[str, Any]])


def variants(first: Runnable[str, int]) -> None:
    assert_type(first.with_config(tags=["t"]).invoke("a"), int)
    assert_type(first.with_retry().invoke("a"), int)
    assert_type(first.bind(stop=1).invoke("a"), int)
    assert_type(first.map().invoke(["a"]), list[int])
    assert_type(first.batch(["a"]), list[int])
    assert_type(first.with_fallbacks([first]).invoke("a"), int)
    assert_type(first.pipe(halves), RunnableSequence[str, list[float]])


async def logs(chain: Runnable[str, int]) -> None:
    assert_type(await anext(chain.astream_log("a")), RunLogPatch)
    assert_type(await anext(chain.astream_log("a", diff=False)), RunLog)
    assert_type(next(chain.stream_log("a", include_names=["it"])), RunLogPatch)
    assert_type(next(chain.stream_log("a", diff=False)).state, RunState)
