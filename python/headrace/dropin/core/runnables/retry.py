"""Additions to `headrace.runnables.retry`."""

from typing import TypeVar

__all__ = ["U"]

U = TypeVar("U")
