"""Invoking tools, and describing them to models, beside langchain-core's."""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, race

PEERS = ("headrace", "langchain_core")
CALL = {"name": "add", "args": {"a": 1}, "id": "call-1", "type": "tool_call"}
Record = Callable[..., None]
TIMES = 500


def add(a: int, b: int = 2) -> int:
    """Add numbers.

    Args:
        a: The first.
        b: The second.
    """
    return a + b


async def aadd(a: int, b: int = 2) -> int:
    """Add numbers."""
    return a + b


def compared(make: Callable[[str], Callable[[], Any]]) -> dict[str, float]:
    """Time what is made for each of the two libraries, in microseconds a call."""
    return race({name: Contender(make(name), TIMES) for name in PEERS})


def repeated(func: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(TIMES):
            func()

    return run


def tool_of(name: str, func: Any) -> Any:
    return importlib.import_module(f"{name}.tools").tool(func)


def holds(times: dict[str, float], ratio: float) -> None:
    assert times["langchain_core"] >= ratio * times["headrace"], times


@pytest.mark.parametrize("value", [{"a": 1}, CALL], ids=["arguments", "call"])
def bench_invoke(benchmark: BenchmarkFixture, record: Record, value: Any) -> None:
    def make(name: str) -> Callable[[], None]:
        tool = tool_of(name, add)
        return repeated(lambda: tool.invoke(value))

    times = compared(make)
    record(f"tool invoke, {'call' if value is CALL else 'arguments'}", **times)
    holds(times, 8)
    tool = tool_of("headrace", add)
    benchmark(lambda: tool.invoke(value))


def bench_ainvoke(benchmark: BenchmarkFixture, record: Record) -> None:
    loop = asyncio.new_event_loop()

    async def many(tool: Any) -> None:
        for _ in range(TIMES):
            await tool.ainvoke({"a": 1})

    def make(name: str) -> Callable[[], None]:
        tool = tool_of(name, aadd)
        return lambda: loop.run_until_complete(many(tool))

    times = compared(make)
    record("tool ainvoke", **times)
    holds(times, 8)
    benchmark(make("headrace"))
    loop.close()


def bench_watched(benchmark: BenchmarkFixture, record: Record) -> None:
    def make(name: str) -> Callable[[], None]:
        tool = tool_of(name, add)
        handler = importlib.import_module(f"{name}.callbacks").BaseCallbackHandler()
        return repeated(lambda: tool.invoke({"a": 1}, {"callbacks": [handler]}))

    times = compared(make)
    record("tool invoke, with a handler", **times)
    holds(times, 2)
    benchmark(make("headrace"))


@pytest.mark.parametrize("what", ["function", "tool"])
def bench_convert(benchmark: BenchmarkFixture, record: Record, what: str) -> None:
    def make(name: str) -> Callable[[], None]:
        convert = importlib.import_module(f"{name}.utils.function_calling").convert_to_openai_tool
        thing = add if what == "function" else tool_of(name, add)

        def run() -> None:
            for _ in range(20):
                convert(thing)

        return run

    times = race({name: Contender(make(name), 20) for name in PEERS})
    record(f"convert_to_openai_tool, {what}", **times)
    holds(times, 1.5 if what == "function" else 1)
    benchmark(make("headrace"))
