"""Records of runs: what happened in them, as a tree."""

from __future__ import annotations

import traceback
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from headrace.callbacks.observer import Run, RunObserver, RunSink

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["RunRecord", "RunRecorder"]


class RunRecord:
    """The record of one run.

    Attributes:
        id: The id of the run.
        parent_run_id: The id of the parent run.
        name: The name of the runnable.
        run_type: The kind of the run.
        tags: Tags of the run.
        metadata: Metadata of the run.
        inputs: The input; `{"input": ...}` if it is not a dictionary.
        outputs: The output, after the end; `{"output": ...}` if it is not a dictionary.
        error: The error and its traceback, if the run failed.
        start_time: The start time, in UTC.
        end_time: The end time, in UTC.
        child_runs: The child runs, in the order of their start.
    """

    __slots__ = (
        "child_runs",
        "end_time",
        "error",
        "id",
        "inputs",
        "metadata",
        "name",
        "outputs",
        "parent_run_id",
        "run_type",
        "start_time",
        "tags",
    )

    def __init__(self, run: Run, inputs: Any) -> None:
        self.id: UUID = run.id
        self.parent_run_id: UUID | None = run.parent_id
        self.name = run.name
        self.run_type = run.kind
        self.tags = run.tags
        self.metadata = run.metadata
        self.inputs: dict[str, Any] = _as_dictionary("input", inputs)
        self.outputs: dict[str, Any] | None = None
        self.error: str | None = None
        self.start_time = datetime.now(timezone.utc)
        self.end_time: datetime | None = None
        self.child_runs: list[RunRecord] = []

    def __repr__(self) -> str:
        return f"RunRecord({self.name!r}, run_type={self.run_type!r}, id={self.id})"


def _as_dictionary(key: str, value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {key: value}


class _RecordSink(RunSink):
    """Completes the record of one run."""

    __slots__ = ("_record",)

    streams = False

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Record the output."""
        self._record.end_time = datetime.now(timezone.utc)
        self._record.outputs = _as_dictionary("output", outputs)
        if inputs is not None:
            self._record.inputs = _as_dictionary("input", inputs)

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Record the failure."""
        self._record.end_time = datetime.now(timezone.utc)
        where = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self._record.error = f"{error!r}{where}"
        if inputs is not None:
            self._record.inputs = _as_dictionary("input", inputs)


class RunRecorder(RunObserver):
    """Observer that records runs as trees.

    Attributes:
        records: The record of each run, keyed by run id.
        roots: The records of the runs whose parent was not observed, in the order of their
            start.
    """

    watches_streams = False

    def __init__(self) -> None:
        self.records: dict[UUID, RunRecord] = {}
        self.roots: list[RunRecord] = []

    def run_started(self, run: Run, inputs: Any) -> RunSink:
        """Record a run that starts."""
        record = RunRecord(run, inputs)
        self.records[run.id] = record
        parent = None if run.parent_id is None else self.records.get(run.parent_id)
        (self.roots if parent is None else parent.child_runs).append(record)
        return _RecordSink(record)
