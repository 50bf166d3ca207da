"""What a model of Anthropic's costs over the bare SDK, beside langchain-anthropic's.

The provider is a server on the loopback interface, in a process of its own. Times are of this
process's CPU: what waits for the other is not in them.
"""

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import langchain_anthropic
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from headrace.providers.anthropic import ChatAnthropic
from race import drain

CHUNKS = 2_000
ROUNDS = 12
MODEL = "claude-sonnet-4-6"
ROOT = Path(__file__).parent.parent
TOOL = {"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {}}}
Record = Callable[..., None]
SERVER = """
import sys, threading
from pathlib import Path
from tests.replay_server import ReplayServer, events_of

with ReplayServer(events_of(Path(sys.argv[1])), cut=16384) as server:
    print(server.url, flush=True)
    threading.Event().wait()
"""
"""Sends large pieces: reading small ones would be most of what is measured."""


def events() -> list[dict[str, Any]]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": MODEL, "content": []}
    delta = {"type": "text_delta", "text": "word "}
    return [
        {"type": "message_start", "message": {**message, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *[{"type": "content_block_delta", "index": 0, "delta": delta}] * CHUNKS,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    recording = tmp_path_factory.mktemp("anthropic") / "stream.jsonl"
    recording.write_text("\n".join(json.dumps(event) for event in events()))
    command = [sys.executable, "-c", SERVER, str(recording)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    server.terminate()
    server.wait()
    server.stdout.close()


def timed(run: Callable[[], object]) -> float:
    """CPU time a chunk, in microseconds."""
    start = time.process_time()
    run()
    return (time.process_time() - start) / CHUNKS * 1e6


def compared(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The best time of each, taken in turn: what else the machine does is in the others."""
    for run in ways.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.freeze()  # all that the peers import is no part of anybody's work
    try:
        for _ in range(ROUNDS):
            for name, run in ways.items():
                times[name].append(timed(run))
    finally:
        gc.unfreeze()
    return {name: min(taken) for name, taken in times.items()}


def checked(times: dict[str, float]) -> dict[str, float]:
    """The figures. The target is a tenth of what the reference adds to the SDK.

    The difference of two times that are nearly the same, on a busy machine, is held to a sixth.
    """
    added = {name: max(taken - times["sdk"], 0.0) for name, taken in times.items()}
    figures = {**times, **{f"{name}_added": added[name] for name in ("headrace", "langchain")}}
    assert added["headrace"] <= added["langchain"] / 6, figures
    return figures


def asking() -> dict[str, Any]:
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": MODEL, "max_tokens": 9, "messages": messages, "stream": True}


@pytest.mark.parametrize("tools", [False, True], ids=["text", "blocks"])
def bench_stream(benchmark: BenchmarkFixture, record: Record, url: str, tools: bool) -> None:
    fields: Any = {"model": MODEL, "api_key": "k", "base_url": url}
    client = anthropic.Anthropic(api_key="k", base_url=url)
    models = [ChatAnthropic(**fields), langchain_anthropic.ChatAnthropic(**fields)]
    here, there = (model.bind_tools([TOOL]) if tools else model for model in models)
    ways: dict[str, Callable[[], object]] = {
        "sdk": lambda: drain(client.messages.create(**asking())),
        "headrace": lambda: drain(here.stream("Hi")),
        "langchain": lambda: drain(there.stream("Hi")),
    }
    benchmark.pedantic(ways["headrace"], rounds=1)
    times = compared(ways)
    client.close()
    record(f"anthropic, stream{', blocks' if tools else ''}", **checked(times))


def bench_astream(benchmark: BenchmarkFixture, record: Record, url: str) -> None:
    fields: Any = {"model": MODEL, "api_key": "k", "base_url": url}
    client = anthropic.AsyncAnthropic(api_key="k", base_url=url)
    here, there = ChatAnthropic(**fields), langchain_anthropic.ChatAnthropic(**fields)
    loop = asyncio.new_event_loop()

    async def bare() -> None:
        async for _ in await client.messages.create(**asking()):
            pass

    async def read(model: Any) -> None:
        async for _ in model.astream("Hi"):
            pass

    ways: dict[str, Callable[[], object]] = {
        "sdk": lambda: loop.run_until_complete(bare()),
        "headrace": lambda: loop.run_until_complete(read(here)),
        "langchain": lambda: loop.run_until_complete(read(there)),
    }
    benchmark.pedantic(ways["headrace"], rounds=1)
    times = compared(ways)

    async def close() -> None:
        for opened in (client, here._async_client, there._async_client):
            await opened.close()

    loop.run_until_complete(close())
    loop.close()
    record("anthropic, astream", **checked(times))


def bench_first_chunk(benchmark: BenchmarkFixture, record: Record, url: str) -> None:
    """How much later the first chunk comes than from the bare SDK."""
    client = anthropic.Anthropic(api_key="k", base_url=url)
    model = ChatAnthropic(model=MODEL, api_key="k", base_url=url)
    stream = client.messages.create
    waits: dict[str, list[float]] = {"given": [], "delivered": []}

    def tracked(**request: Any) -> Any:
        made = stream(**request)
        first = next(made)
        waits["given"].append(time.perf_counter())
        return Rest(first, made)

    model._connection.create = lambda request: tracked(**request)  # type: ignore[method-assign]

    def first() -> None:
        chunks = model.stream("Hi")
        next(chunks)
        waits["delivered"].append(time.perf_counter())
        chunks.close()  # type: ignore[attr-defined]

    for _ in range(100):
        first()
    benchmark.pedantic(first, rounds=1)
    late = [
        (end - start) * 1e6 for start, end in zip(waits["given"], waits["delivered"], strict=True)
    ]
    added = statistics.median(late)
    client.close()
    record("anthropic, first chunk", added_us=added)
    assert added < 50, added


class Rest:
    """A stream whose first event has been taken."""

    def __init__(self, first: Any, rest: Any) -> None:
        self._first, self._rest = first, rest

    def __iter__(self) -> Iterator[Any]:
        yield self._first
        yield from self._rest

    def close(self) -> None:
        self._rest.close()
