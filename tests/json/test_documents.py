"""Documents of real programs and the JSON inside recorded streams of models."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.shared import SHARED, SKIPPED

from headrace.json import PartialJsonParser, iter_json, parse_json_markdown, parse_partial_json

from .differences import Moment, expected
from .oracle import copied, loads, same
from .test_snapshots import Keeper

DOCUMENTS = sorted(SHARED.glob("documents/*.json"))
RECORDINGS = sorted(SHARED.glob("recordings/*.jsonl"))

needs_documents = pytest.mark.skipif(not DOCUMENTS, reason=SKIPPED.format("documents"))
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason=SKIPPED.format("recordings"))

# One of each kind, written here.
SMALL_DOCUMENT = json.dumps(
    {
        "statuses": [
            {"id": 505874924095815681 + index, "text": f"@user 名前 {index}\n\u2603", "geo": None}
            for index in range(20)
        ],
        "search_metadata": {"completed_in": 0.087, "query": "%E4%B8%80", "ok": True},
    },
    indent=2,
)
FRAGMENTS = {"partial_json", "arguments", "text", "content", "delta"}
SMALL_RECORDING = [
    '{"index": 1, "delta": {"partial_json": ""}}',
    '{"index": 1, "delta": {"partial_json": "{\\"city\\": \\"Par"}}',
    '{"index": 0, "delta": {"partial_json": "[1"}}',
    '{"index": 1, "delta": {"partial_json": "is\\", \\"days\\": [1, 2.5"}}',
    '{"index": 0, "delta": {"partial_json": ", 2]"}}',
    '{"index": 1, "delta": {"partial_json": "]}"}}',
]


def check_document(encoded: bytes, places: int) -> None:
    value = loads(encoded)
    text = encoded.decode()
    assert same(parse_partial_json(text), value)
    assert same(parse_json_markdown(f"So:\n```json\n{text}\n```"), value)
    for chunks in (
        [encoded],
        [encoded[at : at + 1] for at in range(len(encoded))],
        [encoded[at : at + 61] for at in range(0, len(encoded), 61)],
        [text[at : at + 7] for at in range(0, len(text), 7)],
    ):
        last = None
        for snapshot in iter_json(chunks, strict=True):
            last = snapshot
        assert same(last, value)
        del last, snapshot
    parser, keeper = PartialJsonParser(), Keeper()
    step = len(text) // places
    for at in range(0, len(text), step):
        parser.feed(text[at : at + step])
        snapshot = parser.value
        wanted = expected(Moment(text[: at + step], None, parser))
        assert same(snapshot, wanted)
        keeper.keep(snapshot)
        del snapshot, wanted
    keeper.check()


def test_a_small_document() -> None:
    check_document(SMALL_DOCUMENT.encode(), 200)


@needs_documents
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document(path: Path) -> None:
    check_document(path.read_bytes(), 12)


def fragments(event: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The pieces in an event of texts that go on in the next one, and where they belong."""
    if isinstance(event, list):
        for item in event:
            yield from fragments(item, place)
    elif isinstance(event, dict):
        place = (*place, event.get("index"))
        for key, item in event.items():
            if isinstance(item, str) and key in FRAGMENTS:
                yield (*place, key), item
            else:
                yield from fragments(item, (*place, key))


def check_recording(lines: list[str]) -> int:
    """Reads the events, and the documents that arrive in them, of which it returns the number."""
    texts: dict[tuple[Any, ...], str] = {}
    parsers: dict[tuple[Any, ...], PartialJsonParser] = {}
    before: dict[tuple[Any, ...], Any] = {}
    documents = 0
    for line in lines:
        *_, event = iter_json([line[at : at + 9] for at in range(0, len(line), 9)])
        assert same(event, loads(line))
        for place, fragment in fragments(event):
            text = texts[place] = texts.get(place, "") + fragment
            if not text.startswith(("{", "[")):
                texts.pop(place) if not text.strip() else None
                continue
            parser = parsers.setdefault(place, PartialJsonParser(strict=True))
            parser.feed(fragment)
            assert parser.error is None
            wanted = expected(Moment(text, before.get(place), parser))
            before[place] = copied(parser.value)
            assert wanted is None or same(parser.value, wanted)
            if parser.complete:
                assert same(parser.close(), loads(text))
                documents += 1
                for state in (texts, parsers, before):
                    state.pop(place)
    assert not parsers
    return documents


def test_a_small_recording() -> None:
    assert check_recording(SMALL_RECORDING) == 2


@needs_recordings
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording(path: Path) -> None:
    documents = check_recording(path.read_text().splitlines())
    if "tool-call" in path.stem or "json" in path.stem:
        assert documents
