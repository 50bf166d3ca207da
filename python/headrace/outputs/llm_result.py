"""The names that the reference keeps in one module."""

from headrace.outputs.results import LLMResult

__all__ = ["LLMResult"]
