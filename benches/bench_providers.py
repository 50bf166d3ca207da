"""What a provider's model costs a chunk above the bare loop over the SDK, beside langchain's.

All ask one server on the loopback interface, which is another process: its time does not count. The
time is the processor's, not the clock's.
"""

import asyncio
import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from race import Contender, adrain, drain, race

CHUNKS = 1_000
ROUNDS = 15
KEY = "sk-of-the-benchmark"
Record = Callable[..., None]


def openai_events() -> Iterator[dict[str, Any]]:
    for at in range(CHUNKS):
        delta = {"content": f"word{at} "}
        yield {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}],
        }


def response_events() -> Iterator[dict[str, Any]]:
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "status": "completed",
    }
    yield {"type": "response.created", "sequence_number": 0, "response": response}
    for at in range(CHUNKS):
        yield {
            "type": "response.output_text.delta",
            "sequence_number": at + 1,
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "delta": f"word{at} ",
            "logprobs": [],
        }
    yield {"type": "response.completed", "sequence_number": CHUNKS + 1, "response": response}


def anthropic_events() -> Iterator[dict[str, Any]]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield {"type": "message_start", "message": message}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for at in range(CHUNKS):
        delta = {"type": "text_delta", "text": f"word{at} "}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}


class OpenAI:
    """Chat completions."""

    events = staticmethod(openai_events)
    modules = ("headrace.providers.openai", "langchain_openai")
    name = "ChatOpenAI"
    fields: ClassVar[dict[str, Any]] = {"stream_usage": False}
    path = "/v1"

    @staticmethod
    def open(client: Any) -> Any:
        messages = [{"role": "user", "content": "x"}]
        return client.chat.completions.create(model="m", messages=messages, stream=True)

    @staticmethod
    def client(model: Any, kind: str) -> Any:
        return model.root_async_client if kind == "async" else model.root_client

    @staticmethod
    def resource(client: Any) -> Any:
        return client.chat.completions

    @staticmethod
    def prepared(model: Any) -> Any:
        return model


class Responses(OpenAI):
    """The responses API."""

    events = staticmethod(response_events)
    fields: ClassVar[dict[str, Any]] = {"use_responses_api": True}

    @staticmethod
    def open(client: Any) -> Any:
        return client.responses.create(model="m", input="x", stream=True)

    @staticmethod
    def resource(client: Any) -> Any:
        return client.responses


class Anthropic:
    """Messages."""

    events = staticmethod(anthropic_events)
    modules = ("headrace.providers.anthropic", "langchain_anthropic")
    name = "ChatAnthropic"
    fields: ClassVar[dict[str, Any]] = {"max_tokens": 100}
    path = ""

    @staticmethod
    def open(client: Any) -> Any:
        messages = [{"role": "user", "content": "x"}]
        return client.messages.create(model="m", messages=messages, max_tokens=100, stream=True)

    @staticmethod
    def client(model: Any, kind: str) -> Any:
        return model._async_client if kind == "async" else model._client

    @staticmethod
    def resource(client: Any) -> Any:
        return client.messages

    @staticmethod
    def prepared(model: Any) -> Any:
        return model


class Blocks(Anthropic):
    """Messages whose content is a list of blocks, as it is where there are tools."""

    @staticmethod
    def client(model: Any, kind: str) -> Any:
        return Anthropic.client(model.bound, kind)

    @staticmethod
    def prepared(model: Any) -> Any:
        schema = {"type": "object", "properties": {}}
        return model.bind_tools([{"name": "f", "description": "d", "input_schema": schema}])


APIS: dict[str, Any] = {
    "openai": OpenAI,
    "openai.responses": Responses,
    "anthropic": Anthropic,
    "anthropic.blocks": Blocks,
}


@pytest.fixture(scope="module", params=APIS)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """An API, and the address of its server, which is another process."""
    found = APIS[request.param]
    if importlib.util.find_spec(found.modules[0]) is None:
        pytest.skip(f"{found.modules[0]} is not there")
    recording = tmp_path_factory.mktemp("recordings") / "long.jsonl"
    recording.write_text("".join(f"{json.dumps(event)}\n" for event in found.events()))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.replay_server", str(recording), "--delay", "0"],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        yield request.param, found, server.stdout.readline().split("/v1")[0]
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def api(served: Any) -> Any:
    """An API, and new models of both libraries: they remember an SDK's methods."""
    name, found, url = served
    given = {"model": "m", "api_key": KEY, "base_url": url + found.path, **found.fields}
    ours, theirs = (
        found.prepared(getattr(importlib.import_module(module), found.name)(**given))
        for module in found.modules
    )
    return name, found, ours, theirs


def added(times: dict[str, float]) -> dict[str, float]:
    """The figures, and what each library adds to the SDK's own time."""
    figures = {f"{name}_added": times[name] - times["sdk"] for name in ("headrace", "langchain")}
    return {**times, **figures}


def checked(times: dict[str, float]) -> dict[str, float]:
    """The figures over the wire: the difference of two long times, and so held to a quarter.

    The target, a tenth, is held without the wire: see `bench_events_at_hand`.
    """
    figures = added(times)
    assert figures["headrace_added"] * 4 <= figures["langchain_added"], figures
    return figures


