"""Iterators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["batch_iterate"]

_T = TypeVar("_T")


def batch_iterate(size: int | None, iterable: Iterable[_T]) -> Iterator[list[_T]]:
    """Give the items in lists.

    Args:
        size: How many items a list has, the last apart; None for all in one.
        iterable: The items.

    Yields:
        The lists, none of which is empty.
    """
    items = iter(iterable)
    while batch := list(islice(items, size)):
        yield batch
