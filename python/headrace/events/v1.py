"""Events of version `v1`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from headrace.callbacks.run import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.options import Options
from headrace.events.results import UNKNOWN, input_of, output_v1, token_of
from headrace.events.sink import EventSink
from headrace.events.watcher import END, ERROR, START, STREAM, Watcher
from headrace.utils.fold import Fold

__all__ = ["EventsV1"]


class EventsV1(Watcher[Any]):
    """Makes the events of a run and of those below it.

    The root's have the name, tags and metadata that the caller gave, and end with its last chunk;
    the others' end where the run does, also where it fails.
    """

    def __init__(
        self,
        buffer: Buffer[Any],
        options: Options,
        root_id: UUID,
        value: Any,
        root: tuple[str, list[str], dict[str, Any]],
    ) -> None:
        """Make events.

        Args:
            buffer: Where they are put.
            options: What the caller asked for.
            root_id: The run that everything starts with.
            value: Its input.
            root: The root's name, tags and metadata.
        """
        super().__init__(buffer, options, root_id)
        self._value = value
        self._labels = root
        self._root: _Root | None = None

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Tell that the root starts."""
        name, tags, metadata = self._labels
        phases = self.options.filter.phases(name, run.kind, tags) if inside else 0
        self._root = _Root(self, run, run_id, phases, [], name, tags, metadata)
        self._root.begin(self._value)
        return self._root

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Tell that a run starts."""
        kind = _Model if run.kind in ("chat_model", "llm") else _Sink
        sink = kind(self, run, run_id, phases, [])
        sink.begin(input_of(run, inputs))
        return sink

    def root_teller(self) -> Callable[[Any], Pressure | None] | None:
        """Give what tells of chunks of the root."""
        return None if self._root is None else self._root.chunks()

    def root_ended(self, failure: BaseException | None) -> None:
        """Tell that the root has come to its end."""
        if self._root is not None:
            self._root.finish(failure)


class _Sink(EventSink):
    """Tells of one run."""

    __slots__ = ("_inputs",)

    def begin(self, inputs: Any) -> None:
        """Tell of the start."""
        self._inputs = inputs
        self.put(START, "start", self._shown(None))

    def _shown(self, inputs: Any) -> dict[str, Any]:
        value = self._inputs if inputs is None else inputs
        return {} if value is UNKNOWN or value is None else {"input": value}

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Tell of the end."""
        self.leave()
        if self.phases & END:
            output = output_v1(self.run.kind, outputs)
            self.put(END, "end", {**self._shown(inputs), "output": output})

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Tell of the failure: an end, with no output but a model's, or an error if asked for."""
        self.leave()
        if self._watcher.options.on_error:
            self.put(ERROR, "error", {**self._shown(inputs), "error": error})
        else:
            output: Any = {} if self.run.kind in ("retriever", "llm", "chat_model") else None
            if outputs is not None:
                output = output_v1(self.run.kind, outputs)
            self.put(END, "end", {**self._shown(inputs), "output": output})


class _Model(_Sink):
    """Tells of a run of a model."""

    __slots__ = ()

    def streamed(self, chunk: Any) -> Pressure | None:
        """Tell of a chunk."""
        return super().streamed(token_of(chunk))

    def teller(self) -> Callable[[Any], Pressure | None]:
        """Give `streamed`."""
        return self.streamed


class _Root(EventSink):
    """Tells of the root, whose chunks and end are told of by whoever runs it."""

    __slots__ = ("_output",)

    def begin(self, value: Any) -> None:
        """Tell of the start."""
        self.streams = self.results = False  # what it gives is told of and added up here
        self._output = Fold()
        self.put(START, "start", {"input": value})

    def chunks(self) -> Callable[[Any], Pressure | None] | None:
        """Give what tells of a chunk and adds it to the output, where either is wanted."""
        add = self._output.put
        tell = self.teller() if self.phases & STREAM else None
        if not self.phases & END:
            return tell

        def chunk(chunk: Any) -> Pressure | None:
            add(chunk)
            return None if tell is None else tell(chunk)

        return chunk

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """The run is over; its end is told of when its last chunk has been given."""
        self.leave()

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """The run is over."""
        self.leave()

    def finish(self, failure: BaseException | None) -> None:
        """Tell of the end; where it failed, only if errors are asked for."""
        self.leave()
        if failure is None:
            self.put(END, "end", {"output": self._output.value})
        elif self._watcher.options.on_error:
            self.put(ERROR, "error", {"error": failure})
