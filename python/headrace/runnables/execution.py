"""How a run of a function goes: started, given its configuration, told of, ended.

The streams are in `streaming`. Where nobody observes, none of that happens: the function is called,
with the inherited configuration set, and that is all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import wanted
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
    from headrace.callbacks.run import Described
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = ["acall", "call", "injected"]

_var = var_child_runnable_config


def injected(
    names: frozenset[str],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun,
) -> dict[str, Any]:
    """Give a function those of `config`, `run_manager` and `callbacks` that it asks for."""
    given: dict[str, Any] = {}
    if "config" in names:
        given["config"] = config
    if "run_manager" in names:
        given["run_manager"] = run_manager
    if "callbacks" in names:
        given["callbacks"] = run_manager.get_child()
    return given


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
    """Run `func(value)` as one run of `runnable`.

    Args:
        runnable: What is run.
        func: What it does; given `config`, `run_manager` and `callbacks` where it has such
            parameters.
        value: The input.
        config: What the caller said about the run.
        kwargs: More arguments for `func`.
        serialized: A description of the runnable, for handlers, or what makes one.
        optional: Whether `func` can do without a `run_manager` where nobody observes.
        **extra: What else handlers are told at the start, such as `run_type`.

    Returns:
        What `func` returned.
    """
    config = resolve(config)
    names = wanted(func)
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
        given = injected(names, child, run_manager) if names else {}
        output = context.run(func, value, **given, **kwargs)
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
    """Run `await func(value)` as one run of `runnable`; see `call`."""
    config = resolve(config)
    names = wanted(func)
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
            given = injected(names, child, run_manager) if names else {}
            output = await func(value, **given, **kwargs)
        finally:
            _var.set(previous)
    except BaseException as error:
        await run_manager.on_chain_error(error)
        raise
    await run_manager.on_chain_end(output)
    return output
