"""Reading a whole text once."""

import json
from collections.abc import Callable

import jiter
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries
from headrace.json import parse_partial_json
from race import Contender, race


def bench_complete_text(benchmark: BenchmarkFixture, record: Callable[..., None]) -> None:
    text = countries(47_000)
    encoded = text.encode()
    assert parse_partial_json(text) == json.loads(text)
    times = race(
        {
            "headrace": Contender(lambda: [parse_partial_json(text) for _ in range(20)], 20),
            "jiter": Contender(lambda: [jiter.from_json(encoded) for _ in range(20)], 20),
            "json": Contender(lambda: [json.loads(text) for _ in range(20)], 20),
        },
        25,
    )
    benchmark.pedantic(parse_partial_json, (text,), rounds=100)
    record("a complete text of 47,000 characters", **times)
    assert times["headrace"] <= 1.5 * times["jiter"]
