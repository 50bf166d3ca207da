"""Additions to `headrace.utils.iter`."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

__all__ = ["NoLock", "Tee", "safetee", "tee_peer"]

T = TypeVar("T")


class NoLock(nullcontext[None]):
    """A lock that locks nothing."""

    def __init__(self) -> None:
        """Create it."""
        super().__init__(None)


def tee_peer(
    iterator: Iterator[T],
    buffer: deque[T],
    peers: list[deque[T]],
    lock: AbstractContextManager[Any],
) -> Generator[T, None, None]:
    """Yield the items of an iterator that several readers share.

    Args:
        iterator: The iterator; it is closed after the last reader.
        buffer: The items that this reader has not read yet.
        peers: The buffers of all readers.
        lock: Held while the next item is read from the iterator.

    Yields:
        The items.
    """
    try:
        while True:
            if not buffer:
                with lock:
                    if not buffer:
                        try:
                            item = next(iterator)
                        except StopIteration:
                            return
                        for peer in peers:
                            peer.append(item)
            yield buffer.popleft()
    finally:
        with lock:
            peers[:] = [peer for peer in peers if peer is not buffer]
            close = getattr(iterator, "close", None)
            if not peers and close is not None:
                close()


class Tee(Generic[T]):
    """Several readers of one iterator, each of which gets every item."""

    def __init__(
        self, iterable: Iterator[T], n: int = 2, *, lock: AbstractContextManager[Any] | None = None
    ) -> None:
        """Share an iterator.

        Args:
            iterable: The iterator.
            n: The number of readers.
            lock: Held while the next item is read from the iterator.
        """
        iterator = iter(iterable)
        buffers: list[deque[T]] = [deque() for _ in range(n)]
        self._readers = tuple(
            tee_peer(iterator, buffer, buffers, lock or NoLock()) for buffer in list(buffers)
        )

    def __len__(self) -> int:
        return len(self._readers)

    def __getitem__(self, item: Any) -> Any:
        return self._readers[item]

    def __iter__(self) -> Iterator[Iterator[T]]:
        return iter(self._readers)

    def __enter__(self) -> Tee[T]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all readers."""
        for reader in self._readers:
            reader.close()


safetee = Tee
