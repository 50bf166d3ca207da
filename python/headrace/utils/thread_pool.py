"""Thread pools whose calls see the context variables of their caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

__all__ = ["ContextThreadPoolExecutor", "get_executor_for_config"]

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
def get_executor_for_config(config: Mapping[str, Any] | None) -> Iterator[Executor]:
    """Create a thread pool with the `max_concurrency` of a config.

    Args:
        config: The config; its `max_concurrency` is the number of threads.

    Yields:
        The pool; leaving the `with` block waits for its threads.
    """
    with ContextThreadPoolExecutor(max_workers=(config or {}).get("max_concurrency")) as executor:
        yield executor
