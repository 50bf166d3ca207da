"""Selecting from a JSON document as it arrives, and telling what has changed: the targets."""

import json
from collections.abc import Callable, Sequence

import ijson
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut
from headrace.json import PartialJsonParser
from json_ways import newest
from race import Contender, race

Record = Callable[..., None]

SIZES = [47_000, 1_500_000]


def selecting(chunks: Sequence[str], path: str) -> Callable[[], object]:
    """headrace, whose matches are taken where there are some."""

    def run() -> object:
        parser = PartialJsonParser(select=path)
        feed, matches = parser.feed, parser.matches
        found: list[object] = []
        for chunk in chunks:
            if feed(chunk):
                found += matches()
        return found

    return run


def pushed(chunks: Sequence[str], prefix: str) -> Callable[[], object]:
    """ijson, which is pushed chunks of bytes too, and builds what a prefix leads to."""
    encoded = [chunk.encode() for chunk in chunks]

    def run() -> object:
        found: list[object] = []
        events = ijson.sendable_list()
        target = ijson.items_coro(events, prefix, use_float=True)
        for chunk in encoded:
            target.send(chunk)
            if events:
                found += events
                del events[:]
        return found

    return run


def telling(chunks: Sequence[str], method: str) -> Callable[[], object]:
    """headrace, which is asked after each chunk what it has done."""

    def run() -> object:
        parser = PartialJsonParser(changes=True)
        feed, ask = parser.feed, getattr(parser, method)
        said = None
        for chunk in chunks:
            feed(chunk)
            said = ask()
        return said

    return run


@pytest.mark.parametrize("size", SIZES)
def bench_select(benchmark: BenchmarkFixture, record: Record, slowness: float, size: int) -> None:
    text = countries(size)
    chunks = cut(text)
    names = [country["name"] for country in json.loads(text)["countries"]]
    one = selecting(chunks, "$.countries[*].name")
    peer = pushed(chunks, "countries.item.name")
    assert one() == peer() == names
    rounds = 3 if size > 500_000 else 15
    times = race(
        {
            "headrace": Contender(one, len(chunks)),
            "whole": Contender(selecting(chunks, "$.countries[*]"), len(chunks)),
            "descendants": Contender(selecting(chunks, "$..name"), len(chunks)),
            "last": Contender(selecting(chunks, "$.countries[-1].name"), len(chunks)),
            "snapshots": Contender(newest(chunks), len(chunks)),
            "ijson": Contender(peer, len(chunks)),
        },
        rounds,
    )
    benchmark.pedantic(one, rounds=rounds)
    record(f"selected names, {size} characters", **times)
    assert times["headrace"] <= 0.15 * slowness
    assert times["headrace"] <= times["snapshots"]
    assert times["ijson"] >= 2 * times["headrace"]


@pytest.mark.parametrize("size", SIZES)
def bench_changes(benchmark: BenchmarkFixture, record: Record, slowness: float, size: int) -> None:
    chunks = cut(countries(size))
    rows = telling(chunks, "changes")
    rounds = 3 if size > 500_000 else 15
    times = race(
        {
            "changes": Contender(rows, len(chunks)),
            "patch": Contender(telling(chunks, "patch"), len(chunks)),
            "snapshots": Contender(newest(chunks), len(chunks)),
        },
        rounds,
    )
    benchmark.pedantic(rows, rounds=rounds)
    record(f"changes, {size} characters", **times)
    assert times["changes"] <= 0.3 * slowness
