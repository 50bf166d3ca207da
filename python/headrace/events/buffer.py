"""The queue between the runs that emit events and their reader.

A buffer is a bounded queue. Putting an item never waits. When the buffer is full, the call returns
a `Pressure`, the buffer itself, and the producer waits for it if it can: an async producer at its
next `await`, a sync producer at once, unless it is on the thread of the reader.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace._lazy import lazy_module

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["AsyncBuffer", "Buffer", "ReaderGoneError", "SyncBuffer"]

T = TypeVar("T")

_GRACE = 0.05
"""Seconds within which an event loop responds unless it is blocked."""


class ReaderGoneError(BaseException):
    """An exception that stops a producer on a separate thread once its reader has left."""


class Buffer(Generic[T]):
    """Base class of the buffers for async and sync readers.

    Attributes:
        pending: The items that wait for the reader.
        limit: The number of items that may wait before the producer waits; negative once the
            reader has left.
        flushers: Functions that queue held-back chunks, called when the reader has read all items.
        waiting: The future or event that the reader waits for, or None.
    """

    __slots__ = ("_closed", "flushers", "limit", "pending", "waiting")

    def __init__(self, size: int) -> None:
        self.pending: deque[T] = deque()
        self.limit = size - 1
        self.flushers: deque[Callable[[], None]] = deque()
        self.waiting: Any = None
        self._closed = False

    def put(self, item: T) -> None:
        """Queue an item, even if the buffer is full."""
        if self.limit >= 0:
            self.pending.append(item)
            if self.waiting is not None:
                self.wake()

    def wake(self) -> None:
        """Wake the reader if it is waiting."""
        raise NotImplementedError

    def close(self) -> None:
        """Mark the end: no more items follow."""
        self._closed = True
        self.wake()

    def leave(self) -> None:
        """Mark the reader as gone."""
        self.limit = -1
        self.pending.clear()
        self.flushers.clear()

    def is_abandoned(self) -> bool:
        """Return True if the reader has left.

        Raises:
            ReaderGoneError: If the reader has left and this is the producer's own thread.
        """
        return self.limit < 0

    def block(self) -> None:
        """Wait for room, if this thread may wait."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, None]:
        raise NotImplementedError

    def _flush(self) -> bool:
        """Queue held-back chunks and return True if there were any."""
        while self.flushers:
            self.flushers.popleft()()
        return bool(self.pending)


class AsyncBuffer(Buffer[T]):
    """A buffer whose reader is on an event loop; producers may be on any thread."""

    __slots__ = ("_loop", "_room", "_thread", "_thread_room", "_unanswered")

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._room: list[asyncio.Future[None]] = []
        self._thread_room = threading.Event()
        self._unanswered: threading.Event | None = None

    def wake(self) -> None:
        """Wake the reader if it is waiting."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            if threading.get_ident() == self._thread:
                _settle(waiting)
            else:
                try:
                    self._loop.call_soon_threadsafe(_settle, waiting)
                except RuntimeError:  # The loop is closed.
                    self.leave()

    def leave(self) -> None:
        """Mark the reader as gone."""
        super().leave()
        self._make_room()

    def is_abandoned(self) -> bool:
        """Return True if the reader has left; see `Buffer.is_abandoned`."""
        if self.limit < 0 and threading.get_ident() != self._thread:
            raise ReaderGoneError
        return self.limit < 0

    def _make_room(self) -> None:
        if self._room:
            for future in self._room:
                _settle(future)
            self._room.clear()
        self._thread_room.set()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the reader has read all items."""
        if len(self.pending) > self.limit >= 0:
            future = asyncio.get_running_loop().create_future()
            if future.get_loop() is self._loop:
                self._room.append(future)
                yield from future

    def block(self) -> None:
        """Wait until the reader has read all items.

        On the thread of the loop this returns at once. On another thread it gives up if the loop
        is blocked, possibly by code that waits for this thread: the buffer then exceeds its limit.
        """
        if threading.get_ident() == self._thread:
            return
        while len(self.pending) > self.limit >= 0:
            if self._unanswered is not None and not self._unanswered.is_set():
                return
            answered = self._unanswered = threading.Event()
            self._thread_room.clear()
            if len(self.pending) <= self.limit:
                return
            try:
                self._loop.call_soon_threadsafe(answered.set)
            except RuntimeError:  # The loop is closed.
                return
            self._thread_room.wait(_GRACE)
            if not answered.is_set() and not self._thread_room.is_set():
                return
        self.is_abandoned()

    async def more(self) -> bool:
        """Wait for items; return False at the end."""
        pending = self.pending
        while not pending and not (self.flushers and self._flush()):
            if self._room or not self._thread_room.is_set():
                self._make_room()
            if self._closed and not pending:
                return False
            waiting = self.waiting = self._loop.create_future()
            if pending or self._closed or self.flushers:
                self.waiting = None
            else:
                await waiting
        return True


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class SyncBuffer(Buffer[T]):
    """A buffer between threads."""

    __slots__ = ("_reader", "_room", "_signal")

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._signal = threading.Semaphore(0)
        self._room = threading.Event()
        self._reader: int | None = None

    def wake(self) -> None:
        """Wake the reader if it is waiting."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self._signal.release()

    def leave(self) -> None:
        """Mark the reader as gone."""
        super().leave()
        self._room.set()

    def is_abandoned(self) -> bool:
        """Return True if the reader has left; see `Buffer.is_abandoned`."""
        if self.limit < 0:
            raise ReaderGoneError
        return False

    def block(self) -> None:
        """Wait until the reader has read all items."""
        while len(self.pending) > self.limit >= 0:
            self._room.clear()
            if len(self.pending) > self.limit >= 0:
                self._room.wait()
        self.is_abandoned()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the reader has read all items, on an event loop of the producer."""
        while len(self.pending) > self.limit >= 0:
            yield from asyncio.sleep(_GRACE / 10).__await__()

    def more(self) -> bool:
        """Wait for items; return False at the end."""
        pending = self.pending
        while not pending and not (self.flushers and self._flush()):
            if not self._room.is_set():
                self._room.set()
            if self._closed and not pending:
                return False
            self.waiting = True
            if pending or self._closed or self.flushers:
                self.wake()
            self._signal.acquire()
        return True
