"""The stream log: the numbered frames of a run, which readers follow from any position."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Any

import orjson
from typing_extensions import override

from headrace.exceptions import HeadraceError

__all__ = [
    "Frame",
    "LogUnavailableError",
    "MemoryLog",
    "StreamLog",
    "TrimmedError",
    "UnknownStreamError",
]

Frame = dict[str, Any]
"""A neutral frame: a JSON object with a `type`, as `headrace.serve.turn` describes it."""


def dump(frame: Frame) -> bytes:
    """Return a frame as JSON. Values that JSON does not know become strings."""
    return orjson.dumps(frame, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, (set, frozenset)):
        return list(value)
    return str(value)


def error_frame(message: str) -> bytes:
    """Return the frame of an error."""
    return dump({"type": "error", "message": message})


GONE = error_frame("The server process that ran this stream has ended.")


class UnknownStreamError(HeadraceError):
    """There is no stream with this id, or it has expired."""


class TrimmedError(HeadraceError):
    """The frames after the position were dropped to bound the log."""


class LogUnavailableError(HeadraceError):
    """The server that keeps the log cannot be reached, or refuses the command."""


class StreamLog(ABC):
    """Frames of runs, by stream id. Frames are numbered from 1 and stored as JSON."""

    flush_frames: int = 1
    """Most frames that a writer collects before it appends them."""
    flush_seconds: float = 0.0
    """Longest time for which a writer collects frames."""

    @abstractmethod
    async def create(self, stream: str) -> None:
        """Create an empty stream."""

    @abstractmethod
    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        """Store frames after those that are there. They are visible to readers only afterwards."""

    @abstractmethod
    async def end(self, stream: str) -> None:
        """Close a stream: readers end after the last frame."""

    @abstractmethod
    def read(
        self, stream: str, after: int = 0, wait: float = 15.0
    ) -> AsyncIterator[tuple[int, Sequence[bytes]]]:
        """Yield the frames after a position, then new ones as they are appended.

        Args:
            stream: The stream's id.
            after: The number of the last frame that the reader has.
            wait: Seconds of silence after which an empty batch is yielded.

        Yields:
            The number of the first frame of a batch, and the batch.

        Raises:
            UnknownStreamError: There is no such stream.
            TrimmedError: The next frame was dropped.
        """

    @abstractmethod
    async def stop(self, stream: str) -> None:
        """Ask the producer of a stream to stop, in this process or another."""

    @abstractmethod
    async def wait_stop(self, stream: str) -> None:
        """Return when a stop was requested."""

    @abstractmethod
    async def status(self, stream: str) -> tuple[int, bool]:
        """Return the number of the last frame, and true if the stream has ended."""

    @abstractmethod
    async def idle(self, stream: str) -> float:
        """Return the seconds since a reader read the stream."""

    @abstractmethod
    async def remember(self, chat: str, stream: str) -> None:
        """Store the stream that holds the latest answer of a chat."""

    @abstractmethod
    async def recall(self, chat: str) -> str | None:
        """Return the stream that holds the latest answer of a chat, from any process."""

    async def beat(self, stream: str) -> None:  # noqa: B027
        """Signal readers in other processes that the producer is alive."""

    async def close(self) -> None:  # noqa: B027
        """Release connections and files."""


class _MemoryStream:
    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.dropped = 0
        self.stopped = asyncio.Event()
        self.waiters: list[asyncio.Future[bool]] = []
        self.readers = 0
        self.last_read = time.monotonic()
        self.expires: float | None = None
        """The time after which the stream, once it has ended, is not kept."""

    @property
    def ended(self) -> bool:
        return self.expires is not None

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            _resolve(waiter, True)


def _resolve(waiter: asyncio.Future[bool], value: bool) -> None:
    if not waiter.done():
        waiter.set_result(value)


class MemoryLog(StreamLog):
    """A log in the memory of this process."""

    def __init__(
        self, *, max_frames: int = 100_000, max_streams: int = 10_000, ttl: float = 300
    ) -> None:
        """Create a log.

        Args:
            max_frames: Most frames that are kept of one stream; earlier ones are dropped.
            max_streams: Most streams that are kept; those that ended first are dropped.
            ttl: Seconds for which an ended stream is kept.
        """
        self.max_frames = max_frames
        self.max_streams = max_streams
        self.ttl = ttl
        self._streams: dict[str, _MemoryStream] = {}
        self._chats: dict[str, str] = {}

    def _get(self, stream: str) -> _MemoryStream:
        found = self._streams.get(stream)
        if found is None:
            raise UnknownStreamError(f"there is no stream {stream}, or it has expired")
        return found

    @override
    async def create(self, stream: str) -> None:
        self._expire()
        self._streams[stream] = _MemoryStream()

    def _expire(self) -> None:
        # Streams are in the order of their starts, so few that are alive are looked at.
        now = time.monotonic()
        excess = len(self._streams) - self.max_streams
        for name, stream in list(islice(self._streams.items(), max(64, excess))):
            if stream.expires is not None and (excess > 0 or stream.expires <= now):
                del self._streams[name]
                excess -= 1

    @override
    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        found = self._get(stream)
        found.frames.extend(frames)
        # Dropping a quarter at a time keeps the cost of a frame constant.
        if len(found.frames) > self.max_frames:
            count = len(found.frames) - self.max_frames + self.max_frames // 4
            del found.frames[:count]
            found.dropped += count
        found.wake()

    @override
    async def end(self, stream: str) -> None:
        found = self._get(stream)
        found.expires = time.monotonic() + self.ttl
        found.wake()

    @override
    async def read(
        self, stream: str, after: int = 0, wait: float = 15.0
    ) -> AsyncIterator[tuple[int, Sequence[bytes]]]:
        found = self._get(stream)
        found.readers += 1
        try:
            while True:
                start = after - found.dropped
                if start < 0:
                    raise TrimmedError(f"the frames after {after} are no longer stored")
                batch = found.frames[start : start + 256]
                if batch:
                    yield after + 1, batch
                    after += len(batch)
                elif found.ended:
                    return
                elif not await self._wait(found, wait):
                    yield after + 1, ()
        finally:
            found.readers -= 1
            found.last_read = time.monotonic()

    async def _wait(self, stream: _MemoryStream, seconds: float) -> bool:
        """Return whether something happened to the stream in this time."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        stream.waiters.append(waiter)
        timer = loop.call_later(seconds, _resolve, waiter, False)
        try:
            return await waiter
        finally:
            timer.cancel()
            if waiter in stream.waiters:
                stream.waiters.remove(waiter)

    @override
    async def stop(self, stream: str) -> None:
        self._get(stream).stopped.set()

    @override
    async def wait_stop(self, stream: str) -> None:
        await self._get(stream).stopped.wait()

    @override
    async def status(self, stream: str) -> tuple[int, bool]:
        found = self._get(stream)
        return found.dropped + len(found.frames), found.ended

    @override
    async def idle(self, stream: str) -> float:
        found = self._get(stream)
        return 0.0 if found.readers else time.monotonic() - found.last_read

    @override
    async def remember(self, chat: str, stream: str) -> None:
        self._chats.pop(chat, None)
        self._chats[chat] = stream
        while len(self._chats) > self.max_streams:
            del self._chats[next(iter(self._chats))]

    @override
    async def recall(self, chat: str) -> str | None:
        return self._chats.get(chat)
