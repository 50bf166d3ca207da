"""What a function is and asks for: async, a generator, `config`, `run_manager`, `callbacks`."""

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
    "wanted",
]


def parameters(func: Callable[..., Any]) -> tuple[str, ...]:
    """Give the names of the parameters of `func`; none where they cannot be known.

    The code object of a plain function is read directly: this happens once a run.
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
    """Whether a function has a parameter `config`."""
    return "config" in parameters(callable)


def accepts_run_manager(callable: Callable[..., Any]) -> bool:
    """Whether a function has a parameter `run_manager`."""
    return "run_manager" in parameters(callable)


def accepts_callbacks(callable: Callable[..., Any]) -> bool:
    """Whether a function has a parameter `callbacks`."""
    return "callbacks" in parameters(callable)


_INJECTED = frozenset({"config", "run_manager", "callbacks"})


def wanted(func: Callable[..., Any]) -> frozenset[str]:
    """Which of `config`, `run_manager` and `callbacks` a function has parameters for."""
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
    """Whether calling `func` gives an awaitable; an object may have a coroutine `__call__`."""
    return _is(func, inspect.iscoroutinefunction)


def is_async_generator(func: Any) -> TypeGuard[Callable[..., AsyncIterator[Any]]]:
    """Whether `func` is an async generator function, or an object that has one."""
    return _is(func, inspect.isasyncgenfunction)


def is_generator(func: Any) -> bool:
    """Whether `func` is a generator function, or an object that has one."""
    return _is(func, inspect.isgeneratorfunction)
