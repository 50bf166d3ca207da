"""Adding up what a run streams while its reader does not keep up."""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import RLock
from typing import Any

from headrace.callbacks.run import Pressure
from headrace.events.buffer import Buffer

__all__ = ["Holder"]

_NOTHING: Any = object()
_EACH = 64
"""After how many chunks a producer that never waits lets its event loop go round."""


class _Breath:
    """A pressure that only lets others have a turn."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, None]:
        yield

    def block(self) -> None:
        """Synchronous code shares the processor anyway."""


_BREATH = _Breath()


class Holder:
    """Holds back the chunks of one run, as their sum, until what was queued is taken."""

    __slots__ = ("_buffer", "_count", "_give", "_held", "_lock", "_texts")

    def __init__(self, buffer: Buffer[Any], give: Callable[[Any], None]) -> None:
        """Hold back.

        Args:
            buffer: What is full.
            give: Queues the sum.
        """
        self._buffer = buffer
        self._give = give
        self._held: Any = _NOTHING
        self._texts: list[str] = []
        self._count = 0
        self._lock = RLock()

    @property
    def holds(self) -> bool:
        """Whether something is held back."""
        return self._held is not _NOTHING

    def hold(self, chunk: Any) -> Pressure | None:
        """Add a chunk to what is held back.

        Returns:
            The buffer, for which to wait, where the chunk cannot be added.
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
                    self._give(self._sum())
                    self._held = chunk
                    pressure = self._buffer
            self._count += 1
            if pressure is None and self._count % _EACH == 1:
                pressure = _BREATH
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
                self._give(held)
