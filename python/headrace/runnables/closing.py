"""Closing iterators, even if closing one of them fails."""

from __future__ import annotations

from typing import Any

__all__ = ["aclose_all", "close_all"]


def close_all(*iterators: Any) -> None:
    """Close each iterator that has `close`, even if closing an earlier one fails."""
    rest = iter(iterators)
    for iterator in rest:
        close = getattr(iterator, "close", None)
        if close is not None:
            try:
                close()
            except BaseException:
                close_all(*rest)
                raise


async def aclose_all(*iterators: Any) -> None:
    """Close each iterator that has `aclose`, even if closing an earlier one fails."""
    rest = iter(iterators)
    for iterator in rest:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            try:
                await aclose()
            except BaseException:
                await aclose_all(*rest)
                raise
