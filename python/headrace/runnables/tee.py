"""Splitting a stream for several readers, each at its own pace."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["AsyncTee", "Tee"]

_END = object()


class Tee:
    """A stream shared by several threads; the first thread that needs an item reads it."""

    def __init__(self, source: Iterator[Any], readers: int) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._buffers: list[deque[Any]] = [deque() for _ in range(readers)]
        self._end: Any = None

    def branch(self, i: int) -> Iterator[Any]:
        """Yield the items of the stream for one reader."""
        own = self._buffers[i]
        try:
            while True:
                with self._lock:
                    if not own:
                        self._read()
                    item = own.popleft() if own else _END
                if item is _END:
                    if self._end is not None:
                        raise self._end
                    return
                yield item
        finally:
            with self._lock:
                self._buffers[i] = deque(maxlen=0)

    def _read(self) -> None:
        if self._end is not None:
            return
        try:
            item = next(self._source, _END)
        except BaseException as error:
            self._end = error
            raise
        if item is not _END:
            for buffer in self._buffers:
                buffer.append(item)


class AsyncTee:
    """A stream shared by several tasks; the first task that needs an item reads it."""

    def __init__(self, source: AsyncIterator[Any], readers: int) -> None:
        self._source = source
        self._lock = asyncio.Lock()
        self._buffers: list[deque[Any]] = [deque() for _ in range(readers)]
        self._ended = False
        self._failure: BaseException | None = None

    async def branch(self, i: int) -> AsyncIterator[Any]:
        """Yield the items of the stream for one reader."""
        own = self._buffers[i]
        try:
            while True:
                if not own:
                    async with self._lock:
                        if not own:
                            await self._read()
                if not own:
                    if self._failure is not None:
                        raise self._failure
                    return
                yield own.popleft()
        finally:
            self._buffers[i] = deque(maxlen=0)

    async def _read(self) -> None:
        if self._ended:
            return
        try:
            item = await self._source.__anext__()
        except StopAsyncIteration:
            self._ended = True
            return
        except BaseException as error:
            self._ended = True
            self._failure = error
            raise
        for buffer in self._buffers:
            buffer.append(item)
