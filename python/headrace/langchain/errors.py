"""Errors that code of the other library catches by their class.

All errors cross as they are, but for those that both libraries have under one name, and which
parsers, tools, agents and fallbacks look for. `OutputParserException` and `ToolException` become
the other library's; errors of models become errors of both, and stay those of the provider's SDK.
The original is the cause; on the way back it is given again.
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

__all__ = ["error_from_langchain", "error_to_langchain", "raised_here", "raised_there"]

_OF_PARSERS = ("observation", "llm_output", "send_to_llm")

# The first versions of langchain-core 1 have none of them, later ones some.
_THEIR_MODELS: tuple[type[BaseException], ...] = tuple(
    getattr(their_exceptions, name)
    for name, kind in vars(our_exceptions).items()
    if isinstance(kind, type) and issubclass(kind, ModelError) and hasattr(their_exceptions, name)
)


def _other(error: BaseException, cls: type[BaseException]) -> BaseException:
    if isinstance(error.__cause__, cls):
        return error.__cause__
    made: Any = cls.__new__(cls)
    made.args = error.args
    for name in _OF_PARSERS:
        if hasattr(error, name):
            setattr(made, name, getattr(error, name))
    made.__cause__ = error
    return cast("BaseException", made)


class _OfBoth:
    """What errors of models are that have crossed."""


def _of_both(error: BaseException, here: ModuleType, there: ModuleType) -> BaseException:
    """Give an error of a model as one that the other library knows as well."""
    if isinstance(error, _OfBoth):
        return cast("BaseException", error.__cause__)
    for base in type(error).__mro__:
        other = getattr(there, base.__name__, None)
        if base.__module__ == here.__name__ and other is not None and issubclass(other, Exception):
            cls = _class_of_both((type(error), other))
            made: Any = cls.__new__(cls)
            made.args = error.args
            made.__dict__.update(error.__dict__)
            made.__cause__ = error
            return cast("BaseException", made)
    return error


@cache
def _class_of_both(classes: tuple[type[BaseException], ...]) -> type[BaseException]:
    one = classes[0]
    about = {"__module__": one.__module__, "__qualname__": one.__qualname__, "__doc__": one.__doc__}
    return type(one.__name__, (_OfBoth, *classes), about)


def error_from_langchain(error: BaseException) -> BaseException:
    """Give what this library's code is to see of an error of LangChain's.

    Args:
        error: The error.

    Returns:
        This library's error of that name, caused by it; the error itself where there is none.
    """
    if isinstance(error, TheirParserException):
        return _other(error, OutputParserException)
    if isinstance(error, TheirToolException):
        return _other(error, ToolException)
    if isinstance(error, _THEIR_MODELS):
        return _of_both(error, their_exceptions, our_exceptions)
    return error


def error_to_langchain(error: BaseException) -> BaseException:
    """Give what LangChain's code is to see of an error; see `error_from_langchain`.

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
        return _of_both(error, our_exceptions, their_exceptions)
    return error


@contextmanager
def raised_here() -> Iterator[None]:
    """Raise errors of LangChain's as this library's code is to see them."""
    try:
        yield
    except Exception as error:
        other = error_from_langchain(error)
        if other is error:
            raise
        raise other from other.__cause__


@contextmanager
def raised_there() -> Iterator[None]:
    """Raise errors of this library as LangChain's code is to see them."""
    try:
        yield
    except Exception as error:
        other = error_to_langchain(error)
        if other is error:
            raise
        raise other from other.__cause__
