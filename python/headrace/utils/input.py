"""Colour on terminals, under LangChain's names."""

from __future__ import annotations

from itertools import cycle
from typing import TextIO

from headrace.utils.color import COLORS, colored

__all__ = ["get_bolded_text", "get_color_mapping", "get_colored_text", "print_text"]


def get_color_mapping(items: list[str], excluded_colors: list[str] | None = None) -> dict[str, str]:
    """Assign a colour to each item, in turn.

    Args:
        items: The items.
        excluded_colors: Colours to exclude.

    Returns:
        The colour of each.

    Raises:
        ValueError: If no colour is left.
    """
    colors = [color for color in COLORS if color not in (excluded_colors or ())]
    if not colors:
        raise ValueError("No colors available after applying exclusions.")
    return dict(zip(items, cycle(colors), strict=False))


def get_colored_text(text: str, color: str) -> str:
    """Return text in a colour."""
    return colored(text, color)


def get_bolded_text(text: str) -> str:
    """Return text in bold."""
    return f"\033[1m{text}\033[0m"


def print_text(
    text: str, color: str | None = None, end: str = "", file: TextIO | None = None
) -> None:
    """Print text, in a colour if one is set, without a line end unless `end` has one."""
    print(colored(text, color), end=end, file=file, flush=file is not None)
