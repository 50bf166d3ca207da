"""Additions to `headrace.runnables.config`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import TypedDict

from headrace.runnables.accepts import accepts_config, accepts_run_manager
from headrace.runnables.config import (
    _COPIED,
    RunnableConfig,
    _merge_metadata,
    patch_config,
)

__all__ = [
    "COPIABLE_KEYS",
    "EmptyDict",
    "_merge_metadata_dicts",
    "acall_func_with_variable_args",
    "call_func_with_variable_args",
]

COPIABLE_KEYS = sorted(_COPIED)
_merge_metadata_dicts = _merge_metadata


class EmptyDict(TypedDict, total=False):
    """A dictionary without keys."""


def _options(
    func: Callable[..., Any], config: RunnableConfig, run_manager: Any, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return the keyword arguments of a function: config and run manager if it takes them."""
    options = dict(kwargs)
    if accepts_config(func):
        child = None if run_manager is None else run_manager.get_child()
        options["config"] = config if child is None else patch_config(config, callbacks=child)
    if run_manager is not None and accepts_run_manager(func):
        options["run_manager"] = run_manager
    return options


def call_func_with_variable_args(
    func: Callable[..., Any],
    input: Any,
    config: RunnableConfig,
    run_manager: Any = None,
    **kwargs: Any,
) -> Any:
    """Call a function, with config and run manager if it takes them.

    Args:
        func: The function.
        input: Its argument.
        config: The configuration of the run.
        run_manager: The run.
        **kwargs: More arguments.

    Returns:
        The result of the function.
    """
    return func(input, **_options(func, config, run_manager, kwargs))


async def acall_func_with_variable_args(
    func: Callable[..., Any],
    input: Any,
    config: RunnableConfig,
    run_manager: Any = None,
    **kwargs: Any,
) -> Any:
    """Call a coroutine function; see `call_func_with_variable_args`."""
    return await func(input, **_options(func, config, run_manager, kwargs))
