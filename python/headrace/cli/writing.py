"""Snapshots as lines of compact JSON, for all values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

__all__ = ["to_line"]


def to_line(value: Any) -> bytes:
    """Write a JSON value as one line of UTF-8, its end included.

    It uses orjson if possible. orjson rejects integers of more than 64 bits, unpaired surrogates
    and deep nesting, and writes NaN and the infinities as null. For these it uses the standard
    library, which writes `NaN` and `Infinity`, and unpaired surrogates as escapes.
    """
    try:
        line = orjson.dumps(value)
    except TypeError:
        return _to_line_slowly(value)
    if b"null" in line:
        return _to_line_slowly(value)
    return line + b"\n"


def _to_line_slowly(value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        text = "".join(_pieces(value))
    # The escape that Python writes for a surrogate is the one that JSON has.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _pieces(value: Any) -> Iterator[str]:
    """Yield the pieces of a value's text, with a stack that may be deeper than Python's."""
    if isinstance(value, tuple):  # a path and its value
        value = list(value)
    waiting: list[tuple[Any, bool]] = [(value, True)]  # values, and text that is ready to go out
    while waiting:
        item, is_value = waiting.pop()
        if not is_value:
            yield item
        elif isinstance(item, dict) and item:
            waiting.append(("}", False))
            for index, (name, member) in reversed(list(enumerate(item.items()))):
                before = "," if index else "{"
                waiting += [(member, True), (f"{before}{_scalar(name)}:", False)]
        elif isinstance(item, list) and item:
            waiting.append(("]", False))
            for index, member in reversed(list(enumerate(item))):
                waiting += [(member, True), ("," if index else "[", False)]
        else:
            yield _scalar(item)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