class AtHand:
    """A stream of the SDK, of which all events are there."""

    def __init__(self, events: list[Any]) -> None:
        self._events = iter(events)

    def __iter__(self) -> Iterator[Any]:
        return self._events

    def parse(self) -> "AtHand":
        """Give the stream of what is a raw answer, too."""
        self.headers: dict[str, str] = {}
        return self

    def __enter__(self) -> "AtHand":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


class AtHandAsync(AtHand):
    """The same, asynchronous."""

    def __aiter__(self) -> "AtHandAsync":
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._events)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> "AtHandAsync":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def close(self) -> None:  # type: ignore[override]
        pass


@pytest.mark.parametrize("kind", ["sync", "async"])
def bench_events_at_hand(
    benchmark: BenchmarkFixture, record: Record, api: Any, kind: str, monkeypatch: Any
) -> None:
    """What a library adds to the SDK, whose events, its own objects, were received before."""
    name, found, ours, theirs = api
    events = list(found.open(found.client(ours, "sync")))
    loop = asyncio.new_event_loop()

    async def acreate(**_: Any) -> AtHandAsync:
        return AtHandAsync(events)

    async def replace() -> None:  # in the loop, to which an async client belongs
        create = acreate if kind == "async" else lambda **_: AtHand(events)
        for model in (ours, theirs):
            monkeypatch.setattr(found.resource(found.client(model, kind)), "create", create)

    loop.run_until_complete(replace())
    ways: dict[str, Callable[[], object]] = {
        "sdk": lambda: drain(AtHand(events)),
        "headrace": lambda: drain(ours.stream("x")),
        "langchain": lambda: drain(theirs.stream("x")),
    }
    if kind == "async":
        ways = {
            "sdk": lambda: loop.run_until_complete(adrain(AtHandAsync(events))),
            "headrace": lambda: loop.run_until_complete(adrain(ours.astream("x"))),
            "langchain": lambda: loop.run_until_complete(adrain(theirs.astream("x"))),
        }
    try:
        benchmark(ways["headrace"])
        contenders = {way: Contender(run, CHUNKS) for way, run in ways.items()}
        figures = added(race(contenders, ROUNDS, time.thread_time, min))
    finally:
        loop.close()
    record(f"{name}, events at hand, {kind}", **figures)
    assert figures["headrace_added"] * 10 <= figures["langchain_added"], figures


def bench_stream(benchmark: BenchmarkFixture, record: Record, api: Any) -> None:
    name, found, ours, theirs = api
    ways: dict[str, Callable[[], object]] = {
        "sdk": lambda: drain(found.open(found.client(ours, "sync"))),
        "headrace": lambda: drain(ours.stream("x")),
        "langchain": lambda: drain(theirs.stream("x")),
    }
    benchmark(ways["headrace"])
    contenders = {way: Contender(run, CHUNKS) for way, run in ways.items()}
    record(f"{name}.stream", **checked(race(contenders, ROUNDS, time.thread_time, min)))


def bench_astream(benchmark: BenchmarkFixture, record: Record, api: Any) -> None:
    name, found, ours, theirs = api
    loop = asyncio.new_event_loop()

    async def bare() -> None:
        await adrain(await found.open(found.client(ours, "async")))

    ways: dict[str, Callable[[], object]] = {
        "sdk": lambda: loop.run_until_complete(bare()),
        "headrace": lambda: loop.run_until_complete(adrain(ours.astream("x"))),
        "langchain": lambda: loop.run_until_complete(adrain(theirs.astream("x"))),
    }

    async def close() -> None:
        await found.client(ours, "async").close()
        await found.client(theirs, "async").close()

    try:
        benchmark(ways["headrace"])
        contenders = {way: Contender(run, CHUNKS) for way, run in ways.items()}
        record(f"{name}.astream", **checked(race(contenders, ROUNDS, time.thread_time, min)))
    finally:
        loop.run_until_complete(close())
        loop.close()


class Stamped:
    """The events of the SDK, each with the time at which it was given."""

    def __init__(self, events: Any, given: list[float]) -> None:
        self._events = events
        self._given = given

    def __iter__(self) -> Iterator[Any]:
        for event in self._events:
            self._given.append(time.perf_counter())
            yield event

    def close(self) -> None:
        self._events.close()


def bench_delay(
    benchmark: BenchmarkFixture, record: Record, slowness: float, api: Any, monkeypatch: Any
) -> None:
    """How long a chunk takes from the SDK to the consumer: the first, and those behind it."""
    name, found, ours, _ = api
    given: list[float] = []
    firsts: list[float] = []
    others: list[float] = []
    resource = found.resource(found.client(ours, "sync"))
    create = resource.create
    monkeypatch.setattr(resource, "create", lambda **asked: Stamped(create(**asked), given))

    def run() -> None:
        # the last event is the chunk's: the SDK is asked for the next when the next chunk is wanted
        delays = [(time.perf_counter() - given[-1]) * 1e6 for _ in ours.stream("x")]
        firsts.append(delays[0])
        # behind the last event comes the end of the stream
        others[:] = delays[1:-1]

    benchmark(run)
    while len(firsts) < 20:
        run()
    figures = {"first": statistics.median(firsts), "each": statistics.median(others)}
    record(f"{name}.delay", **figures)
    assert figures["first"] <= 50 * slowness, figures
