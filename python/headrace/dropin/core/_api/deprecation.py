"""Marking interfaces as deprecated."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, TypeVar

from headrace.dropin.core._api.marks import Mark, silence

__all__ = [
    "LangChainDeprecationWarning",
    "LangChainPendingDeprecationWarning",
    "deprecated",
    "rename_parameter",
    "suppress_langchain_deprecation_warning",
    "surface_langchain_deprecation_warnings",
    "warn_deprecated",
]

T = TypeVar("T")

_SILENT: ContextVar[bool] = ContextVar("headrace_deprecations_silent", default=False)


class LangChainDeprecationWarning(DeprecationWarning):
    """A deprecated interface is used."""


class LangChainPendingDeprecationWarning(PendingDeprecationWarning):
    """An interface is used that will be deprecated."""


def _package_of(name: str) -> str:
    return name.partition(".")[0].replace("_", "-")


def _check(removal: str, alternative: str, alternative_import: str, pending: bool) -> None:
    if pending and removal:
        raise ValueError("A pending deprecation cannot have a scheduled removal")
    if alternative and alternative_import:
        raise ValueError("Cannot specify both alternative and alternative_import")
    if alternative_import and "." not in alternative_import:
        raise ValueError(
            f"alternative_import must be a fully qualified module path. Got  {alternative_import}"
        )


def deprecated(
    since: str,
    *,
    message: str = "",
    name: str = "",
    alternative: str = "",
    alternative_import: str = "",
    pending: bool = False,
    obj_type: str = "",
    addendum: str = "",
    removal: str = "",
    package: str = "",
) -> Callable[[T], T]:
    """Mark a class, function, method, property or pydantic field as deprecated.

    Args:
        since: The version in which it became deprecated.
        message: The complete warning, instead of the default one.
        name: The name to show; by default the object's own.
        alternative: The replacement to use.
        alternative_import: The import path of the replacement.
        pending: If true, it will be deprecated in a later version.
        obj_type: The kind of interface; by default class, function, method or attribute.
        addendum: A text to add to the warning.
        removal: The version that removes it.
        package: The package it belongs to; by default that of its module.

    Returns:
        The decorator.

    Raises:
        ValueError: If the arguments contradict each other.
    """
    _check(removal, alternative, alternative_import, pending)
    instead = alternative_import or alternative
    hints = (message, f"Use `{instead}` instead." if instead else "", addendum)
    details = " ".join(text.strip() for text in hints if text)

    def decorate(obj: T) -> T:
        owner = package or _package_of(str(getattr(obj, "__module__", "")))

        def warn(mark: Mark) -> None:
            warn_deprecated(
                since,
                message=message,
                name=mark.name,
                alternative=alternative,
                alternative_import=alternative_import,
                pending=pending,
                obj_type=mark.kind,
                addendum=addendum,
                removal=removal,
                package=owner,
                stacklevel=5,
            )

        def document(doc: str) -> str:
            end = ""
            if removal:
                stays = removal.startswith("1.") and owner.startswith("langchain")
                fate = "will not be removed until" if stays else "will be removed in"
                end = f"It {fate} {owner}=={removal}."
            return f'!!! deprecated "{since} {details} {end}"\n\n{doc}'

        note = f"Use {instead} instead." if instead else "Deprecated."
        return Mark(warn, _SILENT, name=name, kind=obj_type, note=note).on(obj, document)

    return decorate


def warn_deprecated(
    since: str,
    *,
    message: str = "",
    name: str = "",
    alternative: str = "",
    alternative_import: str = "",
    pending: bool = False,
    obj_type: str = "",
    addendum: str = "",
    removal: str = "",
    package: str = "",
    stacklevel: int = 4,
) -> None:
    """Warn that a deprecated interface is used; see `deprecated` for the arguments.

    Args:
        since: The version in which it became deprecated.
        message: The complete warning, instead of the default one.
        name: The name of the interface.
        alternative: The replacement to use.
        alternative_import: The import path of the replacement.
        pending: If true, it will be deprecated in a later version.
        obj_type: The kind of interface, such as `function`.
        addendum: A text to add.
        removal: The version that removes it.
        package: The package it belongs to.
        stacklevel: Whose line the warning shows; 2 is the caller's.

    Raises:
        ValueError: If the arguments contradict each other.
    """
    _check(removal, alternative, alternative_import, pending)
    if _SILENT.get():
        return
    text = message or _usual(
        since,
        f"The {obj_type} `{name}`" if obj_type else f"`{name}`",
        package or (_package_of(name) if "." in name else "LangChain"),
        alternative,
        alternative_import,
        pending,
        obj_type,
        addendum,
        removal,
    )
    kind = LangChainPendingDeprecationWarning if pending else LangChainDeprecationWarning
    warnings.warn(kind(text), stacklevel=stacklevel)


def _usual(
    since: str,
    subject: str,
    package: str,
    alternative: str,
    alternative_import: str,
    pending: bool,
    obj_type: str,
    addendum: str,
    removal: str,
) -> str:
    """Return the text of a warning."""
    if pending:
        text = f"{subject} will be deprecated in a future version"
    else:
        end = f" and will be removed in {removal}" if removal else ""
        text = f"{subject} was deprecated in {package} {since}{end}"
    if alternative_import:
        other = _package_of(alternative_import)
        if other == package:
            text += f". Use {alternative_import} instead."
        else:
            module, _, name = alternative_import.rpartition(".")
            text += (
                f". An updated version of the {obj_type} exists in the {other} package and should "
                f"be used instead. To use it run `pip install -U {other}` and import as "
                f"`from {module} import {name}`."
            )
    elif alternative:
        text += f". Use {alternative} instead."
    return f"{text} {addendum}" if addendum else text


def suppress_langchain_deprecation_warning() -> AbstractContextManager[None]:
    """Switch the warnings off inside a `with` block."""
    return silence(_SILENT)


def surface_langchain_deprecation_warnings() -> None:
    """Show the warnings, regardless of earlier filters."""
    warnings.filterwarnings("default", category=LangChainPendingDeprecationWarning)
    warnings.filterwarnings("default", category=LangChainDeprecationWarning)


def rename_parameter(
    *, since: str, removal: str, old: str, new: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Accept the old name of a renamed parameter, with a warning.

    Args:
        since: The version in which it was renamed.
        removal: The version from which the old name is not accepted.
        old: The old name.
        new: The new name.

    Returns:
        The decorator.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            name = function.__name__
            if old in kwargs:
                if new in kwargs:
                    raise TypeError(f"{name}() got multiple values for argument {new!r}")
                warn_deprecated(
                    since,
                    removal=removal,
                    message=f"The parameter `{old}` of `{name}` was deprecated in {since} and will "
                    f"be removed in {removal} Use `{new}` instead.",
                )
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return wrapper

    return decorate
