"""The base class of tracers."""

from __future__ import annotations

from typing import Any

from headrace.callbacks.base import BaseCallbackHandler

__all__ = ["BaseTracer"]


class BaseTracer(BaseCallbackHandler):
    """A handler that records whole runs, which headrace does not have yet.

    LangGraph asks of each handler whether it is one; `RunRecorder` is what headrace records with.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: headrace has no tracers of LangChain's kind; "
            "record runs with headrace.callbacks.RunRecorder"
        )
