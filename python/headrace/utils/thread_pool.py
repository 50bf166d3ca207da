"""Thread pools whose calls see the context variables of their caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock
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


_opening = Lock()


class _LazyPool(Executor):
    """A `ContextThreadPoolExecutor` that is created at its first call.

    A graph opens a pool for each run, and most runs never use it.
    """

    def __init__(self, max_workers: int | None) -> None:
        if max_workers is not None and max_workers <= 0:
            raise ValueError(f"max_concurrency must be greater than 0, but it is {max_workers}")
        self._max_workers = max_workers
        self._pool: ContextThreadPoolExecutor | None = None
        self._is_shut_down = False

    def submit(  # type: ignore[override]
        self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Call `func` on a thread; see `ContextThreadPoolExecutor.submit`.

        Raises:
            RuntimeError: If the pool has been shut down.
        """
        pool = self._pool
        if pool is None:
            with _opening:
                if self._is_shut_down:
                    raise RuntimeError("cannot schedule new futures after shutdown")
                if self._pool is None:
                    self._pool = ContextThreadPoolExecutor(max_workers=self._max_workers)
                pool = self._pool
        return pool.submit(func, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse new calls and free the threads; for the arguments, see `Executor.shutdown`."""
        with _opening:
            self._is_shut_down = True
        if self._pool is not None:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)


@contextmanager
def get_executor_for_config(config: Mapping[str, Any] | None) -> Iterator[Executor]:
    """Create a thread pool with the `max_concurrency` of a config.

    Args:
        config: The config; its `max_concurrency` is the number of threads.

    Yields:
        The pool; leaving the `with` block waits for its threads.

    Raises:
        ValueError: If `max_concurrency` is less than 1.
    """
    with _LazyPool((config or {}).get("max_concurrency")) as executor:
        yield executor
