"""Events of version `v2`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from headrace.callbacks.run import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.options import Options
from headrace.events.results import UNKNOWN, chunk_of, input_of, known, output_v2
from headrace.events.sink import EventSink
from headrace.events.watcher import CUSTOM, END, ERROR, START, STREAM, Watcher

__all__ = ["EventsV2"]


class EventsV2(Watcher[Any]):
    """Makes the events of a run and of those below it."""

    def __init__(self, buffer: Buffer[Any], options: Options, root_id: UUID, value: Any) -> None:
        """Make events.

        Args:
            buffer: Where they are put.
            options: What the caller asked for.
            root_id: The run that everything starts with.
            value: Its input. As in the reference, the first start that is told of shows it.
        """
        super().__init__(buffer, options, root_id)
        self._value = value
        self._begun = False
        self._first: str | None = None
        self._root: _Sink | None = None

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Tell that the root starts."""
        phases = self.options.filter.phases(run.name, run.kind, run.tags) if inside else 0
        self._root = _Sink(self, run, inputs, run_id, above, phases)
        self._root.streams = False  # whoever runs it tells of its chunks
        return self._root

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Tell that a run starts."""
        kind = _Model if run.kind in ("chat_model", "llm") else _Sink
        return kind(self, run, inputs, run_id, above, phases)

    def root_teller(self) -> Callable[[Any], Pressure | None] | None:
        """Give what tells of chunks of the root, unless its run is over: its end told of it."""
        root = self._root
        if root is None or root.over or not root.phases & STREAM:
            return None
        return root.teller()

    def begin(self, run_id: str, data: dict[str, Any]) -> None:
        """Show the input of the whole in the first start that is told of."""
        if not self._begun:
            self._begun = True
            self._first = run_id
            data["input"] = self._value

    def is_first(self, run_id: str) -> bool:
        """Whether the start of this run showed the input."""
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
        """Tell of an event of a run's own making."""
        above, inside = self.place(run_id)
        # as in the reference, its name stands where other events have the kind of run
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


class _Sink(EventSink):
    """Tells of one run."""

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
        """Tell of the end."""
        self.leave()
        if self.phases & END:
            data = {"output": output_v2(self.run.kind, outputs)}
            if not self._events.is_first(self.run_id):
                data["input"] = self._known(inputs)
            self.put(END, "end", data)

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Tell of the failure, where that is told of."""
        self.leave()
        is_tool = self.run.kind == "tool"
        if is_tool or self._events.options.on_error:
            data: dict[str, Any] = {"error": error, "input": self._known(inputs)}
            if is_tool:
                data["tool_call_id"] = self.run.extra.get("tool_call_id")
            self.put(ERROR, "error", data)

    def _known(self, inputs: Any) -> Any:
        if self.run.kind in ("chat_model", "llm", "retriever", "tool"):
            return self._inputs
        return known(inputs, self._inputs)


class _Model(_Sink):
    """Tells of a run of a model."""

    __slots__ = ()

    def streamed(self, chunk: Any) -> Pressure | None:
        """Tell of a chunk."""
        if type(chunk) is str:
            chunk = chunk_of(self.run.kind, chunk)
        return EventSink.streamed(self, chunk)
