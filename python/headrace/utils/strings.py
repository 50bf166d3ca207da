"""Values as texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["comma_list", "sanitize_for_postgres", "stringify_dict", "stringify_value"]


def stringify_value(val: Any) -> str:
    """Write a value as text; the items of lists and dictionaries on lines of their own."""
    if isinstance(val, dict):
        return "\n" + stringify_dict(val)
    if isinstance(val, list):
        return "\n".join(map(stringify_value, val))
    return str(val)


def stringify_dict(data: dict[Any, Any]) -> str:
    """Write a dictionary as text, a line for each key."""
    return "".join(f"{key}: {stringify_value(value)}\n" for key, value in data.items())


def comma_list(items: Iterable[Any]) -> str:
    """Write items behind each other, with commas between them."""
    return ", ".join(map(str, items))


def sanitize_for_postgres(text: str, replacement: str = "") -> str:
    """Replace the NUL characters, which PostgreSQL does not take.

    Args:
        text: The text.
        replacement: What stands in their place.

    Returns:
        The text without them.
    """
    return text.replace("\x00", replacement)
