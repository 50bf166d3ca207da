"""Telling classes from what looks like one."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

from typing_extensions import TypeIs

__all__ = ["is_class"]


def is_class(thing: Any) -> TypeIs[type[Any]]:
    """Whether something is a class; `list[int]`, which CPython 3.10 takes for one, is none."""
    return inspect.isclass(thing) and get_origin(thing) is None
