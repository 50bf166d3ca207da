"""Running sync code off the event loop with the inherited config."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from headrace.runnables.config import RunnableConfig

__all__ = ["ContextThreadPoolExecutor", "get_executor_for_config", "run_in_executor"]

P = ParamSpec("P")
T = TypeVar("T")


class ContextThreadPoolExecutor(ThreadPoolExecutor):
    """A thread pool whose calls see the context variables of their caller."""

    def submit(  # type: ignore[override]
        self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Call `func` on a thread, in a copy of this context.

        Args:
            func: The function.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Returns:
            The future of its result.
        """
        context: Any = copy_context()
        return super().submit(context.run, func, *args, **kwargs)

    def map(self, fn: Callable[..., T], *iterables: Iterable[Any], **kwargs: Any) -> Iterator[T]:
        """Call `fn` for each item, each in a copy of this context.

        Args:
            fn: The function.
            *iterables: The values of its arguments.
            **kwargs: `timeout` and `chunksize`, as for any executor.

        Returns:
            The results, in order.
        """
        return super().map(fn, *iterables, **kwargs)


@contextmanager
def get_executor_for_config(config: RunnableConfig | None) -> Iterator[Executor]:
    """Create a thread pool with the `max_concurrency` of a config.

    Args:
        config: The config; its `max_concurrency` is the number of threads.

    Yields:
        The pool; leaving the `with` block waits for its threads.
    """
    with ContextThreadPoolExecutor(max_workers=(config or {}).get("max_concurrency")) as executor:
        yield executor


async def run_in_executor(
    executor_or_config: Executor | RunnableConfig | None,
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
    executor = executor_or_config if isinstance(executor_or_config, Executor) else None
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(
        executor, cast("Callable[..., T]", partial(_call, context, func, args, kwargs))
    )


def _call(context: Any, func: Callable[..., T], args: Any, kwargs: Any) -> T:
    try:
        return cast("T", context.run(func, *args, **kwargs))
    except StopIteration as error:
        raise RuntimeError("A function raised StopIteration.") from error
