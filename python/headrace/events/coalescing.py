"""Adding up the chunks of a run while its reader is too slow."""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import RLock
from typing import Any

from headrace.callbacks.observer import Pressure
from headrace.events.buffer import Buffer

__all__ = ["ChunkAccumulator"]

_NOTHING: Any = object()
_EACH = 64
"""The number of chunks after which a producer that never waits yields to its event loop."""


class _Yield:
    """A `Pressure` that only yields to the event loop."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        yield

    def block(self) -> None:
        """Return at once: threads are scheduled preemptively."""


_YIELD = _Yield()


class ChunkAccumulator:
    """An accumulator that is_holding back the chunks of a run until the reader has caught up."""

    __slots__ = ("_buffer", "_count", "_held", "_lock", "_queue", "_texts")

    def __init__(self, buffer: Buffer[Any], queue: Callable[[Any], None]) -> None:
        """Initialize the accumulator.

        Args:
            buffer: The full buffer.
            queue: Queues the sum.
        """
        self._buffer = buffer
        self._queue = queue
        self._held: Any = _NOTHING
        self._texts: list[str] = []
        self._count = 0
        self._lock = RLock()

    @property
    def is_holding(self) -> bool:
        """True if chunks are held back."""
        return self._held is not _NOTHING

    def add(self, chunk: Any) -> Pressure | None:
        """Add a chunk to the held-back sum.

        Returns:
            The buffer to wait for, if the chunk cannot be added.
        """
        pressure: Pressure | None = None
        with self._lock:
            if self._held is _NOTHING:
                self._held = chunk
                self._buffer.flushers.append(self.flush)
            elif type(chunk) is str and type(self._held) is str:
                self._texts.append(chunk)
            else:
                try:
                    self._held = self._sum() + chunk
                except TypeError:
                    self._queue(self._sum())
                    self._held = chunk
                    pressure = self._buffer
            self._count += 1
            if pressure is None and self._count % _EACH == 1:
                pressure = _YIELD
        if self._buffer.waiting is not None:
            self._buffer.wake()
        return pressure

    def _sum(self) -> Any:
        if self._texts:
            self._held = self._held + "".join(self._texts)
            self._texts.clear()
        return self._held

    def flush(self) -> None:
        """Queue the sum."""
        with self._lock:
            if self._held is not _NOTHING:
                held = self._sum()
                self._held = _NOTHING
                self._queue(held)
