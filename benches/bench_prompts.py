"""Prompts: filling them in, beside langchain-core."""

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core import prompts as reference
from pytest_benchmark.fixture import BenchmarkFixture

from headrace import prompts as ours
from race import Contender, race

Record = Callable[..., None]

INPUT = {"animal": "owl", "question": "Who are you, and what do you eat?"}
CALLS = 200


def chat(library: Any) -> Any:
    return library.ChatPromptTemplate(
        [("system", "You are a helpful {animal}."), ("human", "{question}")]
    )


def text(library: Any) -> Any:
    return library.PromptTemplate.from_template("You are a helpful {animal}. {question}")


def mustache(library: Any) -> Any:
    return library.PromptTemplate.from_template(
        "You are a helpful {{animal}}. {{#question}}Question: {{question}}{{/question}}",
        template_format="mustache",
    )


def invoking(prompt: Any) -> Callable[[], object]:
    def run() -> object:
        for _ in range(CALLS):
            value = prompt.invoke(INPUT)
        return value

    return run


def awaiting(prompt: Any) -> Callable[[], object]:
    async def calls() -> object:
        for _ in range(CALLS):
            value = await prompt.ainvoke(INPUT)
        return value

    return lambda: asyncio.run(calls())


def making(make: Callable[[Any], Any], library: Any) -> Callable[[], object]:
    return lambda: make(library)


def compared(
    benchmark: BenchmarkFixture, record: Record, name: str, way: Callable[[Any], Any], items: int
) -> float:
    """Race the two libraries, and give how many times faster ours is."""
    mine, theirs = way(ours), way(reference)
    times = race({"ours": Contender(mine, items), "reference": Contender(theirs, items)})
    record(name, **times)
    benchmark(mine)
    return times["reference"] / times["ours"]


def bench_chat_invoke(benchmark: BenchmarkFixture, record: Record) -> None:
    name = "ChatPromptTemplate.invoke, two messages"
    ratio = compared(benchmark, record, name, lambda lib: invoking(chat(lib)), CALLS)
    assert ratio >= 10


def bench_chat_ainvoke(benchmark: BenchmarkFixture, record: Record) -> None:
    name = "ChatPromptTemplate.ainvoke, two messages"
    ratio = compared(benchmark, record, name, lambda lib: awaiting(chat(lib)), CALLS)
    assert ratio >= 10


def bench_text_invoke(benchmark: BenchmarkFixture, record: Record) -> None:
    name = "PromptTemplate.invoke"
    ratio = compared(benchmark, record, name, lambda lib: invoking(text(lib)), CALLS)
    assert ratio >= 5


def bench_mustache_invoke(benchmark: BenchmarkFixture, record: Record) -> None:
    name = "PromptTemplate.invoke, mustache"
    ratio = compared(benchmark, record, name, lambda lib: invoking(mustache(lib)), CALLS)
    assert ratio >= 2


def bench_making(benchmark: BenchmarkFixture, record: Record) -> None:
    name = "making a ChatPromptTemplate"
    ratio = compared(benchmark, record, name, lambda lib: making(chat, lib), 1)
    assert ratio >= 0.8
