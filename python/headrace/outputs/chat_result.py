"""Re-exports under LangChain's module name."""

from headrace.outputs.results import ChatResult

__all__ = ["ChatResult"]
