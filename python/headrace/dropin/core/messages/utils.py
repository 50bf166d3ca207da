"""Additions to `headrace.messages.utils`."""

from headrace.messages.union import _get_type

__all__ = ["_get_type"]
