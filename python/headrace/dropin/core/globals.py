"""Additions to `headrace.globals`."""

from __future__ import annotations

__all__ = ["get_debug", "set_debug"]

_debug = False


def set_debug(value: bool) -> None:
    """Set whether the events of every run are printed."""
    global _debug
    _debug = value


def get_debug() -> bool:
    """Return True if the events of every run are printed."""
    return _debug
