"""Running sync code off the event loop with the inherited config."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from headrace._lazy import lazy_module

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Executor

else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["run_in_executor"]

P = ParamSpec("P")
T = TypeVar("T")


async def run_in_executor(
    executor_or_config: Executor | Mapping[str, Any] | None,
    func: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Call a function on a thread, in a copy of this context.

    Args:
        executor_or_config: The executor; anything else uses the default executor of the loop.
        func: The function.
        *args: Its arguments.
        **kwargs: Its keyword arguments.

    Returns:
        The return value of `func`.

    Raises:
        RuntimeError: If `func` raised `StopIteration`, which a future cannot carry.
    """
    # Without that module, no executor exists.
    futures = sys.modules.get("concurrent.futures")
    executor: Any = None
    if futures is not None and isinstance(executor_or_config, futures.Executor):
        executor = executor_or_config
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(
        executor, cast("Callable[..., T]", partial(_call, context, func, args, kwargs))
    )


def _call(context: Any, func: Callable[..., T], args: Any, kwargs: Any) -> T:
    try:
        return cast("T", context.run(func, *args, **kwargs))
    except StopIteration as error:
        raise RuntimeError("A function raised StopIteration.") from error
