"""`EventSink`: the base class of sinks that emit the events of one run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from headrace.callbacks.observer import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.coalescing import ChunkAccumulator
from headrace.events.watcher import END, ERROR, STREAM, Watcher

__all__ = ["EventSink"]


class EventSink(RunSink):
    """Base class of sinks that put the events of one run into a buffer.

    Attributes:
        run: The run.
        phases: The phases of the run to emit.
        run_id: The id of the run in events.
        over: True if the run has ended.
        streams: If true, this sink emits the chunks of the run.
        results: If true, events contain the whole input and output; otherwise they are not
            added up.
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
        """Initialize the sink.

        Args:
            watcher: The watcher of the tree.
            run: The run.
            run_id: The id of the run in events.
            phases: The phases of the run to emit.
            parent_ids: The ids of the ancestors.
            name: The name in events; defaults to the name of the run.
            tags: The tags in events; default to the tags of the run.
            metadata: The metadata in events; defaults to the metadata of the run.
        """
        self._watcher = watcher
        self._buffer: Buffer[Any] = watcher.buffer
        self._pending = watcher.buffer.pending
        self._created_at = watcher.options.created_at
        self._held: ChunkAccumulator | None = None
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
        """Emit an event of a phase, if the phase is included.

        Args:
            phase: The phase.
            what: The part of the event name for the phase.
            data: The data of the event.
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
        """Emit a chunk."""
        pending = self._pending
        if len(pending) >= self._buffer.limit or self._created_at or self._held is not None:
            return self._streamed(chunk)
        event = self._shape.copy()
        event["data"] = {"chunk": chunk}
        pending.append(event)
        if self._buffer.waiting is not None:
            self._buffer.wake()
        return None

    def chunk_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return a fast equivalent of `streamed`, for frequent calls."""
        if self._created_at or self._watcher.options.on_full != "wait":
            return self.streamed
        buffer, pending = self._buffer, self._pending
        begin, put, more = self._shape.copy, pending.append, self._streamed

        def receive(chunk: Any) -> Pressure | None:
            if len(pending) >= buffer.limit:
                return more(chunk)
            event = begin()
            event["data"] = {"chunk": chunk}
            put(event)
            if buffer.waiting is not None:
                buffer.wake()
            return None

        return receive

    def _streamed(self, chunk: Any) -> Pressure | None:
        """Emit a chunk in the general case."""
        buffer = self._buffer
        full = len(self._pending) >= buffer.limit
        if full and buffer.is_abandoned():
            return None
        if full and self._held is None and self._watcher.options.on_full == "coalesce":
            self._held = ChunkAccumulator(buffer, self._queue_chunk)
        if self._held is not None and (full or self._held.is_holding):
            return self._held.add(chunk)
        self._queue_chunk(chunk)
        return buffer if full else None

    def _queue_chunk(self, chunk: Any) -> None:
        self._queue(self._shape["event"], {"chunk": chunk})

    def leave(self) -> None:
        """Mark the run as ended."""
        self.over = True
        if self._held is not None:
            self._held.flush()
        self._watcher.forget(self.run.id)
