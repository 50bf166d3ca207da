"""Evaluation of runs against LangSmith, which is not a part of headrace."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["EvaluatorCallbackHandler", "wait_for_all_evaluators"]


class EvaluatorCallbackHandler:
    """Handler that evaluates runs with LangSmith; not supported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Raise `NotImplementedError`."""
        wait_for_all_evaluators()


def wait_for_all_evaluators() -> NoReturn:
    """Raise `NotImplementedError`."""
    raise NotImplementedError(
        "headrace does not evaluate runs; use `langsmith.evaluation` of the LangSmith SDK"
    )
