"""Additions to `headrace.globals`."""

from __future__ import annotations

__all__ = ["get_debug", "set_debug"]

_debug = False


def set_debug(value: bool) -> None:
    """Set whether every run is printed as it happens."""
    global _debug
    _debug = value


def get_debug() -> bool:
    """Return whether every run is printed as it happens."""
    return _debug
