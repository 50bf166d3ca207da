"""Retrievers and the store in memory beside langchain-core's, in one process."""

import asyncio
import importlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, race

PEERS = ("headrace", "langchain_core")
SIZE = 256
STORED = 2_000
CALLS = 200
Record = Callable[..., None]


def retriever(package: str) -> Any:
    base = importlib.import_module(f"{package}.retrievers").BaseRetriever
    document = importlib.import_module(f"{package}.documents").Document("x")

    class Constant(base):  # type: ignore[misc, valid-type]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> Any:
            return [document]

        async def _aget_relevant_documents(self, query: str, *, run_manager: Any) -> Any:
            return [document]

    return Constant()


def store(package: str) -> Any:
    base = importlib.import_module(f"{package}.embeddings").Embeddings
    made = random.Random(1)
    vectors = {str(i): [made.gauss(0, 1) for _ in range(SIZE)] for i in range(STORED)}

    class Known(base):  # type: ignore[misc, valid-type]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [vectors[text] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return vectors[text]

    kind = importlib.import_module(f"{package}.vectorstores").InMemoryVectorStore
    return kind.from_texts(list(vectors), Known())


def invoked(made: Any) -> None:
    for _ in range(CALLS):
        made.invoke("q")


async def ainvoked(made: Any) -> None:
    for _ in range(CALLS):
        await made.ainvoke("q")


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def bench_retriever(benchmark: BenchmarkFixture, record: Record, way: str) -> None:
    made = {peer: retriever(peer) for peer in PEERS}
    times = race(
        {
            peer: Contender(
                (lambda it=one: invoked(it))
                if way == "invoke"
                else (lambda it=one: asyncio.run(ainvoked(it))),
                CALLS,
            )
            for peer, one in made.items()
        }
    )
    record(f"retriever, {way}", **times)
    assert times["headrace"] * 2 < times["langchain_core"]
    benchmark(lambda: made["headrace"].invoke("q"))


def bench_search_in_memory(benchmark: BenchmarkFixture, record: Record) -> None:
    made = {peer: store(peer) for peer in PEERS}
    times = race(
        {
            peer: Contender(lambda it=one: it.similarity_search("7"), 1, rounds=5)
            for peer, one in made.items()
        }
    )
    record(f"search among {STORED} vectors of {SIZE}", **times)
    assert times["headrace"] * 10 < times["langchain_core"]
    benchmark(lambda: made["headrace"].similarity_search("7"))


def bench_adding_between_searches(benchmark: BenchmarkFixture, record: Record) -> None:
    made = {peer: store(peer) for peer in PEERS}

    def add_and_search(it: Any) -> None:
        it.add_texts(["7"], ids=["the same"])
        it.similarity_search("7")

    times = race(
        {
            peer: Contender(lambda it=one: add_and_search(it), 1, rounds=5)
            for peer, one in made.items()
        }
    )
    record(f"add and search among {STORED}", **times)
    assert times["headrace"] * 10 < times["langchain_core"]
    benchmark(lambda: add_and_search(made["headrace"]))
