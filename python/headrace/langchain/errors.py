"""Conversion of errors that code of the other library catches by class.

Most errors cross unchanged. The exceptions are the classes that exist in both libraries and that
parsers, tools, agents and fallbacks catch. `OutputParserException` and `ToolException` become the
class of the other library. Model errors become instances of both, and of the class of the
provider's SDK. The original error is the cause, and is restored on the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, cast

from langchain_core import exceptions as their_exceptions
from langchain_core.exceptions import OutputParserException as TheirParserException
from langchain_core.tools import ToolException as TheirToolException

from headrace import exceptions as our_exceptions
from headrace.exceptions import ModelError, OutputParserException, ToolException

__all__ = [
    "as_headrace_errors",
    "as_langchain_errors",
    "error_from_langchain",
    "error_to_langchain",
]

_OF_PARSERS = ("observation", "llm_output", "send_to_llm")

# Missing in the first versions of langchain-core 1; later ones have some of them.
_THEIR_MODELS: tuple[type[BaseException], ...] = tuple(
    getattr(their_exceptions, name)
    for name, kind in vars(our_exceptions).items()
    if isinstance(kind, type) and issubclass(kind, ModelError) and hasattr(their_exceptions, name)
)


def _other(error: BaseException, cls: type[BaseException]) -> BaseException:
    if isinstance(error.__cause__, cls):
        return error.__cause__
    converted: Any = cls.__new__(cls)
    converted.args = error.args
    for name in _OF_PARSERS:
        if hasattr(error, name):
            setattr(converted, name, getattr(error, name))
    converted.__cause__ = error
    return cast("BaseException", converted)


class _DualError:
    """The base class of converted model errors."""


def _to_dual_error(error: BaseException, here: ModuleType, there: ModuleType) -> BaseException:
    """Return a model error that is an instance of the classes of both libraries."""
    if isinstance(error, _DualError):
        return cast("BaseException", error.__cause__)
    for base in type(error).__mro__:
        other = getattr(there, base.__name__, None)
        if base.__module__ == here.__name__ and other is not None and issubclass(other, Exception):
            cls = _class_of_both((type(error), other))
            converted: Any = cls.__new__(cls)
            converted.args = error.args
            converted.__dict__.update(error.__dict__)
            converted.__cause__ = error
            return cast("BaseException", converted)
    return error


@cache
def _class_of_both(classes: tuple[type[BaseException], ...]) -> type[BaseException]:
    one = classes[0]
    about = {"__module__": one.__module__, "__qualname__": one.__qualname__, "__doc__": one.__doc__}
    return type(one.__name__, (_DualError, *classes), about)


def error_from_langchain(error: BaseException) -> BaseException:
    """Convert a LangChain error for headrace code.

    Args:
        error: The error.

    Returns:
        The headrace error with the same name, caused by `error`; or `error` itself.
    """
    if isinstance(error, TheirParserException):
        return _other(error, OutputParserException)
    if isinstance(error, TheirToolException):
        return _other(error, ToolException)
    if isinstance(error, _THEIR_MODELS):
        return _to_dual_error(error, their_exceptions, our_exceptions)
    return error


def error_to_langchain(error: BaseException) -> BaseException:
    """Convert a headrace error for LangChain code; see `error_from_langchain`.

    Args:
        error: The error.

    Returns:
        LangChain's error, or the error itself.
    """
    if isinstance(error, OutputParserException):
        return _other(error, TheirParserException)
    if isinstance(error, ToolException):
        return _other(error, TheirToolException)
    if isinstance(error, ModelError):
        return _to_dual_error(error, our_exceptions, their_exceptions)
    return error


@contextmanager
def as_headrace_errors() -> Iterator[None]:
    """Raise LangChain errors as headrace errors."""
    try:
        yield
    except Exception as error:
        other = error_from_langchain(error)
        if other is error:
            raise
        raise other from other.__cause__


@contextmanager
def as_langchain_errors() -> Iterator[None]:
    """Raise headrace errors as LangChain errors."""
    try:
        yield
    except Exception as error:
        other = error_to_langchain(error)
        if other is error:
            raise
        raise other from other.__cause__
