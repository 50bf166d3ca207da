"""Markers of tool parameters that the program, not the model, fills in.

Markers of LangChain and LangGraph are supported too: they have the same names, or bases with these.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Annotated, Any, get_args, get_origin

from headrace.utils.classes import derives_by_name, is_class

__all__ = [
    "InjectedToolArg",
    "InjectedToolCallId",
    "has_mark",
    "is_config",
    "is_injected",
]


class InjectedToolArg:
    """Marker of an argument injected by the program: `Annotated[T, InjectedToolArg]`."""

    __slots__ = ()


class InjectedToolCallId(InjectedToolArg):
    """Marker of the argument that receives the id of the tool call.

    You must invoke a tool with such an argument with a tool call.
    """

    __slots__ = ()


class _DirectlyInjectedToolArg:
    """Base class of types that are injected without `Annotated`, such as a runtime."""

    __slots__ = ()


def is_injected(annotation: Any, kind: type[InjectedToolArg] = InjectedToolArg) -> bool:
    """Return True if an annotation marks an injected argument.

    Args:
        annotation: The annotation, including the metadata of `Annotated`.
        kind: The marker to look for.

    Returns:
        True if the annotation has the marker.
    """
    if get_origin(annotation) is not Annotated:
        bare = get_origin(annotation) or annotation
        return (
            kind is InjectedToolArg
            and inspect.isclass(bare)
            and derives_by_name(bare, _DirectlyInjectedToolArg)
        )
    kept, *marks = get_args(annotation)
    return has_mark(marks, kind) or is_injected(kept, kind)


def has_mark(marks: Iterable[Any], kind: type[InjectedToolArg] = InjectedToolArg) -> bool:
    """Return True if the metadata of `Annotated` has a marker, as a class or an instance."""
    return any(derives_by_name(mark if is_class(mark) else type(mark), kind) for mark in marks)


def is_config(annotation: Any) -> bool:
    """Return True if an annotation is `RunnableConfig` or an optional one."""
    if getattr(annotation, "__name__", None) == "RunnableConfig":
        return True
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return len(kinds) == 1 and len(get_args(annotation)) == 2 and is_config(kinds[0])
