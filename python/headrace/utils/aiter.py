"""Async iterators."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import TypeVar

__all__ = ["abatch_iterate", "aclosing"]

_T = TypeVar("_T")


async def abatch_iterate(size: int | None, iterable: AsyncIterable[_T]) -> AsyncIterator[list[_T]]:
    """Yield the items in lists; async version of `headrace.utils.iter.batch_iterate`."""
    batch: list[_T] = []
    async for item in iterable:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
