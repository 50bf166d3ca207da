"""Messages: construction, and the sum of a stream's chunks, beside langchain-core."""

import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from langchain_core import messages as reference
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut
from headrace import messages as ours
from race import Contender, race

Record = Callable[..., None]

# The reference takes the longer for a chunk the longer the sum: so many are timed at the most.
REFERENCE_CHUNKS = 3_000


def text_chunks(library: Any, count: int) -> list[Any]:
    return [library.AIMessageChunk(content="word") for _ in range(count)]


def tool_chunks(library: Any, count: int) -> list[Any]:
    pieces = cut(countries(count * 4))
    first = {"name": "write", "args": "", "id": "call_1", "index": 0}
    rest = [{"name": None, "args": piece, "id": None, "index": 0} for piece in pieces]
    return [library.AIMessageChunk(content="", tool_call_chunks=[it]) for it in (first, *rest)]


def fold(chunks: Sequence[Any]) -> Callable[[], object]:
    def run() -> object:
        total = chunks[0]
        for chunk in chunks[1:]:
            total = total + chunk
        return total

    return run


def fold_reading(chunks: Sequence[Any], field: str) -> Callable[[], object]:
    if field == "content":

        def run() -> object:
            total = chunks[0]
            for chunk in chunks[1:]:
                total = total + chunk
                value = total.content
            return value

    else:

        def run() -> object:
            total = chunks[0]
            for chunk in chunks[1:]:
                total = total + chunk
                value = total.tool_calls
            return value

    return run


def construct(library: Any, count: int, **fields: Any) -> Callable[[], object]:
    make = library.AIMessageChunk

    def run() -> None:
        for _ in range(count):
            make(**fields)

    return run


def bench_construct(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    make, theirs = ours.AIMessageChunk, reference.AIMessageChunk

    def run() -> None:
        for _ in range(10_000):
            make(content="word")

    def run_theirs() -> None:
        for _ in range(2_000):
            theirs(content="word")

    times = race(
        {"headrace": Contender(run, 10_000), "langchain-core": Contender(run_theirs, 2_000)}, 9
    )
    benchmark.pedantic(run, rounds=7)
    record("construct a message", **times)
    assert times["headrace"] <= 0.25 * slowness
    assert times["langchain-core"] >= 10 * times["headrace"]


def bench_construct_with_a_tool_call(benchmark: BenchmarkFixture, record: Record) -> None:
    part = [{"name": "write", "args": '{"a"', "id": "call_1", "index": 0}]
    run = construct(ours, 10_000, content="", tool_call_chunks=part)
    theirs = construct(reference, 1_000, content="", tool_call_chunks=part)
    times = race(
        {"headrace": Contender(run, 10_000), "langchain-core": Contender(theirs, 1_000)}, 9
    )
    benchmark.pedantic(run, rounds=7)
    record("construct a message with a part of a tool call", **times)
    assert times["langchain-core"] >= 40 * times["headrace"]


def bench_fold_text(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    sizes = (200, 3_000, 100_000)
    chunks = {size: text_chunks(ours, size) for size in sizes}
    theirs = text_chunks(reference, 200)
    times = race(
        {
            **{str(size): Contender(fold(chunks[size]), size) for size in sizes},
            "langchain-core": Contender(fold(theirs), 200),
        },
        9,
    )
    benchmark.pedantic(fold(chunks[3_000]), rounds=7)
    record("add up text, 200 chunks", headrace=times["200"], **only(times, "langchain-core"))
    record("add up text, 100,000 chunks", headrace=times["100000"])
    ours_only = [times[str(size)] for size in sizes]
    assert max(ours_only) <= 0.25 * slowness
    assert max(ours_only) <= 1.5 * min(ours_only)
    assert times["langchain-core"] >= 30 * times["200"]


def bench_fold_tool_call(benchmark: BenchmarkFixture, record: Record, slowness: float) -> None:
    sizes = (300, 3_000, 100_000)
    chunks = {size: tool_chunks(ours, size) for size in sizes}
    theirs = {size: tool_chunks(reference, size) for size in (300, REFERENCE_CHUNKS)}
    times = race(
        {
            **{str(size): Contender(fold(chunks[size]), size) for size in sizes},
            "theirs, 300": Contender(fold(theirs[300]), 300),
            "theirs, 3000": Contender(fold(theirs[3_000]), 3_000, rounds=1),
        },
        9,
    )
    benchmark.pedantic(fold(chunks[3_000]), rounds=7)
    for size in sizes[:2]:
        peer = {"langchain-core": times[f"theirs, {size}"]}
        record(f"add up a tool call, {size:,} chunks", headrace=times[str(size)], **peer)
    record("add up a tool call, 100,000 chunks", headrace=times["100000"])
    ours_only = [times[str(size)] for size in sizes]
    assert max(ours_only) <= 0.3 * slowness
    assert max(ours_only) <= 1.5 * min(ours_only)
    assert times["theirs, 300"] >= 200 * times["300"]
    assert times["theirs, 3000"] >= 1_500 * times["3000"]


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("content blocks", {"content": [{"type": "text", "text": "word ", "index": 0}]}),
        ("additional_kwargs", {"content": "", "additional_kwargs": {"reasoning": "word "}}),
    ],
)
def bench_fold_inside(
    benchmark: BenchmarkFixture, record: Record, where: str, fields: dict[str, Any]
) -> None:
    sizes = (300, 3_000, 100_000)
    chunks = {size: [ours.AIMessageChunk(**fields) for _ in range(size)] for size in sizes}
    theirs = [reference.AIMessageChunk(**fields) for _ in range(300)]
    times = race(
        {
            **{str(size): Contender(fold(chunks[size]), size) for size in sizes},
            "langchain-core": Contender(fold(theirs), 300),
        },
        9,
    )
    benchmark.pedantic(fold(chunks[3_000]), rounds=7)
    peer = only(times, "langchain-core")
    record(f"add up text in {where}, 300 chunks", headrace=times["300"], **peer)
    record(f"add up text in {where}, 100,000 chunks", headrace=times["100000"])
    ours_only = [times[str(size)] for size in sizes]
    assert max(ours_only) <= 1.5 * min(ours_only)
    assert times["langchain-core"] >= 10 * times["300"]


