"""Errors that code of the other library catches by their class.

All errors cross as they are, but for two that both libraries have under one name, and which
parsers, tools and agents look for: `OutputParserException` and `ToolException`. They become the
other library's, with the original as their cause; on the way back that is given again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from langchain_core.exceptions import OutputParserException as TheirParserException
from langchain_core.tools import ToolException as TheirToolException

from headrace.exceptions import OutputParserException, ToolException

__all__ = ["error_from_langchain", "error_to_langchain", "raised_here", "raised_there"]

_OF_PARSERS = ("observation", "llm_output", "send_to_llm")


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
    return error


@contextmanager
def raised_here() -> Iterator[None]:
    """Raise errors of LangChain's as this library's code is to see them."""
    try:
        yield
    except (TheirParserException, TheirToolException) as error:
        other = error_from_langchain(error)
        raise other from other.__cause__


@contextmanager
def raised_there() -> Iterator[None]:
    """Raise errors of this library as LangChain's code is to see them."""
    try:
        yield
    except (OutputParserException, ToolException) as error:
        other = error_to_langchain(error)
        raise other from other.__cause__
