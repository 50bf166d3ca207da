"""Following a JSON document as it arrives, beside its peers: the targets of the parser."""

import json
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut, flat_list, flat_object, one_string
from json_ways import every, floor, newest, peer
from race import Contender, race

Record = Callable[..., None]

# Size in characters: how many times jiter's pace must be reached.
AT_LEAST = {700: 8, 2_800: 30, 47_000: 500, 1_500_000: 500}


@pytest.fixture(scope="module")
def pace_of_small() -> float:
    """The time a chunk of the smallest document, in microseconds."""
    chunks = cut(countries(2_800))
    return race({"newest": Contender(newest(chunks), len(chunks))}, rounds=25)["newest"]


@pytest.mark.parametrize("size", AT_LEAST)
def bench_newest_snapshot(
    benchmark: BenchmarkFixture, record: Record, slowness: float, pace_of_small: float, size: int
) -> None:
    text = countries(size)
    chunks = cut(text)
    assert newest(chunks)() == json.loads(text)
    rounds = 3 if size > 500_000 else 15
    times = race(
        {
            "headrace": Contender(newest(chunks), len(chunks)),
            "jiter": peer("jiter", text),
            "floor": Contender(floor(chunks), len(chunks)),
        },
        rounds,
    )
    benchmark.pedantic(newest(chunks), rounds=rounds)
    record(f"newest snapshot, {size} characters", **times)
    assert times["headrace"] <= 0.1 * slowness
    assert times["headrace"] <= 1.5 * pace_of_small
    assert times["jiter"] >= AT_LEAST[size] * times["headrace"]


@pytest.mark.parametrize(("size", "at_least"), [(2_800, 8), (47_000, 25)])
def bench_every_snapshot(
    benchmark: BenchmarkFixture, record: Record, size: int, at_least: int
) -> None:
    text = countries(size)
    chunks = cut(text)
    times = race(
        {"headrace": Contender(every(chunks), len(chunks)), "jiter": peer("jiter", text)}, 9
    )
    benchmark.pedantic(every(chunks), rounds=9)
    record(f"every snapshot, {size} characters", **times)
    assert times["jiter"] >= at_least * times["headrace"]


SHAPES = {
    "one string of 200 KB": one_string(200_000),
    "a list of 50,000 numbers": flat_list(50_000),
    "an object of 20,000 members": flat_object(20_000),
}


@pytest.mark.parametrize("shape", SHAPES)
def bench_shape(benchmark: BenchmarkFixture, record: Record, slowness: float, shape: str) -> None:
    text = SHAPES[shape]
    chunks = cut(text)
    assert newest(chunks)() == json.loads(text)
    times = race({"headrace": Contender(newest(chunks), len(chunks))}, 7)
    benchmark.pedantic(newest(chunks), rounds=7)
    record(shape, **times)
    assert times["headrace"] <= 0.15 * slowness


@pytest.mark.parametrize(("size", "at_most"), [(1, 0.08), (16, 0.2)])
def bench_chunk_size(
    benchmark: BenchmarkFixture, record: Record, slowness: float, size: int, at_most: float
) -> None:
    chunks = cut(countries(47_000), size)
    times = race({"headrace": Contender(newest(chunks), len(chunks))}, 15)
    benchmark.pedantic(newest(chunks), rounds=15)
    record(f"chunks of {size}", **times)
    assert times["headrace"] <= at_most * slowness
