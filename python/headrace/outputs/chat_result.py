"""The names that the reference keeps in one module."""

from headrace.outputs.results import ChatResult

__all__ = ["ChatResult"]
