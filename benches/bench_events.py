"""What watching a chain costs: events, the log and handlers, beside langchain-core."""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, race

# The reference says of version `v1` and of the log that they are old.
pytestmark = pytest.mark.filterwarnings("ignore")

TOKENS = 1_000
Record = Callable[..., None]
PEERS = ("headrace", "langchain_core")


def module(peer: str, name: str) -> Any:
    return importlib.import_module(f"{peer}.{name}")


def model(peer: str, count: int = TOKENS) -> Any:
    """A chat model that gives tokens as fast as it can make them."""
    outputs, messages = module(peer, "outputs"), module(peer, "messages")
    chunk_of, message_of = outputs.ChatGenerationChunk, messages.AIMessageChunk

    class Fast(module(peer, "language_models").BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "fast"

        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(count):
                yield chunk_of(message=message_of(content="word"))

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(count):
                yield chunk_of(message=message_of(content="word"))

    return Fast()


def prompt(peer: str) -> Any:
    return module(peer, "prompts").ChatPromptTemplate.from_template("Tell of {topic}.")


def chain(peer: str, count: int = TOKENS) -> Any:
    parser = module(peer, "output_parsers").StrOutputParser()
    return prompt(peer) | model(peer, count) | parser


GIVEN = {"topic": "rivers"}
CHAINS = {peer: chain(peer) for peer in PEERS}


async def adrain(stream: Any) -> int:
    """Take a stream to its end, and count what it yields."""
    count = 0
    async for _ in stream:
        count += 1
    return count


def drain(stream: Any) -> int:
    """Take a stream to its end, and count what it yields."""
    count = 0
    for _ in stream:
        count += 1
    return count


@pytest.fixture(scope="module")
def run(loop: asyncio.AbstractEventLoop) -> Any:
    return loop.run_until_complete


def raced(run: Any, way: Callable[[Any], Any], rounds: int = 5, slow: int = 2) -> dict[str, float]:
    """Time a way to read a chain on both libraries, for one item."""
    counts = {peer: run(adrain(way(CHAINS[peer]))) for peer in PEERS}
    return race(
        {
            peer: Contender(
                lambda p=peer: run(adrain(way(CHAINS[p]))),
                counts[peer],
                rounds if peer == "headrace" else slow,
            )
            for peer in PEERS
        },
        rounds,
    )


def ratio(times: dict[str, float]) -> float:
    return times["langchain_core"] / times["headrace"]


@pytest.mark.parametrize(
    ("way", "times_faster", "microseconds"), [("astream", 50, 2.0), ("stream", 20, 0.9)]
)
def bench_unobserved(
    benchmark: BenchmarkFixture,
    record: Record,
    slowness: float,
    run: Any,
    way: str,
    times_faster: float,
    microseconds: float,
) -> None:
    def read(peer: str) -> int:
        if way == "astream":
            return run(adrain(CHAINS[peer].astream(GIVEN)))
        return drain(CHAINS[peer].stream(GIVEN))

    times = race({peer: Contender(lambda p=peer: read(p), TOKENS) for peer in PEERS}, 5)
    benchmark.pedantic(lambda: read("headrace"), rounds=3)
    record(f"prompt, model and parser, {way}, a chunk", **times)
    assert ratio(times) >= times_faster, times
    assert times["headrace"] <= microseconds * slowness, times


@pytest.mark.parametrize(("version", "times_faster"), [("v2", 40), ("v1", 100)])
def bench_events(
    benchmark: BenchmarkFixture,
    record: Record,
    slowness: float,
    run: Any,
    version: str,
    times_faster: float,
) -> None:
    def events(one: Any) -> Any:
        return one.astream_events(GIVEN, version=version)

    times = raced(run, events)
    benchmark.pedantic(lambda: run(adrain(events(CHAINS["headrace"]))), rounds=3)
    record(f"astream_events {version}, an event", **times)
    assert ratio(times) >= times_faster, times
    if version == "v2":
        assert times["headrace"] <= 1.2 * slowness, times


def bench_log(benchmark: BenchmarkFixture, record: Record, run: Any) -> None:
    def patches(one: Any) -> Any:
        return one.astream_log(GIVEN)

    times = raced(run, patches)
    benchmark.pedantic(lambda: run(adrain(patches(CHAINS["headrace"]))), rounds=3)
    record("astream_log, a patch", **times)
    assert ratio(times) >= 50, times


def bench_excluded(benchmark: BenchmarkFixture, record: Record, run: Any) -> None:
    ours = CHAINS["headrace"]
    ways = {
        "astream": lambda: run(adrain(ours.astream(GIVEN))),
        "excluding all": lambda: run(adrain(ours.astream_events(GIVEN, include_names=["none"]))),
    }
    times = race({name: Contender(way, TOKENS) for name, way in ways.items()}, 15)
    benchmark.pedantic(ways["excluding all"], rounds=3)
    record("events that a filter excludes, a token", **times)
    assert times["excluding all"] <= 1.2 * times["astream"], times


def bench_sync_events(benchmark: BenchmarkFixture, record: Record, run: Any) -> None:
    ours = CHAINS["headrace"]
    count = drain(ours.stream_events(GIVEN))
    times = race(
        {
            "stream_events": Contender(lambda: drain(ours.stream_events(GIVEN)), count),
            "astream_events": Contender(lambda: run(adrain(ours.astream_events(GIVEN))), count),
        }
    )
    benchmark.pedantic(lambda: drain(ours.stream_events(GIVEN)), rounds=3)
    record("stream_events, an event", **times)
    assert times["stream_events"] <= 3 * times["astream_events"], times


def bench_many_streams(benchmark: BenchmarkFixture, record: Record, run: Any) -> None:
    streams, tokens = 1_000, 100
    chains = {peer: chain(peer, tokens) for peer in PEERS}

    async def all_at_once(peer: str) -> None:
        await asyncio.gather(
            *(adrain(chains[peer].astream_events(GIVEN, version="v2")) for _ in range(streams))
        )

    times = race(
        {
            peer: Contender(lambda p=peer: run(all_at_once(p)), streams * tokens, 1)
            for peer in PEERS
        },
        1,
    )
    benchmark.pedantic(lambda: run(all_at_once("headrace")), rounds=1)
    record("1,000 event streams at once, a token", **times)
    assert ratio(times) >= 10, times


def handler(peer: str, *, is_async: bool) -> Any:
    callbacks = module(peer, "callbacks")
    seen: list[str] = []

    class Sync(callbacks.BaseCallbackHandler):
        def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
            seen.append(token)

    class Async(callbacks.AsyncCallbackHandler):
        async def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
            seen.append(token)

    return Async() if is_async else Sync()


@pytest.mark.parametrize("is_async", [False, True], ids=["stream", "astream"])
def bench_token_handler(
    benchmark: BenchmarkFixture, record: Record, run: Any, is_async: bool
) -> None:
    def read(peer: str) -> int:
        config = {"callbacks": [handler(peer, is_async=is_async)]}
        if is_async:
            return run(adrain(CHAINS[peer].astream(GIVEN, config)))
        return drain(CHAINS[peer].stream(GIVEN, config))

    times = race({peer: Contender(lambda p=peer: read(p), TOKENS) for peer in PEERS}, 3)
    benchmark.pedantic(lambda: read("headrace"), rounds=3)
    kind = "async handler in astream" if is_async else "handler in stream"
    record(f"on_llm_new_token, {kind}, a token", **times)
    assert ratio(times) >= 10, times
