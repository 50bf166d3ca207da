"""The source of a stream: one input, as a stream of one chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

__all__ = ["only"]

T = TypeVar("T")


async def only(value: T) -> AsyncIterator[T]:
    """Yield one value."""
    yield value
