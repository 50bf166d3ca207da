"""What waits between the runs that give events and the reader that takes them.

A buffer is a queue with a bound. Putting into it never waits; what is put beyond the bound answers
with a `Pressure`, the buffer itself, for which whoever can wait does: an asynchronous producer at
its next await, a synchronous one at once, unless it is on a thread that the reader needs.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

__all__ = ["AsyncBuffer", "Buffer", "ReaderGoneError", "SyncBuffer"]

T = TypeVar("T")

_GRACE = 0.05
"""Seconds within which an event loop that is not blocked answers."""


class ReaderGoneError(BaseException):
    """Unwinds a producer on a thread of its own when nobody reads its events any more."""


class Buffer(Generic[T]):
    """The queue, and what both kinds of readers have in common.

    Attributes:
        pending: What waits for the reader.
        limit: How many may wait besides the one that is being put, whose producer then waits; less
            than 0 once nobody reads.
        flushers: Called when the reader has taken all: those who hold something back meanwhile.
        waiting: What the reader waits for, None while it does not.
    """

    __slots__ = ("_closed", "flushers", "limit", "pending", "waiting")

    def __init__(self, size: int) -> None:
        self.pending: deque[T] = deque()
        self.limit = size - 1
        self.flushers: deque[Callable[[], None]] = deque()
        self.waiting: Any = None
        self._closed = False

    def put(self, item: T) -> None:
        """Queue an item, whatever waits already."""
        if self.limit >= 0:
            self.pending.append(item)
            if self.waiting is not None:
                self.wake()

    def wake(self) -> None:
        """Let the reader go on, if it waits."""
        raise NotImplementedError

    def close(self) -> None:
        """Say that nothing more is put."""
        self._closed = True
        self.wake()

    def leave(self) -> None:
        """Say that nobody reads any more."""
        self.limit = -1
        self.pending.clear()
        self.flushers.clear()

    def refused(self) -> bool:
        """Whether nobody reads any more.

        Raises:
            ReaderGoneError: If so, on a thread that is there for the producer.
        """
        return self.limit < 0

    def block(self) -> None:
        """Wait for room, if this thread can."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, None]:
        raise NotImplementedError

    def _flush(self) -> bool:
        """Queue what was held back; whether there was any."""
        while self.flushers:
            self.flushers.popleft()()
        return bool(self.pending)


class AsyncBuffer(Buffer[T]):
    """A buffer whose reader is on an event loop; what is put may come from any thread."""

    __slots__ = ("_deaf", "_loop", "_room", "_thread", "_thread_room")

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._room: list[asyncio.Future[None]] = []
        self._thread_room = threading.Event()
        self._deaf: threading.Event | None = None

    def wake(self) -> None:
        """Let the reader go on, if it waits."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            if threading.get_ident() == self._thread:
                _settle(waiting)
            else:
                try:
                    self._loop.call_soon_threadsafe(_settle, waiting)
                except RuntimeError:  # the loop is closed
                    self.leave()

    def leave(self) -> None:
        """Say that nobody reads any more."""
        super().leave()
        self._make_room()

    def refused(self) -> bool:
        """Whether nobody reads any more; see `Buffer.refused`."""
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
        """Wait until the reader has taken all."""
        if len(self.pending) > self.limit >= 0:
            future = asyncio.get_running_loop().create_future()
            if future.get_loop() is self._loop:
                self._room.append(future)
                yield from future

    def block(self) -> None:
        """Wait until the reader has taken all.

        On the loop's own thread that cannot be. On another it can, unless the loop is itself
        blocked, perhaps by somebody who waits for this very thread: then the bound is exceeded.
        """
        if threading.get_ident() == self._thread:
            return
        while len(self.pending) > self.limit >= 0:
            if self._deaf is not None and not self._deaf.is_set():
                return
            answered = self._deaf = threading.Event()
            self._thread_room.clear()
            if len(self.pending) <= self.limit:
                return
            try:
                self._loop.call_soon_threadsafe(answered.set)
            except RuntimeError:  # the loop is closed
                return
            self._thread_room.wait(_GRACE)
            if not answered.is_set() and not self._thread_room.is_set():
                return
        self.refused()

    async def more(self) -> bool:
        """Wait until there is something to take; False where nothing more will come."""
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
        """Let the reader go on, if it waits."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self._signal.release()

    def leave(self) -> None:
        """Say that nobody reads any more."""
        super().leave()
        self._room.set()

    def refused(self) -> bool:
        """Whether nobody reads any more; see `Buffer.refused`."""
        if self.limit < 0:
            raise ReaderGoneError
        return False

    def block(self) -> None:
        """Wait until the reader has taken all."""
        while len(self.pending) > self.limit >= 0:
            self._room.clear()
            if len(self.pending) > self.limit >= 0:
                self._room.wait()
        self.refused()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the reader has taken all; on an event loop of the producer's own."""
        while len(self.pending) > self.limit >= 0:
            yield from asyncio.sleep(_GRACE / 10).__await__()

    def more(self) -> bool:
        """Wait until there is something to take; False where nothing more will come."""
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
