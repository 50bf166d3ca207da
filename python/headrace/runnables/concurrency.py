"""Running many coroutines concurrently, with a limit and with all of them ended at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace._lazy import lazy_module

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["gather", "settle", "stream_completed"]

T = TypeVar("T")


async def settle(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel the tasks that are still running and wait for all of them, even if they fail.

    Raises:
        CancelledError: If this task is cancelled while it waits, after the other tasks have ended.
    """
    tasks = list(tasks)
    going = [task for task in tasks if not task.done()]
    for task in going:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while going:
        try:
            await asyncio.wait(going)
        except asyncio.CancelledError as error:
            cancelled = error
            for task in going:
                task.cancel()
        going = [task for task in going if not task.done()]
    for task in tasks:
        if not task.cancelled():
            task.exception()  # keeps asyncio from logging failures that are not raised
    if cancelled is not None:
        raise cancelled


async def gather(limit: int | None, count: int, start: Callable[[int], Awaitable[T]]) -> list[T]:
    """Await `start(0)`, `start(1)`, ... concurrently.

    Args:
        limit: The maximum number of tasks; None for unlimited.
        count: The number of calls.
        start: Starts one coroutine.

    Returns:
        The results in order.

    Raises:
        BaseException: The first failure, after the other calls are cancelled and have ended.
    """
    results: list[Any] = [None] * count
    if count == 1:
        results[0] = await start(0)
        return results

    if limit is None or limit >= count:

        async def one(i: int) -> None:
            results[i] = await start(i)

        tasks = [asyncio.ensure_future(one(i)) for i in range(count)]
    else:
        remaining = iter(range(count))

        async def work() -> None:
            for i in remaining:
                results[i] = await start(i)

        tasks = [asyncio.ensure_future(work()) for _ in range(max(limit, 1))]
    await _all(tasks)
    return results


async def _all(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Wait for tasks to succeed, or for the first to fail."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        await settle(tasks)


async def stream_completed(
    limit: int | None, count: int, start: Callable[[int], Awaitable[T]]
) -> AsyncIterator[tuple[int, T]]:
    """Await `start(0)`, `start(1)`, ... concurrently, and yield results as they complete.

    Args:
        limit: The maximum number of calls that run or wait to be read; None for unlimited.
        count: The number of calls.
        start: Starts one coroutine.

    Yields:
        Pairs of the number of a call and its result.

    Raises:
        BaseException: The first failure, after the other calls are cancelled and have ended.
    """
    loop = asyncio.get_running_loop()
    ended: deque[tuple[int, Any, BaseException | None]] = deque()
    arrival = loop.create_future()
    room = loop.create_future()
    remaining = iter(range(count))

    async def work() -> None:
        for i in remaining:
            result: Any = None
            failure: BaseException | None = None
            try:
                result = await start(i)
            except BaseException as error:  # noqa: BLE001 - the reader raises it
                failure = error
            ended.append((i, result, failure))
            if not arrival.done():
                arrival.set_result(None)
            if failure is not None:
                return
            while limit is not None and len(ended) >= limit:
                await room

    workers = count if limit is None else min(max(limit, 1), count)
    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        for _ in range(count):
            while not ended:
                if arrival.done():
                    arrival = loop.create_future()
                await arrival
            i, result, failure = ended.popleft()
            if failure is not None:
                raise failure
            yield i, result
            room.set_result(None)
            room = loop.create_future()
    finally:
        await settle(tasks)
