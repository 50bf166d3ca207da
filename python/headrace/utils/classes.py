"""Checks of classes."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

from typing_extensions import TypeIs

__all__ = ["derives_by_name", "is_class"]


def is_class(thing: Any) -> TypeIs[type[Any]]:
    """Return True if a value is a class, and not `list[int]`, as in CPython 3.10."""
    return inspect.isclass(thing) and get_origin(thing) is None


def derives_by_name(kind: type[Any], base: type[Any]) -> bool:
    """Return True if a class derives from `base`, or from another library's class of that name.

    So classes of LangChain and LangGraph count too, and neither library has to be imported.
    """
    return any(one.__name__ == base.__name__ for one in kind.__mro__)
