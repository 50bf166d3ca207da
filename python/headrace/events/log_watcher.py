"""`LogWatcher`: creates the log of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, ClassVar
from uuid import UUID

from headrace.callbacks.observer import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.log import LogEntry, RunLogPatch, RunState
from headrace.events.options import Options
from headrace.events.patch import diff, pointer
from headrace.events.results import output_of_log, token_of
from headrace.events.watcher import Watcher

__all__ = ["LogWatcher"]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class LogWatcher(Watcher[RunLogPatch]):
    """A watcher that puts a log patch into a buffer for each step of a run."""

    def __init__(
        self,
        buffer: Buffer[RunLogPatch],
        options: Options,
        root_id: UUID,
        with_streamed_output_list: bool,
    ) -> None:
        """Initialize the watcher.

        Args:
            buffer: Receives the patches.
            options: Select the child runs in the log.
            root_id: The id of the root run.
            with_streamed_output_list: If true, the log contains the chunks of the root in addition
                to their sum.
        """
        super().__init__(buffer, options, root_id)
        self._with_list = with_streamed_output_list
        self._counts: defaultdict[str, int] = defaultdict(int)

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Start the log."""
        state = RunState(
            id=run_id,
            streamed_output=[],
            final_output=None,
            logs={},
            name=run.name,
            type=_type(run.kind),
        )
        self.buffer.put(RunLogPatch({"op": "replace", "path": "", "value": state}))
        return self.excluded_sink(run.id)

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Start an entry."""
        self._counts[run.name] += 1
        count = self._counts[run.name]
        path = pointer("logs", run.name if count == 1 else f"{run.name}:{count}")
        entry = LogEntry(
            id=run_id,
            name=run.name,
            type=_type(run.kind),
            tags=run.tags,
            metadata=run.metadata,
            start_time=_now(),
            streamed_output=[],
            streamed_output_str=[],
            final_output=None,
            end_time=None,
        )
        self.buffer.put(RunLogPatch({"op": "add", "path": path, "value": entry}))
        kind = _ModelSink if run.kind in ("chat_model", "llm") else _LogSink
        return kind(self, run, path)

    def kind(self, run: Run) -> str:
        """Return the type of a run that filters apply to."""
        return _type(run.kind)

    def root_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return a function that adds a chunk of the root and its change of the sum."""
        with_list, emit = self._with_list, self.patch_emitter()
        chunk_op, sum_op = _op("add", "/streamed_output/-"), _op("replace", "/final_output")
        total: Any = None

        def receive(chunk: Any) -> Pressure | None:
            nonlocal total
            before, ops = total, []
            if with_list:
                op = chunk_op()
                op["value"] = chunk
                ops.append(op)
            if chunk and type(chunk) is str and type(before) is str:
                op = sum_op()
                op["value"] = total = before + chunk
                ops.append(op)
            else:
                before, total = _add_chunk(before, chunk)
                ops += diff(before, total, "/final_output")
            return emit(ops)

        return receive

    def patch_emitter(self) -> Callable[[list[dict[str, Any]]], Pressure | None]:
        """Return a function that puts a patch of streamed output into the buffer."""
        buffer = self.buffer
        pending, new = buffer.pending, RunLogPatch.__new__
        put = pending.append

        def emit(ops: list[dict[str, Any]]) -> Pressure | None:
            patch = new(RunLogPatch)
            patch.ops = ops
            if len(pending) < buffer.limit:
                put(patch)
                if buffer.waiting is not None:
                    buffer.wake()
                return None
            if buffer.is_abandoned():
                return None
            buffer.put(patch)
            return buffer

        return emit


def _op(name: str, path: str) -> Callable[[], dict[str, Any]]:
    """Return a factory of operations without a value; copying costs half of a new dict."""
    return {"op": name, "path": path, "value": None}.copy


def _add_chunk(before: Any, chunk: Any) -> tuple[Any, Any]:
    """Add a chunk to the sum and return the changed sum and its snapshot."""
    if before is None:
        return None, chunk
    try:
        return before, before + chunk
    except TypeError:
        return None, chunk


def _type(kind: str) -> str:
    """Return the type of a run in the log, in which chat models are `llm`."""
    return "llm" if kind == "chat_model" else kind


class _LogSink(RunSink):
    """A sink that completes an entry."""

    __slots__ = ("_log", "_path", "_receive", "_run")

    inputs: ClassVar[bool] = False

    def __init__(self, log: LogWatcher, run: Run, path: str) -> None:
        self._log = log
        self._run = run
        self._path = path
        self._receive = self.chunk_receiver()

    def streamed(self, chunk: Any) -> Pressure | None:
        """Add a chunk to the entry."""
        return self._receive(chunk)

    def chunk_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return a fast equivalent of `streamed`."""
        emit = self._log.patch_emitter()
        chunk_op = _op("add", f"{self._path}/streamed_output/-")

        def receive(chunk: Any) -> Pressure | None:
            op = chunk_op()
            op["value"] = chunk
            return emit([op])

        return receive

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Add the output and the end time."""
        self._end(output_of_log(self._run.kind, outputs))

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Add the end time, and the partial output of a model."""
        self._end({} if outputs is None else output_of_log(self._run.kind, outputs))

    def _end(self, output: Any) -> None:
        self._log.forget(self._run.id)
        self._log.buffer.put(
            RunLogPatch(
                {"op": "add", "path": f"{self._path}/final_output", "value": output},
                {"op": "add", "path": f"{self._path}/end_time", "value": _now()},
            )
        )


class _ModelSink(_LogSink):
    """A sink that completes the entry of a model."""

    __slots__ = ()

    def chunk_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return a function that adds a token and its chunk."""
        emit = self._log.patch_emitter()
        token_op = _op("add", f"{self._path}/streamed_output_str/-")
        chunk_op = _op("add", f"{self._path}/streamed_output/-")

        def receive(chunk: Any) -> Pressure | None:
            token, whole = token_op(), chunk_op()
            part = whole["value"] = token_of(chunk)
            token["value"] = getattr(part, "content", part)
            return emit([token, whole])

        return receive
