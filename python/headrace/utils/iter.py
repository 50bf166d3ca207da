"""Iterators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["batch_iterate"]

_T = TypeVar("_T")


def batch_iterate(size: int | None, iterable: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield the items in lists.

    Args:
        size: The length of each list but the last; None for one list of all items.
        iterable: The items.

    Yields:
        The lists, which are never empty.
    """
    items = iter(iterable)
    while batch := list(islice(items, size)):
        yield batch
