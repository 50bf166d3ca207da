"""Output parsers over streams of chunks, beside the reference's."""

import asyncio
import importlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut
from race import Contender, race

PEERS = {
    name: importlib.import_module(f"{name.replace('-', '_')}.output_parsers")
    for name in ("headrace", "langchain-core")
}
MESSAGES = {name: importlib.import_module(f"{name.replace('-', '_')}.messages") for name in PEERS}
Record = Callable[..., None]


def last(parser: Any, chunks: list[Any]) -> Any:
    """The last value of a whole stream."""
    return deque(parser.transform(iter(chunks)), maxlen=1).pop()


def called(messages: Any, count: int) -> list[Any]:
    """A call of one tool in so many chunks."""
    text = countries(count * 4 + 200)
    pieces = cut(json.dumps({"document": json.loads(text)}, ensure_ascii=False))[:count]
    assert len(pieces) == count
    return [
        messages.AIMessageChunk(
            "",
            tool_call_chunks=[
                {
                    "name": "store" if i == 0 else None,
                    "args": piece,
                    "id": "call_1" if i == 0 else None,
                    "index": 0,
                }
            ],
        )
        for i, piece in enumerate(pieces)
    ]


@pytest.mark.parametrize(("count", "at_least"), [(300, 30), (3_000, 300)])
def bench_tool_calls(
    benchmark: BenchmarkFixture, record: Record, count: int, at_least: int
) -> None:
    parsers = {name: peer.JsonOutputToolsParser() for name, peer in PEERS.items()}
    chunks = {name: called(MESSAGES[name], count) for name in PEERS}
    one, other = (last(parsers[name], chunks[name]) for name in PEERS)
    assert one == other
    times = race(
        {
            "headrace": Contender(lambda: last(parsers["headrace"], chunks["headrace"]), count),
            # every snapshot kept, as by whoever collects them in a list
            "headrace, all kept": Contender(
                lambda: list(parsers["headrace"].transform(iter(chunks["headrace"]))), count
            ),
            "langchain-core": Contender(
                lambda: last(parsers["langchain-core"], chunks["langchain-core"]), count, rounds=1
            ),
        },
        9,
    )
    benchmark.pedantic(last, (parsers["headrace"], chunks["headrace"]), rounds=9)
    record(f"JsonOutputToolsParser.transform, {count} chunks", **times)
    assert times["langchain-core"] >= at_least * times["headrace"]


def bench_text(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    count = 3_000
    chunks = {name: [MESSAGES[name].AIMessageChunk("text")] * count for name in PEERS}
    parsers = {name: peer.StrOutputParser() for name, peer in PEERS.items()}

    def copied() -> Iterator[str]:
        for chunk in chunks["headrace"]:
            yield chunk.content

    async def source(items: list[Any]) -> Any:
        for item in items:
            yield item

    def alast(name: str) -> None:
        async def run() -> None:
            async for _ in parsers[name].atransform(source(chunks[name])):
                pass

        asyncio.run(run())

    times = race(
        {
            "headrace": Contender(lambda: last(parsers["headrace"], chunks["headrace"]), count),
            "a bare loop": Contender(lambda: deque(copied(), maxlen=1), count),
            "headrace, async": Contender(lambda: alast("headrace"), count),
            "langchain-core": Contender(
                lambda: last(parsers["langchain-core"], chunks["langchain-core"]), count, rounds=3
            ),
            "langchain-core, async": Contender(lambda: alast("langchain-core"), count, rounds=1),
        },
        9,
    )
    benchmark.pedantic(last, (parsers["headrace"], chunks["headrace"]), rounds=9)
    record("StrOutputParser.transform, 3,000 messages", **times)
    # A step of a chain: its own work, and the generator around it.
    assert times["headrace"] <= 0.4 * slowness


LISTS = {
    "CommaSeparatedListOutputParser": lambda i: f"item number {i}, ",
    "NumberedListOutputParser": lambda i: f"{i + 1}. item number {i}\n",
    "MarkdownListOutputParser": lambda i: f"- item number {i}\n",
}


@pytest.mark.parametrize("name", LISTS)
def bench_lists(benchmark: BenchmarkFixture, record: Record, name: str) -> None:
    texts = {size: "".join(LISTS[name](i) for i in range(size)) for size in (100, 10_000)}
    # one item alone: what an item costs must not grow with it either
    texts[1] = LISTS[name](0).rstrip(", \n") + " and so on" * 20_000
    chunks = {size: cut(text) for size, text in texts.items()}
    ours = getattr(PEERS["headrace"], name)()
    theirs = getattr(PEERS["langchain-core"], name)()
    assert last(ours, chunks[100]) == last(theirs, chunks[100])
    contenders = {
        f"headrace, {size} items": Contender(
            lambda size=size: last(ours, chunks[size]), len(chunks[size])
        )
        for size in chunks
    }
    contenders["langchain-core, 100 items"] = Contender(
        lambda: last(theirs, chunks[100]), len(chunks[100]), rounds=3
    )
    times = race(contenders, 7)
    benchmark.pedantic(last, (ours, chunks[100]), rounds=9)
    record(f"{name}.transform", **times)
    assert times["headrace, 10000 items"] <= 2 * times["headrace, 100 items"]
    assert times["headrace, 1 items"] <= 2 * times["headrace, 100 items"]


def bench_xml(benchmark: BenchmarkFixture, record: Record) -> None:
    chunks = {
        size: cut("<rivers>" + "<river><name>Rhine</name></river>" * size + "</rivers>")
        for size in (100, 5_000)
    }
    parsers = {name: peer.XMLOutputParser() for name, peer in PEERS.items()}
    times = race(
        {
            "headrace, 100 elements": Contender(
                lambda: last(parsers["headrace"], chunks[100]), len(chunks[100])
            ),
            "headrace, 5000 elements": Contender(
                lambda: last(parsers["headrace"], chunks[5_000]), len(chunks[5_000])
            ),
            "langchain-core, 100 elements": Contender(
                lambda: last(parsers["langchain-core"], chunks[100]), len(chunks[100]), rounds=3
            ),
        },
        7,
    )
    benchmark.pedantic(last, (parsers["headrace"], chunks[100]), rounds=9)
    record("XMLOutputParser.transform", **times)
    assert times["headrace, 5000 elements"] <= 2 * times["headrace, 100 elements"]


@pytest.mark.parametrize(("size", "at_least"), [(2_800, 30), (47_000, 300)])
def bench_json_patch(benchmark: BenchmarkFixture, record: Record, size: int, at_least: int) -> None:
    chunks = cut(countries(size))
    parsers = {name: peer.JsonOutputParser(diff=True) for name, peer in PEERS.items()}
    contenders = {"headrace": Contender(lambda: last(parsers["headrace"], chunks), len(chunks))}
    if size < 10_000:
        contenders["langchain-core"] = Contender(
            lambda: last(parsers["langchain-core"], chunks), len(chunks), rounds=1
        )
    times = race(contenders, 9)
    benchmark.pedantic(last, (parsers["headrace"], chunks), rounds=9)
    record(f"JsonOutputParser(diff=True).transform, {size} characters", **times)
    if "langchain-core" in times:
        assert times["langchain-core"] >= at_least * times["headrace"]
