"""The ways of following a JSON document that the benchmarks compare: each does one whole stream."""

import json
from collections.abc import Callable, Sequence

import jiter
import partial_json_parser
from langchain_core.utils.json import parse_json_markdown

from headrace.json import PartialJsonParser
from race import Contender

# A way that reads the whole text at each chunk takes hours on a large document. It is timed on so
# many prefixes, evenly spread, so that their mean is that of all.
SAMPLES = 100


def newest(chunks: Sequence[str]) -> Callable[[], object]:
    """headrace, of whose snapshots only the newest is kept."""

    def run() -> object:
        parser = PartialJsonParser()
        feed = parser.feed
        value = None
        for chunk in chunks:
            feed(chunk)
            value = parser.value
        return value

    return run


def every(chunks: Sequence[str]) -> Callable[[], object]:
    """headrace, of whose snapshots all are kept."""

    def run() -> object:
        parser = PartialJsonParser()
        feed = parser.feed
        values = []
        for chunk in chunks:
            feed(chunk)
            values.append(parser.value)
        return values

    return run


def floor(chunks: Sequence[str]) -> Callable[[], object]:
    """The two calls with nothing in them: a parser that has ended."""

    def run() -> object:
        parser = PartialJsonParser()
        parser.feed("[]")
        feed = parser.feed
        value = None
        for chunk in chunks:
            feed(chunk)
            value = parser.value
        return value

    return run


def _jiter(text: str) -> object:
    return jiter.from_json(text.encode(), partial_mode="trailing-strings")


PEERS: dict[str, Callable[[str], object]] = {
    "jiter": _jiter,
    "langchain-core": parse_json_markdown,
    "partial-json-parser": partial_json_parser.loads,
}


def peer(name: str, text: str, size: int = 4) -> Contender:
    """A peer, which reads each prefix anew."""
    parse = PEERS[name]
    ends = range(size, len(text) + 1, size)
    step = max(1, len(ends) // SAMPLES)
    prefixes = [text[:end] for end in ends[step // 2 :: step]]

    def run() -> object:
        value = None
        for prefix in prefixes:
            value = parse(prefix)
        return value

    assert parse(text) == json.loads(text)
    heavy = name != "jiter" or len(text) > 500_000
    return Contender(run, len(prefixes), rounds=2 if heavy else None)
