"""Making the log of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, ClassVar
from uuid import UUID

from headrace.callbacks.run import Pressure, Run, RunSink
from headrace.events.buffer import Buffer
from headrace.events.log import LogEntry, RunLogPatch, RunState
from headrace.events.options import Options
from headrace.events.patch import diff, pointer
from headrace.events.results import output_of_log, token_of
from headrace.events.watcher import Watcher

__all__ = ["LogWatcher"]

_new = RunLogPatch.__new__


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class LogWatcher(Watcher[RunLogPatch]):
    """Puts a patch of the log into a buffer for all that happens."""

    def __init__(
        self,
        buffer: Buffer[RunLogPatch],
        options: Options,
        root_id: UUID,
        with_streamed_output_list: bool,
    ) -> None:
        """Make a log.

        Args:
            buffer: Where the patches are put.
            options: Which runs below the root are in it.
            root_id: The root.
            with_streamed_output_list: Whether the root's chunks are in it, besides their sum.
        """
        super().__init__(buffer, options, root_id)
        self._with_list = with_streamed_output_list
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._sum: Any = None

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Begin the log."""
        state = RunState(
            id=run_id,
            streamed_output=[],
            final_output=None,
            logs={},
            name=run.name,
            type=_type(run.kind),
        )
        self.buffer.put(RunLogPatch({"op": "replace", "path": "", "value": state}))
        return self.unwatched(run.id)

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Begin an entry."""
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
        kind = _ModelSink if run.kind in ("chat_model", "llm") else _Sink
        return kind(self, run, path)

    def kind(self, run: Run) -> str:
        """Give the kind of a run as it is filtered by."""
        return _type(run.kind)

    def root_teller(self) -> Callable[[Any], Pressure | None]:
        """Give what adds a chunk of the root, and what it changes in the sum."""
        with_list, give = self._with_list, self.give

        def tell(chunk: Any) -> Pressure | None:
            ops: list[dict[str, Any]] = []
            if with_list:
                ops.append({"op": "add", "path": "/streamed_output/-", "value": chunk})
            before = self._sum
            if type(chunk) is str and type(before) is str:
                self._sum = before + chunk
                if chunk:
                    ops.append({"op": "replace", "path": "/final_output", "value": self._sum})
            else:
                ops += self._added(before, chunk)
            return give(ops)

        return tell

    def _added(self, before: Any, chunk: Any) -> list[dict[str, Any]]:
        """Add a chunk to the sum; give what that changes."""
        if before is None:
            self._sum = chunk
        else:
            try:
                self._sum = before + chunk
            except TypeError:
                before, self._sum = None, chunk
        return diff(before, self._sum, "/final_output")

    def give(self, ops: list[dict[str, Any]]) -> Pressure | None:
        """Put a patch of what was streamed."""
        patch = _new(RunLogPatch)
        patch.ops = ops
        buffer = self.buffer
        pending = buffer.pending
        if len(pending) < buffer.limit:
            pending.append(patch)
            if buffer.waiting is not None:
                buffer.wake()
            return None
        if buffer.refused():
            return None
        buffer.put(patch)
        return buffer


def _type(kind: str) -> str:
    """Give the kind of a run as the log has it: it does not know chat models from others."""
    return "llm" if kind == "chat_model" else kind


class _Sink(RunSink):
    """Completes an entry."""

    __slots__ = ("_chunks", "_log", "_path", "_run")

    inputs: ClassVar[bool] = False

    def __init__(self, log: LogWatcher, run: Run, path: str) -> None:
        self._log = log
        self._run = run
        self._path = path
        self._chunks = f"{path}/streamed_output/-"

    def streamed(self, chunk: Any) -> Pressure | None:
        """Add a chunk."""
        return self._log.give([{"op": "add", "path": self._chunks, "value": chunk}])

    def teller(self) -> Callable[[Any], Pressure | None]:
        """Give what does the same as `streamed`."""
        give, path = self._log.give, self._chunks
        return lambda chunk: give([{"op": "add", "path": path, "value": chunk}])

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Add the output and the time."""
        self._end(output_of_log(self._run.kind, outputs))

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Add the time, and what a model had given."""
        self._end({} if outputs is None else output_of_log(self._run.kind, outputs))

    def _end(self, output: Any) -> None:
        self._log.forget(self._run.id)
        self._log.buffer.put(
            RunLogPatch(
                {"op": "add", "path": f"{self._path}/final_output", "value": output},
                {"op": "add", "path": f"{self._path}/end_time", "value": _now()},
            )
        )


class _ModelSink(_Sink):
    """Completes the entry of a model."""

    __slots__ = ("_tokens",)

    def __init__(self, log: LogWatcher, run: Run, path: str) -> None:
        super().__init__(log, run, path)
        self._tokens = f"{path}/streamed_output_str/-"

    def streamed(self, chunk: Any) -> Pressure | None:
        """Add a token, and the chunk it came in."""
        part = token_of(chunk)
        return self._log.give(
            [
                {"op": "add", "path": self._tokens, "value": getattr(part, "content", part)},
                {"op": "add", "path": self._chunks, "value": part},
            ]
        )

    def teller(self) -> Callable[[Any], Pressure | None]:
        """Give `streamed`."""
        return self.streamed
