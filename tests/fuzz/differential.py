"""Comparison of headrace with its references on one input, and mutation of inputs."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from langchain_core.messages import AIMessageChunk as TheirChunk
from langchain_core.utils import json as reference
from tests.json.oracle import loads, outcome, same

from headrace import compat
from headrace import json as ours
from headrace.json import JsonStreamError, PartialJsonParser
from headrace.messages import AIMessageChunk

CORPUS = Path(__file__).with_name("corpus")
JSON_FILES = sorted((CORPUS / "json").glob("*.txt"))
MESSAGE_FILES = sorted((CORPUS / "messages").glob("*.json"))

PIECES = [
    "{", "}", "[", "]", ":", ",", '"', "\\", "`", "```", "```json\n", "\n", " ", "0", "-1", "1.5e3",
    "true", "nul", "NaN", "-Infinity", "\\u", "\\ud83d", "\\ude00", "\\n", '"a": ', "é",
    "\U0001f600", "\x00", "\x1f", "\u00a0", "\ufeff", "'", "x", "1" * 30,
]  # fmt: skip
VALUES: list[Any] = [
    None, "", "x", "lc_1", "text", 0, 1, 2, -1, 1.5, True, [], {}, ["a"], {"index": 0}, {"a": "b"},
    '{"a"', ": 1}", "call_0", [{"type": "text", "text": "y", "index": 0}], 10**20, "last", "é",
]  # fmt: skip


def check_json(text: str, random: Random) -> None:
    """Compare the one-shot functions with LangChain's, and the parser with Python's `json`."""
    for name, options in (
        ("parse_partial_json", {}),
        ("parse_partial_json", {"strict": True}),
        ("parse_json_markdown", {}),
    ):
        ours_is = outcome(getattr(ours, name), text, **options)
        theirs_is = outcome(getattr(reference, name), text, **options)
        assert same_outcome(ours_is, theirs_is), (name, options, ours_is, theirs_is)

    # Snapshots do not depend on how the text is split, and a whole document is what Python reads.
    cuts = sorted(random.randrange(len(text) + 1) for _ in range(5))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, split = PartialJsonParser(fences=False), PartialJsonParser(fences=False)
    whole.feed(text)
    for part in parts:
        split.feed(part)
    assert same(whole.value, split.value)
    closed = outcome(whole.close)
    assert same_outcome(closed, outcome(split.close))
    expected = outcome(loads, text)
    if closed.__class__.__name__ == "Raised":
        assert closed.kind == JsonStreamError.__name__
    elif expected.__class__.__name__ != "Raised":
        assert same(closed, expected), (closed, expected)


def same_outcome(one: Any, two: Any) -> bool:
    """Return True if two results look alike; of errors, the classes are compared."""
    kinds = [getattr(it, "kind", None) for it in (one, two)]
    return kinds[0] == kinds[1] if any(kinds) else same(one, two)


def check_messages(fields: list[dict[str, Any]], _: Random) -> None:
    """Compare the sum after each chunk with LangChain's, as far as LangChain accepts the chunks.

    Where LangChain raises an error, so may headrace, of a class of its own or later: it accepts
    None for dictionaries and lists.
    """
    with compat.exact():
        ours_is, ours_failed = summed(AIMessageChunk, fields)
    theirs_is, theirs_failed = summed(TheirChunk, fields)
    if theirs_failed is not None:
        ours_is, ours_failed = ours_is[: len(theirs_is)], None
    assert ours_failed is None, (ours_failed, theirs_is)
    assert ours_is == theirs_is, (ours_is, theirs_is)


def summed(cls: Any, fields: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Exception | None]:
    """Return the dump of the sum after each chunk, and the error that ended it."""
    totals: list[Any] = []
    dumps: list[Any] = []
    try:
        for given in fields:
            chunk = cls(**copy.deepcopy(given))
            totals = [totals[0] + chunk] if totals else [chunk]
            dumps.append(totals[0].model_dump())
    except Exception as error:
        return dumps, error
    return dumps, None


def mutate_text(text: str, random: Random) -> str:
    """Change a text in one to four places."""
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(text))
        until = min(len(text), at + random.choice([0, 0, 1, 1, 3, 9]))
        piece = random.choice([*PIECES, text[at:until] * 2, ""])
        text = text[:at] + piece + text[until:]
    return text if random.random() < 0.7 else text[: random.randint(0, len(text))]


def mutate_fields(fields: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """Change values inside chunks, and the chunks' order and number."""
    fields = copy.deepcopy(fields)
    for _ in range(random.randint(1, 3)):
        kind = random.random()
        if kind < 0.6:
            places = [place for chunk in fields for place in places_in(chunk)]
            container, key = random.choice(places)
            container[key] = copy.deepcopy(random.choice(VALUES))
        elif kind < 0.75:
            fields.insert(random.randint(0, len(fields)), copy.deepcopy(random.choice(fields)))
        elif kind < 0.9:
            random.shuffle(fields)
        elif len(fields) > 1:
            fields.pop(random.randrange(len(fields)))
    return fields


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Return each container inside a value with each of its keys or positions."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    found = [(value, key) for key, _ in pairs]
    return found + [place for _, item in pairs for place in places_in(item)]


def targets() -> dict[str, tuple[list[Any], Callable[..., None], Callable[..., Any]]]:
    """Return for each target its corpus, its check and its mutation."""
    texts = [path.read_bytes().decode() for path in JSON_FILES]
    messages = [json.loads(path.read_text(encoding="utf-8")) for path in MESSAGE_FILES]
    return {
        "json": (texts, check_json, mutate_text),
        "messages": (messages, check_messages, mutate_fields),
    }
