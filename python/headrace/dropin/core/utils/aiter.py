"""Additions to `headrace.utils.aiter`."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Generic, TypeVar

__all__ = ["NoLock", "Tee", "atee", "py_anext", "tee_peer"]

T = TypeVar("T")

_MISSING = object()


def py_anext(iterator: AsyncIterator[T], default: Any = _MISSING) -> Any:
    """Return an awaitable of the next item of an iterator, as the builtin `anext` does."""
    return anext(iterator) if default is _MISSING else anext(iterator, default)


class NoLock(nullcontext[None]):
    """A lock that locks nothing."""

    def __init__(self) -> None:
        """Create it."""
        super().__init__(None)


async def tee_peer(
    iterator: AsyncIterator[T],
    buffer: deque[T],
    peers: list[deque[T]],
    lock: AbstractAsyncContextManager[Any],
) -> AsyncGenerator[T, None]:
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
                async with lock:
                    if not buffer:
                        try:
                            item = await anext(iterator)
                        except StopAsyncIteration:
                            return
                        for peer in peers:
                            peer.append(item)
            yield buffer.popleft()
    finally:
        async with lock:
            peers[:] = [peer for peer in peers if peer is not buffer]
            aclose = getattr(iterator, "aclose", None)
            if not peers and aclose is not None:
                await aclose()


class Tee(Generic[T]):
    """Several readers of one async iterator, each of which gets every item."""

    def __init__(
        self,
        iterable: AsyncIterator[T],
        n: int = 2,
        *,
        lock: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """Share an iterator.

        Args:
            iterable: The iterator.
            n: The number of readers.
            lock: Held while the next item is read from the iterator.
        """
        iterator = aiter(iterable)
        buffers: list[deque[T]] = [deque() for _ in range(n)]
        self._readers = tuple(
            tee_peer(iterator, buffer, buffers, lock or NoLock()) for buffer in list(buffers)
        )

    def __len__(self) -> int:
        return len(self._readers)

    def __getitem__(self, item: Any) -> Any:
        return self._readers[item]

    def __iter__(self) -> Any:
        return iter(self._readers)

    async def __aenter__(self) -> Tee[T]:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all readers."""
        for reader in self._readers:
            await reader.aclose()


atee = Tee
