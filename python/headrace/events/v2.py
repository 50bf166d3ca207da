"""Events of version `v2`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from headrace.callbacks.observer import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.options import Options
from headrace.events.results import UNKNOWN, chunk_of, first_non_empty, input_of, output_v2
from headrace.events.sink import EventSink
from headrace.events.watcher import CUSTOM, END, ERROR, START, STREAM, Watcher

__all__ = ["EventsV2"]


class EventsV2(Watcher[Any]):
    """A watcher that emits the events of a run and its child runs."""

    def __init__(self, buffer: Buffer[Any], options: Options, root_id: UUID, value: Any) -> None:
        """Initialize the watcher.

        Args:
            buffer: Receives the events.
            options: The options of the caller.
            root_id: The id of the root run.
            value: The input of the root run. As in LangChain, the first start event contains it.
        """
        super().__init__(buffer, options, root_id)
        self._value = value
        self._begun = False
        self._first: str | None = None
        self._root: _SinkV2 | None = None

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Emit the start of the root."""
        phases = self.options.filter.phases(run.name, run.kind, run.tags) if inside else 0
        self._root = _SinkV2(self, run, inputs, run_id, above, phases)
        self._root.streams = False  # The code that runs the root emits its chunks.
        return self._root

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Emit the start of a run."""
        kind = _ModelSinkV2 if run.kind in ("chat_model", "llm") else _SinkV2
        return kind(self, run, inputs, run_id, above, phases)

    def root_receiver(self) -> Callable[[Any], Pressure | None] | None:
        """Return a function that emits chunks of the root; None if its run has ended."""
        root = self._root
        if root is None or root.over or not root.phases & STREAM:
            return None
        return root.chunk_receiver()

    def begin(self, run_id: str, data: dict[str, Any]) -> None:
        """Add the input of the root to the first start event."""
        if not self._begun:
            self._begun = True
            self._first = run_id
            data["input"] = self._value

    def is_first(self, run_id: str) -> bool:
        """Return True if the start event of this run contained the input."""
        return self._first == run_id

    def on_custom_event(
        self,
        name: str,
        data: Any,
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Emit a custom event."""
        above, inside = self.place(run_id)
        # As in LangChain, its name is filtered like the run type of other events.
        if inside and self.options.filter.phases(name, name, tags or []) & CUSTOM:
            self._begun = True
            event = {
                "event": "on_custom_event",
                "run_id": str(run_id),
                "name": name,
                "tags": tags or [],
                "metadata": metadata or {},
                "data": data,
                "parent_ids": above,
            }
            if self.options.created_at:
                event["created_at"] = datetime.now(timezone.utc)
            self.buffer.put(event)


class _SinkV2(EventSink):
    """A sink that emits the events of one run."""

    __slots__ = ("_events", "_inputs")

    def __init__(
        self,
        events: EventsV2,
        run: Run,
        inputs: Any,
        run_id: str,
        above: list[str],
        phases: int,
    ) -> None:
        super().__init__(events, run, run_id, phases, above)
        self._events = events
        self._inputs = input_of(run, inputs)
        if phases & START:
            data: dict[str, Any] = {}
            if run.kind == "tool" and self._inputs is None:
                data["input"] = {}
            elif self._inputs is not UNKNOWN:
                data["input"] = self._inputs
            events.begin(run_id, data)
            self.put(START, "start", data)

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Emit the end."""
        self.leave()
        if self.phases & END:
            data = {"output": output_v2(self.run.kind, outputs)}
            if not self._events.is_first(self.run_id):
                data["input"] = self._whole_input(inputs)
            self.put(END, "end", data)

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Emit the failure, if error events are enabled for the run."""
        self.leave()
        is_tool = self.run.kind == "tool"
        if is_tool or self._events.options.on_error:
            data: dict[str, Any] = {"error": error, "input": self._whole_input(inputs)}
            if is_tool:
                data["tool_call_id"] = self.run.extra.get("tool_call_id")
            self.put(ERROR, "error", data)

    def _whole_input(self, inputs: Any) -> Any:
        if self.run.kind in ("chat_model", "llm", "retriever", "tool"):
            return self._inputs
        return first_non_empty(inputs, self._inputs)


class _ModelSinkV2(_SinkV2):
    """A sink that emits the events of a model run."""

    __slots__ = ()

    def streamed(self, chunk: Any) -> Pressure | None:
        """Emit a chunk."""
        if type(chunk) is str:
            chunk = chunk_of(self.run.kind, chunk)
        return EventSink.streamed(self, chunk)
