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

# A string goes as far as its escapes are whole, so that a match never ends inside one.
_TOKEN = re.compile(
    r"""
    (?P<string> "[^"\\]* (?: \\ (?: u[0-9a-fA-F]{4} | ["\\/bfnrt] ) [^"\\]* )* ) (?P<quote> "? )
  | (?P<mark> [{}\[\],:] )
  | (?P<scalar> [^\s{}\[\],:"]+ )
    """,
    re.VERBOSE,
)
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
    closers: list[str] = []
    cut = 0  # up to where the text is kept
    ending = ""  # what ends the string that is open there
    is_name = False  # whether a string is the name of a member
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark is None:
            if is_name:
                continue
            if token["scalar"] is not None:
                ended = token.end() < len(text)
                length = len(token[0]) if ended else _value_length(token[0])
                if length:
                    cut = token.start() + length
            elif token["quote"]:
                cut = token.end()
            else:
                cut = _shown_end(text, token.end())
                ending = '"'
                break
        elif mark in "{[":
            closers.append("}" if mark == "{" else "]")
            is_name = mark == "{"
            cut = token.end()
        elif mark in "}]":
            if closers:
                closers.pop()
            is_name = False
            cut = token.end()
        else:
            is_name = mark == "," and bool(closers) and closers[-1] == "}"
    return text[:cut] + ending + "".join(reversed(closers)) if cut else None


def _value_length(scalar: str) -> int:
    """How much of a number or literal that may go on is a value already."""
    if scalar in _LITERALS:
        return len(scalar)
    number = _NUMBER.match(scalar)
    return number.end() if number else 0


def _shown_end(text: str, end: int) -> int:
    """Up to where an open string is shown: not half a surrogate pair, nor blanks that end the text."""
    half_pair = _HIGH_SURROGATE.search(text, max(0, end - 6), end)
    if half_pair is not None and _is_escape(text, half_pair.start()):
        return half_pair.start()
    return len(text.rstrip(_BLANKS_AND_BACKTICKS)) if end == len(text) else end


def _is_escape(text: str, start: int) -> bool:
    """Whether the backslash at `start` begins an escape: one that is escaped itself does not."""
    return (start - len(text[:start].rstrip("\\"))) % 2 == 0
