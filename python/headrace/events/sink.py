"""Telling of one run, in events: what both versions have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from headrace.callbacks.run import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.coalescing import Holder
from headrace.events.watcher import END, ERROR, STREAM, Watcher

__all__ = ["EventSink"]


class EventSink(RunSink):
    """Puts the events of one run into a buffer.

    Attributes:
        run: The run.
        phases: Of which of its phases events are wanted.
        run_id: Its id, as events show it.
        over: Whether it has ended.
        streams: Whether its chunks are told of, and by it.
        results: Whether its whole output and input are told of: where not, they are not added up.
    """

    __slots__ = (
        "_buffer",
        "_created_at",
        "_held",
        "_pending",
        "_shape",
        "_watcher",
        "over",
        "phases",
        "results",
        "run",
        "run_id",
        "streams",
    )

    def __init__(
        self,
        watcher: Watcher[Any],
        run: Run,
        run_id: str,
        phases: int,
        parent_ids: list[str],
        name: str | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Tell of a run.

        Args:
            watcher: Who watches the tree.
            run: The run.
            run_id: Its id.
            phases: Of which of its phases events are wanted.
            parent_ids: The ids above it.
            name: What events call it; its own name by default.
            tags: The labels that events show; its own by default.
            metadata: The facts that events show; its own by default.
        """
        self._watcher = watcher
        self._buffer: Buffer[Any] = watcher.buffer
        self._pending = watcher.buffer.pending
        self._created_at = watcher.options.created_at
        self._held: Holder | None = None
        self.run = run
        self.run_id = run_id
        self.phases = phases
        self.over = False
        self.streams = bool(phases & STREAM)
        self.results = bool(phases & (END | ERROR))
        self._shape: dict[str, Any] = {
            "event": f"on_{run.kind}_stream",
            "data": None,
            "name": run.name if name is None else name,
            "tags": run.tags if tags is None else tags,
            "run_id": run_id,
            "metadata": run.metadata if metadata is None else metadata,
            "parent_ids": parent_ids,
        }

    def put(self, phase: int, what: str, data: dict[str, Any]) -> None:
        """Tell of a phase, where that is wanted.

        Args:
            phase: Which one.
            what: Its name in the event's.
            data: What to tell.
        """
        if self.phases & phase:
            if self._held is not None:
                self._held.flush()
            self._queue(f"on_{self.run.kind}_{what}", data)

    def _queue(self, name: str, data: dict[str, Any]) -> None:
        event = self._shape.copy()
        event["event"] = name
        event["data"] = data
        if self._created_at:
            event["created_at"] = datetime.now(timezone.utc)
        self._buffer.put(event)

    def streamed(self, chunk: Any) -> Pressure | None:
        """Tell of a chunk."""
        pending = self._pending
        if len(pending) >= self._buffer.limit or self._created_at or self._held is not None:
            return self._streamed(chunk)
        event = self._shape.copy()
        event["data"] = {"chunk": chunk}
        pending.append(event)
        if self._buffer.waiting is not None:
            self._buffer.wake()
        return None

    def teller(self) -> Callable[[Any], Pressure | None]:
        """Give what does the same as `streamed`, for a stream that calls it often."""
        if self._created_at or self._watcher.options.on_full != "wait":
            return self.streamed
        buffer, pending = self._buffer, self._pending
        begin, put, more = self._shape.copy, pending.append, self._streamed

        def tell(chunk: Any) -> Pressure | None:
            if len(pending) >= buffer.limit:
                return more(chunk)
            event = begin()
            event["data"] = {"chunk": chunk}
            put(event)
            if buffer.waiting is not None:
                buffer.wake()
            return None

        return tell

    def _streamed(self, chunk: Any) -> Pressure | None:
        """Tell of a chunk where there is more to it."""
        buffer = self._buffer
        full = len(self._pending) >= buffer.limit
        if full and buffer.refused():
            return None
        if full and self._held is None and self._watcher.options.on_full == "coalesce":
            self._held = Holder(buffer, self._give)
        if self._held is not None and (full or self._held.holds):
            return self._held.hold(chunk)
        self._give(chunk)
        return buffer if full else None

    def _give(self, chunk: Any) -> None:
        self._queue(self._shape["event"], {"chunk": chunk})

    def leave(self) -> None:
        """Note that the run is over."""
        self.over = True
        if self._held is not None:
            self._held.flush()
        self._watcher.forget(self.run.id)
