"""The cost of the Runnable layer: headrace, langchain-core and a bare loop in one process.

Run with `pytest benches/test_runnables.py`. Each benchmark prints its table into the report's
`extra_info`, and fails where the ratio that the project promises is not reached.
"""

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from ratios import medians

CHUNKS = 3_000
CHUNK = "text"
PEERS = {
    name: importlib.import_module(f"{name}.runnables") for name in ("headrace", "langchain_core")
}


def source(items: Any) -> Any:
    for _ in items:
        for _ in range(CHUNKS):
            yield CHUNK


def each(items: Any) -> Any:
    for item in items:
        yield item


async def asource(items: Any) -> Any:
    async for _ in items:
        for _ in range(CHUNKS):
            yield CHUNK


async def aeach(items: Any) -> Any:
    async for item in items:
        yield item


async def one() -> Any:
    yield 1


def generators(peer: Any, steps: int = 3) -> Any:
    chain = peer.RunnableGenerator(source, asource)
    for _ in range(steps - 1):
        chain = chain | peer.RunnableGenerator(each, aeach)
    return chain


def running(coroutine: Callable[[], Any]) -> Callable[[], None]:
    """Give a call that runs a coroutine on one loop."""
    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(coroutine())


def report(benchmark: Any, figures: dict[str, float], **more: Any) -> None:
    """Put the figures where pytest-benchmark saves them, and print them."""
    benchmark.extra_info.update({name: round(value, 3) for name, value in figures.items()}, **more)
    print("".join(f"\n  {name}: {value:.3f} us" for name, value in figures.items()))


def holds(figures: dict[str, float], ratio: float, limit: float | None = None) -> None:
    """Check the ratio to langchain-core, and the limit in microseconds."""
    reached = figures["langchain_core"] / figures["headrace"]
    assert reached >= ratio, f"{reached:.1f} times, {ratio} were promised: {figures}"
    if limit is not None:
        assert figures["headrace"] <= limit, f"at most {limit} us were promised: {figures}"


def test_stream_of_three_generators(benchmark: Any) -> None:
    def drain(stream: Any) -> None:
        for _ in stream:
            pass

    calls = {name: lambda c=generators(peer): drain(c.stream(1)) for name, peer in PEERS.items()}
    calls["bare loop"] = lambda: drain(each(each(source([1]))))
    figures = medians(calls, units=CHUNKS)
    report(benchmark, figures)
    benchmark(calls["headrace"])
    holds(figures, 4, 0.45)


def test_astream_of_three_generators(benchmark: Any) -> None:
    async def drain(make: Callable[[], Any]) -> None:
        async for _ in make():
            pass

    calls = {
        name: running(lambda c=generators(peer): drain(lambda: c.astream(1)))
        for name, peer in PEERS.items()
    }
    calls["bare loop"] = running(lambda: drain(lambda: aeach(aeach(asource(one())))))
    figures = medians(calls, units=CHUNKS)
    report(benchmark, figures)
    benchmark(calls["headrace"])
    holds(figures, 20, 0.9)


def test_invoke_of_three_functions(benchmark: Any) -> None:
    def add(x: int) -> int:
        return x + 1

    def calling(peer: Any) -> Callable[[], None]:
        chain = peer.RunnableLambda(add) | add | add

        def call() -> None:
            for _ in range(100):
                chain.invoke(1)

        return call

    calls = {name: calling(peer) for name, peer in PEERS.items()}
    figures = medians(calls, units=100)
    report(benchmark, figures)
    benchmark(calls["headrace"])
    holds(figures, 20)


def test_ainvoke_of_three_functions(benchmark: Any) -> None:
    async def add(x: int) -> int:
        return x + 1

    def calling(peer: Any) -> Callable[[], None]:
        chain = peer.RunnableLambda(add) | add | add

        async def call() -> None:
            for _ in range(100):
                await chain.ainvoke(1)

        return running(call)

    calls = {name: calling(peer) for name, peer in PEERS.items()}
    figures = medians(calls, units=100)
    report(benchmark, figures)
    benchmark(calls["headrace"])
    holds(figures, 20)


@pytest.mark.parametrize("limit", [None, 10])
def test_abatch_of_ten_thousand(benchmark: Any, limit: int | None) -> None:
    async def add(x: int) -> int:
        return x + 1

    inputs = list(range(10_000))
    config = None if limit is None else {"max_concurrency": limit}

    def calling(peer: Any) -> Callable[[], None]:
        step = peer.RunnableLambda(add)
        return running(lambda: step.abatch(inputs, config))

    calls = {name: calling(peer) for name, peer in PEERS.items()}
    figures = medians(calls, units=len(inputs), rounds=3)
    report(benchmark, figures)
    benchmark(calls["headrace"])
    holds(figures, 15)


def test_cost_is_linear_in_steps(benchmark: Any) -> None:
    async def drain(chain: Any) -> None:
        async for _ in chain.astream(1):
            pass

    def sdrain(chain: Any) -> None:
        for _ in chain.stream(1):
            pass

    chains = {steps: generators(PEERS["headrace"], steps) for steps in (3, 50)}
    calls: dict[str, Callable[[], None]] = {}
    for steps, chain in chains.items():
        calls[f"stream, {steps}"] = lambda chain=chain: sdrain(chain)
        calls[f"astream, {steps}"] = running(lambda chain=chain: drain(chain))
    figures = medians(calls, units=CHUNKS, rounds=5)
    report(benchmark, figures)
    benchmark(calls["astream, 50"])
    for way in ("stream", "astream"):
        # 50 steps are 16.7 times 3 steps; a chunk of one may not cost more than twice that of the
        # other
        assert figures[f"{way}, 50"] / 50 <= 2 * figures[f"{way}, 3"] / 3


def test_import(benchmark: Any) -> None:
    """Best of several fresh interpreters: what importing takes beyond starting Python."""

    def seconds(statement: str) -> float:
        program = (
            "import time; begin = time.perf_counter(); "
            f"{statement}; print(time.perf_counter() - begin)"
        )
        runs = [
            subprocess.run(
                [sys.executable, "-c", program],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
            for _ in range(9)
        ]
        return min(float(run.stdout) for run in runs)

    figures = {
        "pydantic": seconds("from pydantic import BaseModel") * 1e6,
        "headrace": seconds("import headrace.runnables") * 1e6,
        "langchain_core": seconds("import langchain_core.runnables") * 1e6,
    }
    report(benchmark, figures)
    benchmark.pedantic(lambda: None, rounds=1)
    assert figures["headrace"] <= 3 * figures["pydantic"], json.dumps(figures)
