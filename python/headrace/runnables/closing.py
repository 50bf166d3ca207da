"""Closing iterators: all of them, also where one fails."""

from __future__ import annotations

from typing import Any

__all__ = ["aclose_all", "close_all"]


def close_all(*iterators: Any) -> None:
    """Close each iterator that can be closed, also where closing an earlier one fails."""
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
    """Close each async iterator that can be closed, also where closing an earlier one fails."""
    rest = iter(iterators)
    for iterator in rest:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            try:
                await aclose()
            except BaseException:
                await aclose_all(*rest)
                raise
