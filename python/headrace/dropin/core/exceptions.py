"""Additions to `headrace.exceptions`."""

from __future__ import annotations

from headrace.exceptions import HeadraceError

__all__ = ["TracerException"]


class TracerException(HeadraceError):
    """A tracer failed."""
