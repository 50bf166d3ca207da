"""Messages as events of content blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["message_to_events"]


def message_to_events(message: Any, *, message_id: str | None = None) -> Iterator[Any]:
    """Refuse: headrace does not have these events yet."""
    raise NotImplementedError("headrace has no content-block events (version 3 of the events)")
