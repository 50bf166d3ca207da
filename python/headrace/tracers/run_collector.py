"""`RunCollectorCallbackHandler`: a tracer that keeps the trees of runs in a list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from headrace.tracers.base import BaseTracer
from headrace.tracers.schemas import Run

__all__ = ["RunCollectorCallbackHandler"]


class RunCollectorCallbackHandler(BaseTracer):
    """Tracer that keeps the trees of runs in a list.

    Attributes:
        traced_runs: The root runs that have ended, with their `child_runs`.
    """

    name: str = "run-collector_callback_handler"

    def __init__(self, example_id: UUID | str | None = None, **kwargs: Any) -> None:
        """Create a collector.

        Args:
            example_id: The id of the example that the runs are for.
            **kwargs: Passed to `BaseTracer`.
        """
        super().__init__(**kwargs)
        self.example_id = UUID(example_id) if isinstance(example_id, str) else example_id
        self.traced_runs: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        kept = run.model_copy()
        kept.reference_example_id = self.example_id
        self.traced_runs.append(kept)
