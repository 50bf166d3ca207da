"""A queue from a writer in any thread to a reader in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

__all__: list[str] = []

T = TypeVar("T")
_DONE: Any = object()


class _SendStream(Generic[T]):
    """The writer's end."""

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[Any]) -> None:
        self._loop = loop
        self._queue = queue

    def send_nowait(self, item: T) -> None:
        """Send an item; after the reader's loop has closed, drop it."""
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    async def send(self, item: T) -> None:
        """Send an item."""
        self.send_nowait(item)

    def close(self) -> None:
        """End the stream."""
        self.send_nowait(_DONE)

    async def aclose(self) -> None:
        """End the stream."""
        self.close()


class _ReceiveStream(Generic[T]):
    """The reader's end."""

    def __init__(self, queue: asyncio.Queue[Any]) -> None:
        self._queue = queue

    async def __aiter__(self) -> AsyncIterator[T]:
        while (item := await self._queue.get()) is not _DONE:
            yield item


class _MemoryStream(Generic[T]):
    """A queue from one writer in any thread to one reader in `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    def get_send_stream(self) -> _SendStream[T]:
        """Return the writer's end."""
        return _SendStream(self._loop, self._queue)

    def get_receive_stream(self) -> _ReceiveStream[T]:
        """Return the reader's end."""
        return _ReceiveStream(self._queue)
