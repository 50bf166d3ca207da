"""Reading the log of a run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from typing import Any, Generic, TypeVar, cast

from headrace.events.driving import Drive, adrive, drive
from headrace.events.log import RunLog, RunLogPatch

__all__ = ["LogStream", "aaccumulate", "accumulate"]

Log = TypeVar("Log", bound=RunLogPatch)


def accumulate(patches: Iterator[RunLogPatch]) -> Iterator[RunLog]:
    """Yield the whole log after each patch."""
    log = RunLog(state=None)
    try:
        for patch in patches:
            log = log + patch
            yield log
    finally:
        cast("Generator[Any, None, None]", patches).close()


async def aaccumulate(patches: AsyncIterator[RunLogPatch]) -> AsyncIterator[RunLog]:
    """Yield the whole log after each patch."""
    log = RunLog(state=None)
    try:
        async for patch in patches:
            log = log + patch
            yield log
    finally:
        await cast("AsyncGenerator[Any, None]", patches).aclose()


class LogStream(Generic[Log]):
    """The log of a run that starts with the first iteration, sync or async."""

    def __init__(
        self,
        prepare: Callable[[], Drive[RunLogPatch]],
        aprepare: Callable[[], Drive[RunLogPatch]],
        diff: bool,
    ) -> None:
        """Initialize the stream.

        Args:
            prepare: Returns the stream to run on a thread.
            aprepare: Returns the stream to run on an event loop.
            diff: If true, yield patches; otherwise yield whole logs.
        """
        self._prepare = prepare
        self._aprepare = aprepare
        self._diff = diff
        self._sync: Any = None
        self._async: Any = None

    def __iter__(self) -> LogStream[Log]:
        return self

    def __next__(self) -> Log:
        if self._sync is None:
            patches = drive(self._prepare)
            self._sync = patches if self._diff else accumulate(patches)
        return cast("Log", next(self._sync))

    def close(self) -> None:
        """Stop the stream on the thread."""
        if self._sync is not None:
            self._sync.close()

    def __aiter__(self) -> LogStream[Log]:
        return self

    async def __anext__(self) -> Log:
        if self._async is None:
            patches = adrive(self._aprepare)
            self._async = patches if self._diff else aaccumulate(patches)
        return cast("Log", await self._async.__anext__())

    async def aclose(self) -> None:
        """Stop the stream on the event loop."""
        if self._async is not None:
            await self._async.aclose()
