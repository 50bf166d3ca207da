"""The cost of the Runnable layer beside langchain-core's and a bare loop's, in one process."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, adrain, drain, race

CHUNKS = 3_000
CHUNK = "text"
PEERS = {
    "headrace": importlib.import_module("headrace.runnables"),
    "langchain-core": importlib.import_module("langchain_core.runnables"),
}
Record = Callable[..., None]


def source(items: Any) -> Any:
    for _ in items:
        for _ in range(CHUNKS):
            yield CHUNK


def each(items: Any) -> Any:
    for item in items:  # noqa: UP028 - a step that handles each chunk is what is measured
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


def holds(times: dict[str, float], ratio: float, limit: float = 0.0, slowness: float = 1.0) -> None:
    """Check the ratio to langchain-core, and the limit in microseconds of the targets' machine."""
    assert times["langchain-core"] >= ratio * times["headrace"], times
    assert not limit or times["headrace"] <= limit * slowness, times


def bench_stream(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    chains = {name: generators(peer) for name, peer in PEERS.items()}
    times = race(
        {
            **{
                name: Contender(lambda c=chain: drain(c.stream(1)), CHUNKS)
                for name, chain in chains.items()
            },
            "bare loop": Contender(lambda: drain(each(each(source([1])))), CHUNKS),
        }
    )
    benchmark(lambda: drain(chains["headrace"].stream(1)))
    record("three generators, stream, a chunk", **times)
    holds(times, 4, 0.45, slowness)


def bench_astream(benchmark: BenchmarkFixture, record: Record, slowness: float, loop: Any) -> None:
    chains = {name: generators(peer) for name, peer in PEERS.items()}
    run = loop.run_until_complete
    times = race(
        {
            **{
                name: Contender(lambda c=chain: run(adrain(c.astream(1))), CHUNKS)
                for name, chain in chains.items()
            },
            "bare loop": Contender(lambda: run(adrain(aeach(aeach(asource(one()))))), CHUNKS),
        }
    )
    benchmark(lambda: run(adrain(chains["headrace"].astream(1))))
    record("three generators, astream, a chunk", **times)
    holds(times, 20, 0.9, slowness)


def bench_invoke(benchmark: BenchmarkFixture, record: Record) -> None:
    def add(x: int) -> int:
        return x + 1

    chains = {name: peer.RunnableLambda(add) | add | add for name, peer in PEERS.items()}
    times = race(
        {name: Contender(lambda c=chain: c.invoke(1), 1) for name, chain in chains.items()}
    )
    benchmark(chains["headrace"].invoke, 1)
    record("three functions, invoke", **times)
    holds(times, 20)


def bench_ainvoke(benchmark: BenchmarkFixture, record: Record, loop: Any) -> None:
    async def add(x: int) -> int:
        return x + 1

    async def often(chain: Any) -> None:
        for _ in range(100):
            await chain.ainvoke(1)

    chains = {name: peer.RunnableLambda(add) | add | add for name, peer in PEERS.items()}
    run = loop.run_until_complete
    times = race(
        {name: Contender(lambda c=chain: run(often(c)), 100) for name, chain in chains.items()}
    )
    benchmark(lambda: run(often(chains["headrace"])))
    record("three functions, ainvoke", **times)
    holds(times, 20)


@pytest.mark.parametrize("limit", [None, 10])
def bench_abatch(benchmark: BenchmarkFixture, record: Record, loop: Any, limit: int | None) -> None:
    async def add(x: int) -> int:
        return x + 1

    inputs = list(range(10_000))
    config = None if limit is None else {"max_concurrency": limit}
    steps = {name: peer.RunnableLambda(add) for name, peer in PEERS.items()}
    run = loop.run_until_complete
    times = race(
        {
            name: Contender(lambda s=step: run(s.abatch(inputs, config)), len(inputs))
            for name, step in steps.items()
        },
        3,
    )
    benchmark.pedantic(lambda: run(steps["headrace"].abatch(inputs, config)), rounds=3)
    record(f"abatch of 10,000, max_concurrency {limit}, an input", **times)
    holds(times, 15)


@pytest.mark.parametrize("way", ["stream", "astream"])
def bench_many_steps(benchmark: BenchmarkFixture, record: Record, loop: Any, way: str) -> None:
    def run(chain: Any) -> None:
        if way == "stream":
            drain(chain.stream(1))
        else:
            loop.run_until_complete(adrain(chain.astream(1)))

    chains = {steps: generators(PEERS["headrace"], steps) for steps in (3, 50)}
    times = race(
        {
            f"{steps} steps": Contender(lambda c=chain: run(c), CHUNKS)
            for steps, chain in chains.items()
        }
    )
    benchmark(run, chains[50])
    record(f"{way} through 3 and 50 steps, a chunk", **times)
    # linear in steps: a step of fifty costs no more than twice what one of three does
    assert times["50 steps"] / 50 <= 2 * times["3 steps"] / 3, times


def bench_import(benchmark: BenchmarkFixture, record: Record) -> None:
    def fresh(statement: str) -> float:
        program = (
            f"import time; a = time.perf_counter(); {statement}; print(time.perf_counter() - a)"
        )
        command = [sys.executable, "-c", program]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(run.stdout) * 1e6

    statements = {
        "pydantic": "from pydantic import BaseModel",
        "headrace.runnables": "import headrace.runnables",
        "all names of headrace.runnables": "from headrace.runnables import *",
        "headrace.json": "import headrace.json",
    }
    fastest = {name: min(fresh(line) for _ in range(9)) for name, line in statements.items()}
    benchmark.pedantic(fresh, (statements["headrace.runnables"],), rounds=1)
    record("import", **fastest)
    assert fastest["all names of headrace.runnables"] <= 3 * fastest["pydantic"]
    assert fastest["headrace.json"] <= 0.5 * fastest["pydantic"]
