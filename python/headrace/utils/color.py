"""Colour on terminals."""

from __future__ import annotations

__all__ = ["COLORS", "colored"]

_CODES = {
    "blue": "36;1",
    "yellow": "33;1",
    "pink": "38;5;200",
    "green": "32;1",
    "red": "31;1",
}

COLORS = tuple(_CODES)
"""Names of the supported colours."""


def colored(text: str, color: str | None) -> str:
    """Return text in colour.

    Args:
        text: The text.
        color: `blue`, `yellow`, `pink`, `green`, `red`, or None for no colour.

    Returns:
        The text in that colour, bold and italic.
    """
    return text if color is None else f"\033[{_CODES[color]}m\033[1;3m{text}\033[0m"
