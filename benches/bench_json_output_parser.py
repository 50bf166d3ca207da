"""`JsonOutputParser` over a stream of chunks, beside the reference's."""

from collections import deque
from collections.abc import Callable

import pytest
from langchain_core.output_parsers import JsonOutputParser as TheirParser
from pytest_benchmark.fixture import BenchmarkFixture

from documents import countries, cut
from headrace.output_parsers import JsonOutputParser
from race import Contender, race


def last(parser: JsonOutputParser | TheirParser, chunks: list[str]) -> object:
    """The last value of a whole stream."""
    return deque(parser.transform(iter(chunks)), maxlen=1)[0]


@pytest.mark.parametrize(("size", "at_least"), [(2_800, 300), (47_000, 4_000)])
def bench_transform(
    benchmark: BenchmarkFixture, record: Callable[..., None], size: int, at_least: int
) -> None:
    chunks = cut(countries(size))
    ours, theirs = JsonOutputParser(), TheirParser()
    times = race(
        {
            "headrace": Contender(lambda: last(ours, chunks), len(chunks)),
            # Once is enough of half a minute.
            "langchain-core": Contender(
                lambda: last(theirs, chunks), len(chunks), rounds=1 if size > 10_000 else 3
            ),
        },
        9,
    )
    benchmark.pedantic(last, (ours, chunks), rounds=9)
    record(f"JsonOutputParser.transform, {size} characters", **times)
    assert times["langchain-core"] >= at_least * times["headrace"]
