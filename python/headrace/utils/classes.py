"""Telling classes from what looks like one."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

from typing_extensions import TypeIs

__all__ = ["derives_by_name", "is_class"]


def is_class(thing: Any) -> TypeIs[type[Any]]:
    """Whether something is a class; `list[int]`, which CPython 3.10 takes for one, is none."""
    return inspect.isclass(thing) and get_origin(thing) is None


def derives_by_name(kind: type[Any], base: type[Any]) -> bool:
    """Whether a class derives from `base`, or from another library's class of that name.

    So LangChain's and LangGraph's classes count where ours do, and neither library is asked for.
    """
    return any(one.__name__ == base.__name__ for one in kind.__mro__)
