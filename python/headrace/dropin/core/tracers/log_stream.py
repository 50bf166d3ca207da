"""Additions to `headrace.tracers.log_stream`."""

from __future__ import annotations

from typing import Any

__all__ = ["LogStreamCallbackHandler"]


class LogStreamCallbackHandler:
    """LangChain's handler behind `astream_log`; headrace observes runs without it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Raise `NotImplementedError`."""
        raise NotImplementedError("call `astream_log` of the runnable to stream its log")
