"""Marks on the parameters that a program gives to a tool, and no model.

Marks of LangChain's and LangGraph's have the same names or derive from what has, and count as well.
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
    """Marks an argument that the program gives at run time: `Annotated[T, InjectedToolArg]`."""

    __slots__ = ()


class InjectedToolCallId(InjectedToolArg):
    """Marks the argument that is given the id of the tool call.

    A tool with such an argument has to be invoked with a tool call.
    """

    __slots__ = ()


class _DirectlyInjectedToolArg:
    """The base of types that mark by themselves, without `Annotated`, such as a runtime."""

    __slots__ = ()


def is_injected(annotation: Any, kind: type[InjectedToolArg] = InjectedToolArg) -> bool:
    """Whether an annotation marks an argument that the program gives.

    Args:
        annotation: The annotation, with what `Annotated` adds to it.
        kind: The mark to look for.

    Returns:
        Whether it is there.
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
    """Whether a mark, a class or an object of one, is among what `Annotated` adds to a type."""
    return any(derives_by_name(mark if is_class(mark) else type(mark), kind) for mark in marks)


def is_config(annotation: Any) -> bool:
    """Whether an annotation is a `RunnableConfig`, be it optional."""
    if getattr(annotation, "__name__", None) == "RunnableConfig":
        return True
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return len(kinds) == 1 and len(get_args(annotation)) == 2 and is_config(kinds[0])
