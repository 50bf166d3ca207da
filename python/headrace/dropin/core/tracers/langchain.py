"""The tracer that posts runs to LangSmith."""

from headrace.dropin.core.tracers.base import BaseTracer

__all__ = ["LangChainTracer"]


class LangChainTracer(BaseTracer):
    """A tracer that posts runs to LangSmith."""
