"""`Run`, the record of a run that tracers keep."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

__all__ = ["Run"]

if TYPE_CHECKING or find_spec("langsmith") is None:
    from headrace.tracers.run import Run
else:
    # The class of the SDK, which can post itself.
    from langsmith import RunTree as Run


def run_copy(run: Any) -> Any:
    """Return a shallow copy of a run."""
    return run.model_copy()
