"""The pure-Python way, for the demo to measure beside: parse the whole text anew at each chunk.

The text so far is cut back to where a value can end, the open brackets are closed, and the standard
library's json reads the result. The snapshots are those of `headrace.json.iter_json`; the work is
that of everything that came before, each time again.
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
        chunks: The text of one well-formed JSON document, cut anywhere.

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
    """Complete the text of a JSON document that has been cut off anywhere.

    Args:
        text: The document's beginning.

    Returns:
        The beginning up to the last place where a value can end, with what is open closed, or None
        where there is no value yet.
    """
    # Strings and what is between them, in turn; a string that is open is in the last part.
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
    # What has no value yet goes: a name with its colon, a name alone, the comma before it.
    if kept.endswith(":"):
        kept = kept[:-1].rstrip()
        is_name = True
    if kept.endswith('"') and is_name:
        kept = kept[: -len(parts[-2])].rstrip()
    kept = kept.removesuffix(",")
    return kept + closers if kept else None


def _closers(between: str) -> str:
    """What closes the brackets that are open, the innermost first."""
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
    """How much of a number or literal that may go on is a value already."""
    if scalar in _LITERALS:
        return len(scalar)
    number = _NUMBER.match(scalar)
    return number.end() if number else 0


def _shown_end(text: str, start: int) -> int:
    """Up to where a string that is open is shown: not half a pair, nor blanks that end the text."""
    whole = _OPEN_STRING.match(text, start)
    end = whole.end() if whole else start
    half_pair = _HIGH_SURROGATE.search(text, max(start, end - 6), end)
    if half_pair is not None and _is_escape(text, half_pair.start()):
        return half_pair.start()
    return len(text.rstrip(_BLANKS_AND_BACKTICKS)) if end == len(text) else end


def _is_escape(text: str, start: int) -> bool:
    """Whether the backslash at `start` begins an escape: one that is escaped itself does not."""
    return (start - len(text[:start].rstrip("\\"))) % 2 == 0
