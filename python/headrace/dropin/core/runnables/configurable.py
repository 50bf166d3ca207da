"""Additions to `headrace.runnables.configurable`."""

from enum import Enum

__all__ = ["StrEnum"]


class StrEnum(str, Enum):
    """An enumeration whose members are text."""
