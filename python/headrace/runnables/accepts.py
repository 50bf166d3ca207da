"""Inspection of callables: sync or async, generator or not, and the parameters they take."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, TypeGuard

__all__ = [
    "accepts_callbacks",
    "accepts_config",
    "accepts_run_manager",
    "is_async_callable",
    "is_async_generator",
    "is_generator",
    "parameters",
    "run_parameters",
]


def parameters(func: Callable[..., Any]) -> tuple[str, ...]:
    """Return the parameter names of `func`; empty if they cannot be determined.

    Every run calls this, so it reads the code object of a plain function directly.
    """
    plain = getattr(func, "__func__", func)
    code = getattr(plain, "__code__", None)
    if code is not None and not plain.__dict__:
        names: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return names
    try:
        return tuple(inspect.signature(func).parameters)
    except ValueError:
        return ()


def accepts_config(callable: Callable[..., Any]) -> bool:
    """Return True if `callable` has a parameter `config`."""
    return "config" in parameters(callable)


def accepts_run_manager(callable: Callable[..., Any]) -> bool:
    """Return True if `callable` has a parameter `run_manager`."""
    return "run_manager" in parameters(callable)


def accepts_callbacks(callable: Callable[..., Any]) -> bool:
    """Return True if `callable` has a parameter `callbacks`."""
    return "callbacks" in parameters(callable)


_INJECTED = frozenset({"config", "run_manager", "callbacks"})


def run_parameters(func: Callable[..., Any]) -> frozenset[str]:
    """Return those of `config`, `run_manager` and `callbacks` that `func` has parameters for."""
    return _INJECTED.intersection(parameters(func))


def _is(func: Any, test: Callable[[Any], bool]) -> bool:
    while isinstance(func, partial):
        func = func.func
    return test(func) or (
        not inspect.isroutine(func)
        and not inspect.isclass(func)
        and hasattr(func, "__call__")  # noqa: B004
        and test(func.__call__)
    )


def is_async_callable(func: Any) -> TypeGuard[Callable[..., Awaitable[Any]]]:
    """Return True if calling `func` returns an awaitable."""
    return _is(func, inspect.iscoroutinefunction)


def is_async_generator(func: Any) -> TypeGuard[Callable[..., AsyncIterator[Any]]]:
    """Return True if `func`, or its `__call__`, is an async generator function."""
    return _is(func, inspect.isasyncgenfunction)


def is_generator(func: Any) -> bool:
    """Return True if `func`, or its `__call__`, is a generator function."""
    return _is(func, inspect.isgeneratorfunction)
