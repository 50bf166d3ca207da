"""The cost of a model's stream over the model's own generator, beside langchain-core's."""

import importlib
from collections.abc import Callable
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, adrain, drain, race

CHUNKS = 2_000
Record = Callable[..., None]


def model_of(package: str) -> Any:
    """A model written as users write one, which streams chunks made as it goes."""
    chat = importlib.import_module(f"{package}.language_models.chat_models")
    outputs = importlib.import_module(f"{package}.outputs")
    messages = importlib.import_module(f"{package}.messages")

    class Model(chat.BaseChatModel):  # type: ignore[misc, name-defined]
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            message = messages.AIMessage("whole")
            return outputs.ChatResult(generations=[outputs.ChatGeneration(message=message)])

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(CHUNKS):
                message = messages.AIMessageChunk(content="token")
                yield outputs.ChatGenerationChunk(message=message)

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(CHUNKS):
                message = messages.AIMessageChunk(content="token")
                yield outputs.ChatGenerationChunk(message=message)

        @property
        def _llm_type(self) -> str:
            return "bench"

    return Model()


MODELS = {"headrace": model_of("headrace"), "langchain-core": model_of("langchain_core")}


def compared(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    return race({name: Contender(run, CHUNKS) for name, run in ways.items()})


def checked(times: dict[str, float], slowness: float) -> dict[str, float]:
    """The figures, held against the targets: in all, and what the layer adds to the generator."""
    added = {name: max(times[name] - times[f"{name}, generator"], 0.0) for name in MODELS}
    figures = {
        "headrace": times["headrace"],
        "langchain-core": times["langchain-core"],
        "the model's own generator": times["headrace, generator"],
    }
    assert times["headrace"] <= 1.0 * slowness, figures
    assert added["langchain-core"] >= 15 * added["headrace"], added
    return figures


def bench_stream(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    ways: dict[str, Callable[[], object]] = {}
    for name, model in MODELS.items():
        ways[name] = lambda model=model: drain(model.stream("x"))
        ways[f"{name}, generator"] = lambda model=model: drain(model._stream([]))
    benchmark(ways["headrace"])
    record("model.stream, a chunk", **checked(compared(ways), slowness))


def bench_astream(benchmark: BenchmarkFixture, record: Record, slowness: float, loop: Any) -> None:
    def on_loop(make: Callable[[], Any]) -> Callable[[], object]:
        return lambda: loop.run_until_complete(adrain(make()))

    ways: dict[str, Callable[[], object]] = {}
    for name, model in MODELS.items():
        ways[name] = on_loop(lambda model=model: model.astream("x"))
        ways[f"{name}, generator"] = on_loop(lambda model=model: model._astream([]))
    benchmark(ways["headrace"])
    record("model.astream, a chunk", **checked(compared(ways), slowness))


def bench_invoke(benchmark: BenchmarkFixture, record: Record) -> None:
    times = race(
        {
            name: Contender(lambda model=model: model.invoke("x"), 1)
            for name, model in MODELS.items()
        }
    )
    benchmark(lambda: MODELS["headrace"].invoke("x"))
    record("model.invoke, an answer", **times)
    assert times["headrace"] * 2 <= times["langchain-core"], times
