"""Conversion of values to text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["comma_list", "sanitize_for_postgres", "stringify_dict", "stringify_value"]


def stringify_value(val: Any) -> str:
    """Convert a value to text, with each item of a list or dictionary on its own line."""
    if isinstance(val, dict):
        return "\n" + stringify_dict(val)
    if isinstance(val, list):
        return "\n".join(map(stringify_value, val))
    return str(val)


def stringify_dict(data: dict[Any, Any]) -> str:
    """Convert a dictionary to text, with one line for each key."""
    return "".join(f"{key}: {stringify_value(value)}\n" for key, value in data.items())


def comma_list(items: Iterable[Any]) -> str:
    """Join items with commas."""
    return ", ".join(map(str, items))


def sanitize_for_postgres(text: str, replacement: str = "") -> str:
    """Replace NUL characters, which PostgreSQL does not accept.

    Args:
        text: The text.
        replacement: The replacement of each NUL.

    Returns:
        The text without them.
    """
    return text.replace("\x00", replacement)
