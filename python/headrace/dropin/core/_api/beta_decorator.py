"""Marking interfaces as beta."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import TypeVar

from headrace.dropin.core._api.marks import Mark, silence

__all__ = [
    "LangChainBetaWarning",
    "beta",
    "suppress_langchain_beta_warning",
    "surface_langchain_beta_warnings",
    "warn_beta",
]

T = TypeVar("T")

_SUPPRESSING_LANGCHAIN_BETA_WARNING: ContextVar[bool] = ContextVar(
    "headrace_beta_warnings_silent", default=False
)


class LangChainBetaWarning(DeprecationWarning):
    """A beta interface is used."""


def beta(
    *, message: str = "", name: str = "", obj_type: str = "", addendum: str = ""
) -> Callable[[T], T]:
    """Mark a class, function, method or property as beta: its first use warns.

    Args:
        message: The complete warning, instead of the default one.
        name: The name to show; by default the object's own.
        obj_type: The kind of interface; by default class, function, method or attribute.
        addendum: A text to add to the warning.

    Returns:
        The decorator.
    """
    details = " ".join(text.strip() for text in (message, addendum) if text)

    def warn(mark: Mark) -> None:
        warn_beta(message=message, name=mark.name, obj_type=mark.kind, addendum=addendum)

    def decorate(obj: T) -> T:
        mark = Mark(warn, _SUPPRESSING_LANGCHAIN_BETA_WARNING, name=name, kind=obj_type)
        return mark.on(obj, lambda doc: f".. beta::\n   {details}\n\n{doc}\n")

    return decorate


def warn_beta(*, message: str = "", name: str = "", obj_type: str = "", addendum: str = "") -> None:
    """Warn that a beta interface is used.

    Args:
        message: The complete warning, instead of the default one.
        name: The name of the interface.
        obj_type: The kind of interface, such as `function`.
        addendum: A text to add.
    """
    if _SUPPRESSING_LANGCHAIN_BETA_WARNING.get():
        return
    if not message:
        subject = f"The {obj_type} `{name}`" if obj_type else f"`{name}`"
        message = f"{subject} is in beta. It is actively being worked on, so the API may change."
        if addendum:
            message += f" {addendum}"
    warnings.warn(message, LangChainBetaWarning, stacklevel=5)


def suppress_langchain_beta_warning() -> AbstractContextManager[None]:
    """Switch the warnings off inside a `with` block."""
    return silence(_SUPPRESSING_LANGCHAIN_BETA_WARNING)


def surface_langchain_beta_warnings() -> None:
    """Show the warnings, regardless of earlier filters."""
    warnings.filterwarnings("default", category=LangChainBetaWarning)
