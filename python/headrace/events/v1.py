"""Events of version `v1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from headrace.callbacks.observer import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.options import Options
from headrace.events.results import UNKNOWN, input_of, output_v1, token_of
from headrace.events.sink import EventSink
from headrace.events.watcher import END, ERROR, START, STREAM, Watcher
from headrace.utils.fold import Fold

__all__ = ["EventsV1"]


class EventsV1(Watcher[Any]):
    """A watcher that emits the events of a run and its child runs.

    The events of the root have the name, tags and metadata of the caller and end with the last
    chunk. The events of other runs end with the run, even if it fails.
    """

    def __init__(
        self,
        buffer: Buffer[Any],
        options: Options,
        root_id: UUID,
        value: Any,
        root: tuple[str, list[str], dict[str, Any]],
    ) -> None:
        """Initialize the watcher.

        Args:
            buffer: Receives the events.
            options: The options of the caller.
            root_id: The id of the root run.
            value: The input of the root run.
            root: The name, tags and metadata of the root run.
        """
        super().__init__(buffer, options, root_id)
        self._value = value
        self._labels = root
        self._root: _Root | None = None

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Emit the start of the root."""
        name, tags, metadata = self._labels
        phases = self.options.filter.phases(name, run.kind, tags) if inside else 0
        self._root = _Root(self, run, run_id, phases, [], name, tags, metadata)
        self._root.begin(self._value)
        return self._root

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Emit the start of a run."""
        kind = _ModelSinkV1 if run.kind in ("chat_model", "llm") else _SinkV1
        sink = kind(self, run, run_id, phases, [])
        sink.begin(input_of(run, inputs))
        return sink

    def root_receiver(self) -> Callable[[Any], Pressure | None] | None:
        """Return a function that emits chunks of the root."""
        return None if self._root is None else self._root.chunks()

    def root_ended(self, failure: BaseException | None) -> None:
        """Emit the end of the root."""
        if self._root is not None:
            self._root.finish(failure)


class _SinkV1(EventSink):
    """A sink that emits the events of one run."""

    __slots__ = ("_inputs",)

    def begin(self, inputs: Any) -> None:
        """Emit the start."""
        self._inputs = inputs
        self.put(START, "start", self._input_data(None))

    def _input_data(self, inputs: Any) -> dict[str, Any]:
        value = self._inputs if inputs is None else inputs
        return {} if value is UNKNOWN or value is None else {"input": value}

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Emit the end."""
        self.leave()
        if self.phases & END:
            output = output_v1(self.run.kind, outputs)
            self.put(END, "end", {**self._input_data(inputs), "output": output})

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Emit the failure: an error event if enabled, else an end with only a model's output."""
        self.leave()
        if self._watcher.options.on_error:
            self.put(ERROR, "error", {**self._input_data(inputs), "error": error})
        else:
            output: Any = {} if self.run.kind in ("retriever", "llm", "chat_model") else None
            if outputs is not None:
                output = output_v1(self.run.kind, outputs)
            self.put(END, "end", {**self._input_data(inputs), "output": output})


class _ModelSinkV1(_SinkV1):
    """A sink that emits the events of a model run."""

    __slots__ = ()

    def streamed(self, chunk: Any) -> Pressure | None:
        """Emit a chunk."""
        return super().streamed(token_of(chunk))

    def chunk_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return `streamed`."""
        return self.streamed


class _Root(EventSink):
    """A sink for the root, whose chunks and end are emitted by the code that runs it."""

    __slots__ = ("_output",)

    def begin(self, value: Any) -> None:
        """Emit the start."""
        self.streams = self.results = False  # This sink emits and adds up the output of the root.
        self._output = Fold()
        self.put(START, "start", {"input": value})

    def chunks(self) -> Callable[[Any], Pressure | None] | None:
        """Return a function that emits a chunk and adds it to the output; None if not needed."""
        add = self._output.put
        receive = self.chunk_receiver() if self.phases & STREAM else None
        if not self.phases & END:
            return receive

        def chunk(chunk: Any) -> Pressure | None:
            add(chunk)
            return None if receive is None else receive(chunk)

        return chunk

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Mark the run as ended; its end is emitted after the last chunk."""
        self.leave()

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Mark the run as ended."""
        self.leave()

    def finish(self, failure: BaseException | None) -> None:
        """Emit the end, or the failure if error events are enabled."""
        self.leave()
        if failure is None:
            self.put(END, "end", {"output": self._output.value})
        elif self._watcher.options.on_error:
            self.put(ERROR, "error", {"error": failure})
