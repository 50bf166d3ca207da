"""The cost of content-block streams, beside langchain-core's in the same process."""

import importlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, drain, race

Record = Callable[..., None]


def model_of(package: str, parts: Callable[[Any, int], Iterator[Any]], count: int) -> Any:
    """A model that streams `count` chunks, made as it goes."""
    chat = importlib.import_module(f"{package}.language_models.chat_models")
    outputs = importlib.import_module(f"{package}.outputs")
    messages = importlib.import_module(f"{package}.messages")

    class Model(chat.BaseChatModel):  # type: ignore[misc, name-defined]
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for message in parts(messages.AIMessageChunk, count):
                yield outputs.ChatGenerationChunk(message=message)

        @property
        def _llm_type(self) -> str:
            return "bench"

    return Model()


def text(chunk: Any, count: int) -> Iterator[Any]:
    for _ in range(count):
        yield chunk(content="token ")


def arguments(chunk: Any, count: int) -> Iterator[Any]:
    def part(args: str, id: str | None = None, name: str | None = None) -> Any:
        call = {"type": "tool_call_chunk", "id": id, "name": name, "args": args, "index": 0}
        return chunk(content="", tool_call_chunks=[call])

    yield part('{"a": [', "1", "f")
    for _ in range(count):
        yield part("12345, ")
    yield part("0]}")


def reading(model: Any, name: str | None = None) -> Callable[[], object]:
    def read() -> None:
        stream = model.stream_events("x", version="v3")
        drain(stream if name is None else getattr(stream, name))

    return read


@pytest.mark.parametrize(
    ("parts", "count", "target"),
    [(text, 500, 20), (text, 4000, 20), (arguments, 500, 40), (arguments, 4000, 60)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def bench_events(
    benchmark: BenchmarkFixture, record: Record, parts: Any, count: int, target: int
) -> None:
    ways = {
        package: Contender(reading(model_of(package, parts, count)), count)
        for package in ("headrace", "langchain_core")
    }
    benchmark(ways["headrace"].run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = race(ways, typical=min)
    record(f"content-block events of {parts.__name__}, {count} chunks", **times)
    assert times["langchain_core"] >= target * times["headrace"], times


@pytest.mark.parametrize("parts", [text, arguments], ids=lambda value: value.__name__)
def bench_growth(benchmark: BenchmarkFixture, record: Record, parts: Any) -> None:
    ways = {
        str(count): Contender(reading(model_of("headrace", parts, count)), count)
        for count in (1_000, 10_000, 100_000)
    }
    benchmark(ways["1000"].run)
    times = race(ways, typical=min)
    record(f"content-block events of {parts.__name__}, by length", **times)
    assert max(times.values()) <= 1.5 * min(times.values()), times


def bench_text_alone(benchmark: BenchmarkFixture, record: Record) -> None:
    model = model_of("headrace", text, 4000)
    ways = {
        "text": Contender(reading(model, "text"), 4000),
        "stream": Contender(lambda: drain(model.stream("x")), 4000),
    }
    benchmark(ways["text"].run)
    times = race(ways, typical=min)
    record("the text of a content-block stream", **times)
    assert times["text"] <= 1.5 * times["stream"], times
