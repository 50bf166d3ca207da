"""Detection of calls from LangChain's packages."""

from __future__ import annotations

import sys

__all__ = ["is_caller_internal"]


def is_caller_internal(depth: int = 2) -> bool:
    """Return True if the caller is a package of LangChain, or headrace.

    Args:
        depth: The position of the caller: 1 is the calling function, 2 its caller.
    """
    try:
        module = str(sys._getframe(depth).f_globals.get("__name__", ""))
    except ValueError:
        return False
    return module.startswith(("langchain", "headrace"))
