"""Re-exports under LangChain's module name."""

from headrace.outputs.results import RunInfo

__all__ = ["RunInfo"]
