"""LangChain with `accelerate()` and without, in one process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.utils.json import parse_partial_json
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut
from headrace.langchain import accelerate
from race import Contender, race

Record = Callable[..., None]


def accelerated(run: Callable[[], object]) -> Callable[[], object]:
    """The same, with acceleration."""

    def inside() -> object:
        with accelerate():
            return run()

    return inside


def versus(
    run: Callable[[], object], items: int, rounds: int = 5, slow: int | None = None
) -> dict[str, float]:
    """The time of one item with acceleration and without."""
    return race(
        {
            "accelerated": Contender(run, items, inside=accelerate),
            "langchain-core": Contender(run, items, rounds=slow),
        },
        rounds,
    )


def call_parts(count: int) -> list[list[dict[str, Any]]]:
    pieces = cut(countries(count * 4))[: count - 1]
    first = {"name": "write", "args": "", "id": "call_1", "index": 0}
    rest = [{"name": None, "args": piece, "id": None, "index": 0} for piece in pieces]
    return [[part] for part in (first, *rest)]


def messages(parts: Sequence[list[dict[str, Any]]]) -> list[AIMessageChunk]:
    return [AIMessageChunk(content="", tool_call_chunks=part) for part in parts]


def add_up(chunks: Sequence[Any]) -> object:
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
        calls = total.tool_calls
    return calls


@pytest.mark.parametrize(("count", "at_least"), [(300, 50), (3_000, 300)])
def bench_add_up(benchmark: BenchmarkFixture, record: Record, count: int, at_least: int) -> None:
    chunks = messages(call_parts(count))
    times = versus(lambda: add_up(chunks), count, slow=None if count < 1_000 else 1)
    benchmark.pedantic(accelerated(lambda: add_up(chunks)), rounds=5)
    record(f"LangChain: add up a tool call, {count:,} chunks, read each time", **times)
    assert times["langchain-core"] >= at_least * times["accelerated"]


@pytest.mark.parametrize(("count", "at_least"), [(300, 10), (3_000, 50)])
def bench_construct_and_add(
    benchmark: BenchmarkFixture, record: Record, count: int, at_least: int
) -> None:
    parts = call_parts(count)

    def run() -> object:
        return add_up(messages(parts))

    times = versus(run, count, slow=None if count < 1_000 else 1)
    benchmark.pedantic(accelerated(run), rounds=5)
    record(f"LangChain: construct and add up a tool call, {count:,} chunks", **times)
    assert times["langchain-core"] >= at_least * times["accelerated"]


def drain(stream: Iterator[Any]) -> object:
    value = None
    for value in stream:  # noqa: B007 - the last one is the result
        pass
    return value


async def adrain(stream: AsyncIterator[Any]) -> object:
    value = None
    async for value in stream:  # noqa: B007 - the last one is the result
        pass
    return value


@pytest.mark.parametrize(("kind", "at_least"), [("texts", 500), ("messages", 50)])
def bench_json_parser(
    benchmark: BenchmarkFixture, record: Record, kind: str, at_least: int
) -> None:
    def chunks(size: int) -> list[Any]:
        texts = cut(countries(size))
        if kind == "texts":
            return list(texts)
        # One message for each text, so that the size of the memory is not what is measured.
        made = {text: AIMessageChunk(content=text) for text in set(texts)}
        return [made[text] for text in texts]

    parser = JsonOutputParser()
    small, large = chunks(13_000), chunks(1_000_000)

    def run(given: list[Any]) -> Callable[[], object]:
        return lambda: drain(parser.transform(iter(given)))

    times = race(
        {
            "accelerated": Contender(run(small), len(small), inside=accelerate),
            "accelerated, 1 MB": Contender(run(large), len(large), 3, inside=accelerate),
            "langchain-core": Contender(run(small), len(small), rounds=1),
        },
        5,
    )
    benchmark.pedantic(accelerated(run(small)), rounds=5)
    record(f"LangChain: JsonOutputParser on 13 KB of {kind}", **times)
    assert times["langchain-core"] >= at_least * times["accelerated"]
    assert times["accelerated, 1 MB"] <= 1.5 * times["accelerated"]


class Replay(BaseChatModel):
    texts: list[str]

    @property
    def _llm_type(self) -> str:
        return "replay"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for text in self.texts:
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for text in self.texts:
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))


@pytest.mark.parametrize(("way", "at_least"), [("stream", 25), ("astream", 6)])
def bench_model_and_parser(
    benchmark: BenchmarkFixture, record: Record, way: str, at_least: int
) -> None:
    texts = cut(countries(13_000))
    chain = Replay(texts=texts) | JsonOutputParser()

    def run() -> object:
        if way == "stream":
            return drain(chain.stream("x"))
        return asyncio.run(adrain(chain.astream("x")))

    times = versus(run, len(texts), slow=1)
    benchmark.pedantic(accelerated(run), rounds=3)
    record(f"LangChain: (model | JsonOutputParser()).{way} on 13 KB", **times)
    assert times["langchain-core"] >= at_least * times["accelerated"]


def bench_events_all_excluded(benchmark: BenchmarkFixture, record: Record) -> None:
    texts = ["word "] * 1_000
    prompt = ChatPromptTemplate.from_template("{x}")
    chain = prompt | Replay(texts=texts) | StrOutputParser()

    def run() -> object:
        events = chain.astream_events({"x": "x"}, version="v2", include_names=["nobody"])
        return asyncio.run(adrain(events))

    times = versus(run, len(texts), rounds=7)
    benchmark.pedantic(accelerated(run), rounds=3)
    record("LangChain: astream_events, all excluded, a token", **times)
    assert times["langchain-core"] >= 1.5 * times["accelerated"]


texts = [AIMessageChunk(content="word ") for _ in range(300)]
metadata = AIMessageChunk(
    content="", response_metadata={"model_name": "m", "finish_reason": "stop"}
)
usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
counted = [AIMessageChunk(content="a", usage_metadata=usage) for _ in range(50)]
blocks = [
    AIMessageChunk(content=[{"type": "text", "text": "word ", "index": 0}]) for _ in range(200)
]
shown = ChatPromptTemplate.from_template("{x}") | RunnableLambda(lambda value: value)


async def all_events() -> object:
    chain = ChatPromptTemplate.from_template("{x}") | Replay(texts=["a"] * 100) | StrOutputParser()
    return await adrain(chain.astream_events({"x": "x"}, version="v2"))


ANYTHING_ELSE: dict[str, tuple[Callable[[], object], int]] = {
    "add up text": (lambda: add_up(texts), len(texts)),
    "add up two": (lambda: texts[0] + metadata, 1),
    "add up usage": (lambda: add_up(counted), len(counted)),
    "add up blocks": (lambda: add_up(blocks), len(blocks)),
    "construct": (lambda: AIMessageChunk(content="a"), 1),
    "construct a tool call": (lambda: messages(call_parts(20)[:1]), 1),
    "parse a small JSON": (lambda: parse_partial_json('{"a": 1}'), 1),
    "invoke a chain": (lambda: shown.invoke({"x": 1}), 1),
    "all events": (lambda: asyncio.run(all_events()), 100),
    "text chain": (lambda: drain((Replay(texts=["a"] * 50) | StrOutputParser()).stream("x")), 50),
}


@pytest.mark.parametrize("name", ANYTHING_ELSE)
def bench_anything_else(benchmark: BenchmarkFixture, record: Record, name: str) -> None:
    run, items = ANYTHING_ELSE[name]

    def many() -> object:
        for _ in range(20):
            result = run()
        return result

    times = versus(many, items * 20, rounds=15)
    benchmark.pedantic(accelerated(run), rounds=3)
    record(f"LangChain: {name}", **times)
    assert times["accelerated"] <= 1.15 * times["langchain-core"]
