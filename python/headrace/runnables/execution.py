"""Running a function as a run: start it, pass its config, notify handlers, end it.

Streams are in `streaming`. Without callbacks the function is just called with the inherited config
set.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import run_parameters
from headrace.runnables.config import (
    BARE,
    RunnableConfig,
    child_of,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
    is_watched,
    plain,
    resolve,
)

if TYPE_CHECKING:
    from headrace.callbacks.observer import Described
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = ["acall", "call", "run_arguments"]

_var = var_child_runnable_config


def run_arguments(
    names: frozenset[str],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun,
) -> dict[str, Any]:
    """Return those of `config`, `run_manager` and `callbacks` that a function takes."""
    arguments: dict[str, Any] = {}
    if "config" in names:
        arguments["config"] = config
    if "run_manager" in names:
        arguments["run_manager"] = run_manager
    if "callbacks" in names:
        arguments["callbacks"] = run_manager.get_child()
    return arguments


def call(
    runnable: Runnable[Any, Any],
    func: Callable[..., Any],
    value: Any,
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    serialized: Described = None,
    *,
    optional: bool = False,
    **extra: Any,
) -> Any:
    """Run `func(value)` as a run of `runnable`.

    Args:
        runnable: The runnable that runs.
        func: The function to call. It is passed `config`, `run_manager` and `callbacks` if it has
            these parameters.
        value: The input.
        config: The caller's config.
        kwargs: Passed to `func`.
        serialized: A description of the runnable for handlers, or a function that returns one.
        optional: If true, `func` accepts None as `run_manager` when there are no callbacks.
        **extra: Passed to the start callbacks, such as `run_type`.

    Returns:
        The return value of `func`.
    """
    config = resolve(config)
    names = run_parameters(func)
    if (optional or not names) and (config is BARE or not is_watched(config)):
        child = BARE if config is BARE else child_of(config)
        context = copy_context()
        context.run(_var.set, child)
        if names:
            return context.run(func, value, config=child, **kwargs)
        return context.run(func, value, **kwargs)
    config = plain(config)
    run_manager = get_callback_manager_for_config(config).on_chain_start(
        serialized,
        value,
        run_id=config.get("run_id"),
        **extra,
        name=config.get("run_name") or runnable.get_name(),
    )
    child = child_of(config, run_manager.get_child())
    try:
        context = copy_context()
        context.run(_var.set, child)
        arguments = run_arguments(names, child, run_manager) if names else {}
        output = context.run(func, value, **arguments, **kwargs)
    except BaseException as error:
        run_manager.on_chain_error(error)
        raise
    run_manager.on_chain_end(output)
    return output


async def acall(
    runnable: Runnable[Any, Any],
    func: Callable[..., Awaitable[Any]],
    value: Any,
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    serialized: Described = None,
    *,
    optional: bool = False,
    **extra: Any,
) -> Any:
    """Run `await func(value)` as a run of `runnable`; see `call`."""
    config = resolve(config)
    names = run_parameters(func)
    previous = _var.get()
    if (optional or not names) and (config is BARE or not is_watched(config)):
        child = BARE if config is BARE else child_of(config)
        _var.set(child)
        try:
            if names:
                return await func(value, config=child, **kwargs)
            return await func(value, **kwargs)
        finally:
            _var.set(previous)
    config = plain(config)
    run_manager = await get_async_callback_manager_for_config(config).on_chain_start(
        serialized,
        value,
        run_id=config.get("run_id"),
        **extra,
        name=config.get("run_name") or runnable.get_name(),
    )
    child = child_of(config, run_manager.get_child())
    try:
        _var.set(child)
        try:
            arguments = run_arguments(names, child, run_manager) if names else {}
            output = await func(value, **arguments, **kwargs)
        finally:
            _var.set(previous)
    except BaseException as error:
        await run_manager.on_chain_error(error)
        raise
    await run_manager.on_chain_end(output)
    return output
