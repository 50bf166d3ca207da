"""The pure-Python baseline of the demo: parses the complete text again at each chunk.

It truncates the text to a position where a value can end, closes the open brackets, and parses the
result with the standard library. It yields the same snapshots as `headrace.json.iter_json`, but
each one costs as much as the whole text so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["close_brackets", "snapshots"]

_STRING = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")', re.DOTALL)
# An open string, as far as its escapes are whole.
_OPEN_STRING = re.compile(
    r"""
    "[^"\\]* (?: \\ (?: u[0-9a-fA-F]{4} | ["\\/bfnrt] ) [^"\\]* )*
    """,
    re.VERBOSE,
)
_BRACKET = re.compile(r"[{}\[\]]")
_SCALAR_AT_END = re.compile(r"[^\s{}\[\],:]+\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LITERALS = frozenset({"true", "false", "null"})
_HIGH_SURROGATE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_BLANKS_AND_BACKTICKS = " \n\r\t`"


def snapshots(chunks: Iterable[str]) -> Iterator[Any]:
    """Yield the document so far, each time that it has changed, by parsing all of it each time.

    Args:
        chunks: The text of one valid JSON document, split anywhere.

    Yields:
        The document so far.

    Raises:
        json.JSONDecodeError: If the text cannot become a JSON document.
    """
    text = ""
    shown: Any = None
    for chunk in chunks:
        text += chunk
        closed = close_brackets(text)
        if closed is None:
            continue
        value = json.loads(closed)
        if value != shown:
            shown = value
            yield value


def close_brackets(text: str) -> str | None:
    """Complete the text of a JSON document that is truncated anywhere.

    Args:
        text: The document's beginning.

    Returns:
        The text up to the last position where a value can end, with open strings and brackets
        closed; None if it has no value yet.
    """
    # Strings alternate with the text between them; an open string is in the last part.
    parts = _STRING.split(text)
    quote = parts[-1].find('"')
    is_open = quote >= 0
    end = len(text) - len(parts[-1]) + quote if is_open else len(text)
    parts[-1] = parts[-1][:quote] if is_open else parts[-1]
    between = "".join(parts[::2])
    closers = _closers(between)
    is_name = closers.startswith("}") and between.rstrip().endswith(("{", ","))
    if is_open and not is_name:
        return text[: _shown_end(text, end)] + '"' + closers

    kept = text[:end]
    scalar = _SCALAR_AT_END.search(parts[-1])
    if scalar is not None:
        length = _value_length(scalar[0])
        kept = kept[: end - len(scalar[0]) + length]
        if length:
            return kept + closers
    kept = kept.rstrip()
    # Remove a name without a value, its colon, and the comma before it.
    if kept.endswith(":"):
        kept = kept[:-1].rstrip()
        is_name = True
    if kept.endswith('"') and is_name:
        kept = kept[: -len(parts[-2])].rstrip()
    kept = kept.removesuffix(",")
    return kept + closers if kept else None


def _closers(between: str) -> str:
    """Return the closing brackets for the open ones, innermost first."""
    closers: list[str] = []
    for bracket in _BRACKET.findall(between):
        if bracket == "{":
            closers.append("}")
        elif bracket == "[":
            closers.append("]")
        elif closers:
            closers.pop()
    return "".join(reversed(closers))


def _value_length(scalar: str) -> int:
    """Return the length of the valid value at the start of an incomplete number or literal."""
    if scalar in _LITERALS:
        return len(scalar)
    number = _NUMBER.match(scalar)
    return number.end() if number else 0


def _shown_end(text: str, start: int) -> int:
    """Return the end of the visible part of an open string: no half pair, no trailing blanks."""
    whole = _OPEN_STRING.match(text, start)
    end = whole.end() if whole else start
    half_pair = _HIGH_SURROGATE.search(text, max(start, end - 6), end)
    if half_pair is not None and _is_escape(text, half_pair.start()):
        return half_pair.start()
    return len(text.rstrip(_BLANKS_AND_BACKTICKS)) if end == len(text) else end


def _is_escape(text: str, start: int) -> bool:
    """Return True if the backslash at `start` begins an escape, so is not escaped itself."""
    return (start - len(text[:start].rstrip("\\"))) % 2 == 0
