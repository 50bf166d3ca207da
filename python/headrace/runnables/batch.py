"""Batches: one run for each input, with at most `max_concurrency` at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.ending import aend_each, end_each
from headrace.runnables.accepts import parameters
from headrace.runnables.concurrency import gather, stream_completed
from headrace.runnables.config import (
    BARE,
    RunnableConfig,
    child_of,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
    get_config_list,
    is_watched,
    resolve,
)
from headrace.runnables.handing import knows_bare, without_bare

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = [
    "abatch",
    "abatch_as_completed",
    "abatch_runs",
    "batch",
    "batch_as_completed",
    "batch_runs",
    "spread",
]

T = TypeVar("T")
Configs = RunnableConfig | Sequence[RunnableConfig] | None


def configs_for(runnable: Runnable[Any, Any], config: Configs, count: int) -> list[RunnableConfig]:
    """Return a config for each input; `BARE` for all of them if the config is empty."""
    if isinstance(config, Sequence) or (config or {}).get("run_id") is not None:
        return get_config_list(config, count)
    full = resolve(config)
    if without_bare(runnable, full) is not full or not knows_bare(type(runnable)):
        return get_config_list(config, count)
    # Each run completes its own config, so the runs can share this one.
    return [full] * count


def spread(limit: int | None, count: int, one: Callable[[int], T]) -> list[T]:
    """Call `one(0)`, `one(1)`, ... on threads.

    Args:
        limit: The maximum number of threads; None for the default of `ThreadPoolExecutor`.
        count: The number of calls.
        one: The function to call.

    Returns:
        The results in order.

    Raises:
        BaseException: The first failure in order; calls that have not started are cancelled.
    """
    if count == 1 or limit == 1:
        return [one(i) for i in range(count)]
    from headrace.utils.thread_pool import ContextThreadPoolExecutor

    executor = ContextThreadPoolExecutor(max_workers=limit)
    try:
        futures = [executor.submit(one, i) for i in range(count)]
        return [future.result() for future in futures]
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _invoke_one(
    runnable: Runnable[Any, Any],
    inputs: Sequence[Any],
    configs: list[RunnableConfig],
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> Callable[[int], Any]:
    def one(i: int) -> Any:
        try:
            return runnable.invoke(inputs[i], configs[i], **kwargs)
        except Exception as error:
            if return_exceptions:
                return error
            raise

    return one


def _ainvoke_one(
    runnable: Runnable[Any, Any],
    inputs: Sequence[Any],
    configs: list[RunnableConfig],
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> Callable[[int], Awaitable[Any]]:
    if not return_exceptions:
        return lambda i: runnable.ainvoke(inputs[i], configs[i], **kwargs)

    async def one(i: int) -> Any:
        try:
            return await runnable.ainvoke(inputs[i], configs[i], **kwargs)
        except Exception as error:  # noqa: BLE001 - returned as a result
            return error

    return one


def batch(
    runnable: Runnable[Any, Any],
    inputs: list[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> list[Any]:
    """Invoke a runnable on each input, on threads."""
    if not inputs:
        return []
    configs = configs_for(runnable, config, len(inputs))
    one = _invoke_one(runnable, inputs, configs, return_exceptions, kwargs)
    return spread(configs[0].get("max_concurrency"), len(inputs), one)


async def abatch(
    runnable: Runnable[Any, Any],
    inputs: list[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> list[Any]:
    """Invoke a runnable on each input, concurrently."""
    if not inputs:
        return []
    configs = configs_for(runnable, config, len(inputs))
    one = _ainvoke_one(runnable, inputs, configs, return_exceptions, kwargs)
    return await gather(configs[0].get("max_concurrency"), len(inputs), one)


def batch_as_completed(
    runnable: Runnable[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> Iterator[tuple[int, Any]]:
    """Invoke a runnable on each input, on threads; yield (index, output) as each run ends."""
    if not inputs:
        return
    configs = configs_for(runnable, config, len(inputs))
    one = _invoke_one(runnable, inputs, configs, return_exceptions, kwargs)
    if len(inputs) == 1:
        yield 0, one(0)
        return
    from concurrent.futures import as_completed

    from headrace.utils.thread_pool import ContextThreadPoolExecutor

    executor = ContextThreadPoolExecutor(max_workers=configs[0].get("max_concurrency"))
    try:
        futures = {executor.submit(one, i): i for i in range(len(inputs))}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


async def abatch_as_completed(
    runnable: Runnable[Any, Any],
    inputs: Sequence[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
) -> AsyncIterator[tuple[int, Any]]:
    """Invoke a runnable on each input, concurrently; yield (index, output) as each run ends."""
    if not inputs:
        return
    configs = configs_for(runnable, config, len(inputs))
    one = _ainvoke_one(runnable, inputs, configs, return_exceptions, kwargs)
    results = stream_completed(configs[0].get("max_concurrency"), len(inputs), one)
    try:
        async for result in results:
            yield result
    finally:
        await results.aclose()  # type: ignore[attr-defined]


def batch_runs(
    runnable: Runnable[Any, Any],
    func: Callable[..., list[Any]],
    inputs: list[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
    *,
    optional: bool = False,
    reported_inputs: list[Any] | None = None,
    **extra: Any,
) -> list[Any]:
    """Run `func(inputs)` as a run of `runnable` for each input.

    Args:
        runnable: The runnable that runs.
        func: Returns a list of outputs or exceptions. It is passed lists as `run_manager` and
            `config` if it has these parameters.
        inputs: The inputs.
        config: One config for all inputs, or one for each.
        return_exceptions: If true, return exceptions instead of raising them.
        kwargs: Passed to `func`.
        optional: If true, `func` accepts None as `run_manager` when there are no callbacks.
        reported_inputs: The inputs to report to handlers, if they differ.
        **extra: Passed to the start callbacks.

    Returns:
        The outputs in order.

    Raises:
        BaseException: The first failure, unless `return_exceptions` is true.
    """
    if not inputs:
        return []
    configs = configs_for(runnable, config, len(inputs))
    if optional and not any(is_watched(one) for one in configs):
        outputs = func(inputs, run_manager=None, config=_child_configs(configs), **kwargs)
        return outputs if return_exceptions else _raise_first(outputs)
    runs: list[CallbackManagerForChainRun] = []
    ended_runs: set[int] = set()
    try:
        for one, value in zip(configs, reported_inputs or inputs, strict=True):
            run = get_callback_manager_for_config(one).on_chain_start(
                None,
                value,
                run_id=one.get("run_id"),
                **extra,
                name=one.get("run_name") or runnable.get_name(),
            )
            runs.append(run)
        outputs = func(inputs, **_batch_arguments(func, configs, runs, ended_runs), **kwargs)
    except BaseException as error:
        end_each(
            partial(run.on_chain_error, error) for i, run in enumerate(runs) if i not in ended_runs
        )
        if return_exceptions and isinstance(error, Exception) and len(runs) == len(inputs):
            return [error for _ in inputs]
        raise
    end_each(
        partial(run.on_chain_error if isinstance(output, Exception) else run.on_chain_end, output)
        for i, (run, output) in enumerate(zip(runs, outputs, strict=True))
        if i not in ended_runs
    )
    return outputs if return_exceptions else _raise_first(outputs)


async def abatch_runs(
    runnable: Runnable[Any, Any],
    func: Callable[..., Awaitable[list[Any]]],
    inputs: list[Any],
    config: Configs,
    return_exceptions: bool,
    kwargs: dict[str, Any],
    *,
    optional: bool = False,
    **extra: Any,
) -> list[Any]:
    """Run `await func(inputs)` as a run of `runnable` for each input; see `batch_runs`."""
    if not inputs:
        return []
    configs = configs_for(runnable, config, len(inputs))
    if optional and not any(is_watched(one) for one in configs):
        outputs = await func(inputs, run_manager=None, config=_child_configs(configs), **kwargs)
        return outputs if return_exceptions else _raise_first(outputs)
    runs: list[AsyncCallbackManagerForChainRun] = []
    ended_runs: set[int] = set()
    try:
        for one, value in zip(configs, inputs, strict=True):
            run = await get_async_callback_manager_for_config(one).on_chain_start(
                None,
                value,
                run_id=one.get("run_id"),
                **extra,
                name=one.get("run_name") or runnable.get_name(),
            )
            runs.append(run)
        outputs = await func(inputs, **_batch_arguments(func, configs, runs, ended_runs), **kwargs)
    except BaseException as error:
        await aend_each(
            partial(run.on_chain_error, error) for i, run in enumerate(runs) if i not in ended_runs
        )
        if return_exceptions and isinstance(error, Exception) and len(runs) == len(inputs):
            return [error for _ in inputs]
        raise
    await aend_each(
        partial(run.on_chain_error if isinstance(output, Exception) else run.on_chain_end, output)
        for i, (run, output) in enumerate(zip(runs, outputs, strict=True))
        if i not in ended_runs
    )
    return outputs if return_exceptions else _raise_first(outputs)


def _batch_arguments(
    func: Callable[..., Any],
    configs: list[RunnableConfig],
    runs: Sequence[Any],
    ended_runs: set[int],
) -> dict[str, Any]:
    """Return the arguments of `func` besides the inputs."""
    names = parameters(func)
    arguments: dict[str, Any] = {}
    if "config" in names:
        arguments["config"] = [
            child_of(one, run.get_child()) for one, run in zip(configs, runs, strict=True)
        ]
    if "run_manager" in names:
        arguments["run_manager"] = runs
    if "ended_runs" in names:
        arguments["ended_runs"] = ended_runs
    return arguments


def _child_configs(configs: list[RunnableConfig]) -> list[RunnableConfig]:
    return [one if one is BARE else child_of(one) for one in configs]


def _raise_first(outputs: list[Any]) -> list[Any]:
    for output in outputs:
        if isinstance(output, Exception):
            raise output
    return outputs
