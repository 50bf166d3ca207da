"""End several runs: all of them, even if a handler fails for one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

__all__ = ["aend_each", "end_each"]


def end_each(ends: Iterable[Callable[[], Any]]) -> None:
    """Call each function, even if an earlier one raises.

    Args:
        ends: Functions that each end one run.

    Raises:
        BaseException: The first failure, after all were called.
    """
    failure: BaseException | None = None
    for end in ends:
        try:
            end()
        except BaseException as error:  # noqa: BLE001 - raised below
            failure = failure or error
    if failure is not None:
        raise failure


async def aend_each(ends: Iterable[Callable[[], Awaitable[Any]]]) -> None:
    """Call and await each function, even if an earlier one raises or this task is cancelled.

    Args:
        ends: Functions that each end one run.

    Raises:
        BaseException: The first failure, after all were awaited.
    """
    failure: BaseException | None = None
    for end in ends:
        try:
            await end()
        except GeneratorExit:  # this coroutine is being closed and must not await any more
            raise
        except BaseException as error:  # noqa: BLE001 - raised below
            failure = failure or error
    if failure is not None:
        raise failure