@pytest.mark.parametrize(
    ("field", "make", "at_most"),
    [("tool_calls", tool_chunks, 0.7), ("content", text_chunks, 0.4)],
)
def bench_fold_and_read(
    benchmark: BenchmarkFixture,
    record: Record,
    slowness: float,
    field: str,
    make: Callable[[Any, int], list[Any]],
    at_most: float,
) -> None:
    sizes = (300, 3_000, 100_000)
    chunks = {size: make(ours, size) for size in sizes}
    times = race(
        {str(size): Contender(fold_reading(chunks[size], field), size) for size in sizes}, 7
    )
    benchmark.pedantic(fold_reading(chunks[3_000], field), rounds=7)
    for size in sizes:
        record(f"add up and read `.{field}`, {size:,} chunks", headrace=times[str(size)])
    assert max(times.values()) <= at_most * slowness
    assert max(times.values()) <= 1.5 * min(times.values())


def bench_memory_of_totals(benchmark: BenchmarkFixture, record: Record) -> None:
    def bytes_each(library: Any, count: int) -> float:
        chunks = text_chunks(library, count)
        tracemalloc.start()
        totals = [chunks[0]]
        for chunk in chunks[1:]:
            totals.append(totals[-1] + chunk)
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return used / len(totals)

    sizes = {"headrace": bytes_each(ours, 2_000), "langchain-core": bytes_each(reference, 2_000)}
    benchmark.pedantic(lambda: bytes_each(ours, 2_000), rounds=1)
    record("bytes of a kept running total, text of 2,000 chunks", **sizes)
    assert sizes["headrace"] <= 250


def only(times: dict[str, float], name: str) -> dict[str, float]:
    return {name: times[name]}
