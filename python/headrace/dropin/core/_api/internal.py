"""Who is calling."""

from __future__ import annotations

import sys

__all__ = ["is_caller_internal"]


def is_caller_internal(depth: int = 2) -> bool:
    """Return True if the caller is a package of LangChain, or headrace in its place.

    Args:
        depth: Which caller: 1 is the function that asks, 2 the one that called it.
    """
    try:
        module = str(sys._getframe(depth).f_globals.get("__name__", ""))
    except ValueError:
        return False
    return module.startswith(("langchain", "headrace"))
