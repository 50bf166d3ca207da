"""The names that the reference keeps in one module."""

from headrace.outputs.results import RunInfo

__all__ = ["RunInfo"]
