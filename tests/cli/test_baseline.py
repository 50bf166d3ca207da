"""The demo's pure-Python way gives what headrace gives, so that comparing their times is fair."""

import json
from itertools import groupby

import pytest
from tests.shared import SHARED, SKIPPED

from headrace.cli.baseline import close_brackets, snapshots
from headrace.cli.texts import COUNTRIES, make_document
from headrace.json import PartialJsonParser, iter_json

AWKWARD = {
    'na"me\\': 'q"\\\\ud83d \U0001f389 \u20ac `` x\n\t',
    "": [[[]], {"k": {"z": "\\"}}, [], {}],
    "half": "\ud83d",
    "numbers": [0, -0.0, 1e5, 12.5, -1e-3, 7],
    "literals": [True, False, None],
    "blanks ": " `  ",
}
TEXTS = [
    COUNTRIES,
    make_document(3_000),
    json.dumps(AWKWARD),
    json.dumps(AWKWARD, ensure_ascii=False, indent=2),
    '{"a":"\\ud83dx","b":"\\ud83d\\ud83d\\ude00"}',
    '"text \\u20ac"',
    "  [1 , 2 ] ",
    "-12.5e+3",
    "true",
]


@pytest.mark.parametrize("size", [1, 3, 4, 16])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_each_prefix_has_the_same_value(text: str, size: int) -> None:
    parser = PartialJsonParser()
    for start in range(0, len(text), size):
        parser.feed(text[start : start + size])
        closed = close_brackets(text[: start + size])
        value = None if closed is None else json.loads(closed)
        assert value == parser.value, text[: start + size]


def test_the_same_snapshots() -> None:
    for text in (COUNTRIES, make_document(2_000)):
        pieces = [text[start : start + 4] for start in range(0, len(text), 4)]
        # headrace also shows where 1 has turned into 1.0, which are equal to Python.
        ours = [value for value, _ in groupby(iter_json(pieces))]
        assert list(snapshots(pieces)) == ours


def test_the_document_has_the_size_asked_for() -> None:
    assert 10_000 <= len(make_document(10_000)) < 10_500
    assert make_document(500) == make_document(500)


@pytest.mark.skipif(not (SHARED / "documents").is_dir(), reason=SKIPPED.format("documents"))
def test_real_documents() -> None:
    for path in sorted((SHARED / "documents").glob("*.json")):
        text = path.read_text(encoding="utf-8")[:20_000]
        parser = PartialJsonParser()
        for start in range(0, len(text), 97):
            parser.feed(text[start : start + 97])
            closed = close_brackets(text[: start + 97])
            assert closed is not None
            assert json.loads(closed) == parser.value, path
