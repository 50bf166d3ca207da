"""The record of a run, for tracers in an environment without the SDK of LangSmith."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from headrace.utils.uuid import uuid7

__all__ = ["Run"]


class Run(BaseModel):
    """The record of one run, with the fields of LangSmith's `RunTree`.

    Attributes:
        id: The id of the run.
        name: The name of the runnable.
        run_type: `chain`, `llm`, `chat_model`, `tool`, `retriever`, `prompt` or `parser`.
        start_time: The start time, in UTC.
        end_time: The end time, in UTC, if the run has ended.
        inputs: The input.
        outputs: The output.
        error: The error and its traceback, if the run failed.
        serialized: The serialized runnable.
        extra: Other data, such as the `metadata` and `invocation_params`.
        tags: Tags of the run.
        events: The start, first tokens, retries and end, with their times.
        parent_run_id: The id of the parent run, or None for a root.
        child_runs: The child runs, in the order of their start.
        trace_id: The id of the root run.
        dotted_order: The position in the trace: start times and ids from the root down.
        session_name: The name of the project.
        reference_example_id: The id of the example that the run is for.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="ignore")

    id: UUID = Field(default_factory=uuid7)
    name: str = "Unnamed"
    run_type: str = "chain"
    start_time: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    end_time: datetime | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, Any] | None = Field(default_factory=dict)
    error: str | None = None
    serialized: dict[str, Any] | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] | None = Field(default_factory=list)
    events: list[dict[str, Any]] = Field(default_factory=list)
    parent_run_id: UUID | None = None
    child_runs: list[Run] = Field(default_factory=list, exclude=True)
    trace_id: UUID | None = None
    dotted_order: str = ""
    session_name: str | None = None
    reference_example_id: UUID | None = None

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        serialized = values.get("serialized") or {}
        named = (
            values.get("name") or serialized.get("name") or serialized.get("id", ["Unnamed"])[-1]
        )
        return {**values, "name": named, "tags": values.get("tags") or []}

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata in `extra`."""
        metadata: dict[str, Any] = self.extra.setdefault("metadata", {})
        return metadata
