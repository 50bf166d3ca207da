"""What mypy is to infer of piped chains; checked with the package, never run."""

from typing_extensions import assert_type

from headrace.runnables import Runnable, RunnableSequence


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


def variants(first: Runnable[str, int]) -> None:
    assert_type(first.with_config(tags=["t"]).invoke("a"), int)
    assert_type(first.with_retry().invoke("a"), int)
    assert_type(first.bind(stop=1).invoke("a"), int)
    assert_type(first.map().invoke(["a"]), list[int])
    assert_type(first.batch(["a"]), list[int])
    assert_type(first.with_fallbacks([first]).invoke("a"), int)
    assert_type(first.pipe(halves), RunnableSequence[str, list[float]])
