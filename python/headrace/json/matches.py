"""`JsonMatch`: a selected value with its details."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["JsonMatch"]

_ESCAPED_IN_PATHS = re.compile(r"[\x00-\x1f'\\]")
_ESCAPES_IN_PATHS = {
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
    "'": r"\'",
    "\\": r"\\",
}


class JsonMatch(NamedTuple):
    """A value that a path leads to.

    Attributes:
        path: The path, as it was given.
        location: Where the value stands: the names and indexes that lead to it.
        value: The value.
        complete: True after the end of the document.
    """

    path: str
    location: tuple[str | int, ...]
    value: Any
    complete: bool

    @property
    def normalized_path(self) -> str:
        """The location as RFC 9535 (section 2.7) writes it: `$['countries'][0]`."""
        return "$" + "".join(map(_normalized, self.location))


def _normalized(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return "['" + _ESCAPED_IN_PATHS.sub(_escape_in_path, step) + "']"


def _escape_in_path(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES_IN_PATHS.get(character) or f"\\u{ord(character):04x}"
