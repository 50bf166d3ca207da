"""Re-exports under LangChain's module name."""

from headrace.outputs.results import LLMResult

__all__ = ["LLMResult"]
