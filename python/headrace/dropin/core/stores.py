"""Stores of values by keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Generic, TypeVar

from headrace.exceptions import HeadraceError
from headrace.utils.executor import run_in_executor

__all__ = [
    "BaseStore",
    "ByteStore",
    "InMemoryBaseStore",
    "InMemoryByteStore",
    "InMemoryStore",
    "InvalidKeyException",
    "K",
    "V",
]

K = TypeVar("K")
V = TypeVar("V")

_END = object()


class BaseStore(ABC, Generic[K, V]):
    """Base class of key-value stores with batch operations.

    A subclass defines `mget`, `mset`, `mdelete` and `yield_keys`; the async methods call them in a
    thread.
    """

    @abstractmethod
    def mget(self, keys: Sequence[K]) -> list[V | None]:
        """Return the value of each key, None for a key that is not there."""

    async def amget(self, keys: Sequence[K]) -> list[V | None]:
        """Return the value of each key; see `mget`."""
        return await run_in_executor(None, self.mget, keys)

    @abstractmethod
    def mset(self, key_value_pairs: Sequence[tuple[K, V]]) -> None:
        """Set the values of keys."""

    async def amset(self, key_value_pairs: Sequence[tuple[K, V]]) -> None:
        """Set the values of keys; see `mset`."""
        await run_in_executor(None, self.mset, key_value_pairs)

    @abstractmethod
    def mdelete(self, keys: Sequence[K]) -> None:
        """Delete keys; those that are not there are skipped."""

    async def amdelete(self, keys: Sequence[K]) -> None:
        """Delete keys; see `mdelete`."""
        await run_in_executor(None, self.mdelete, keys)

    @abstractmethod
    def yield_keys(self, *, prefix: str | None = None) -> Iterator[K] | Iterator[str]:
        """Yield the keys that start with a prefix."""

    async def ayield_keys(
        self, *, prefix: str | None = None
    ) -> AsyncIterator[K] | AsyncIterator[str]:
        """Yield the keys that start with a prefix; see `yield_keys`."""
        keys: Any = await run_in_executor(None, lambda: self.yield_keys(prefix=prefix))
        while (key := await run_in_executor(None, next, keys, _END)) is not _END:
            yield key  # type: ignore[misc]


ByteStore = BaseStore[str, bytes]


class InMemoryBaseStore(BaseStore[str, V]):
    """Base class of stores that keep values in a dictionary.

    Attributes:
        store: The dictionary.
    """

    def __init__(self) -> None:
        """Create an empty store."""
        self.store: dict[str, V] = {}

    def mget(self, keys: Sequence[str]) -> list[V | None]:
        """Return the value of each key, None for a key that is not there."""
        return [self.store.get(key) for key in keys]

    async def amget(self, keys: Sequence[str]) -> list[V | None]:
        """Return the value of each key, None for a key that is not there."""
        return self.mget(keys)

    def mset(self, key_value_pairs: Sequence[tuple[str, V]]) -> None:
        """Set the values of keys."""
        self.store.update(key_value_pairs)

    async def amset(self, key_value_pairs: Sequence[tuple[str, V]]) -> None:
        """Set the values of keys."""
        self.mset(key_value_pairs)

    def mdelete(self, keys: Sequence[str]) -> None:
        """Delete keys; those that are not there are skipped."""
        for key in keys:
            self.store.pop(key, None)

    async def amdelete(self, keys: Sequence[str]) -> None:
        """Delete keys; those that are not there are skipped."""
        self.mdelete(keys)

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        """Yield the keys that start with a prefix."""
        yield from (key for key in self.store if key.startswith(prefix or ""))

    async def ayield_keys(self, *, prefix: str | None = None) -> AsyncIterator[str]:
        """Yield the keys that start with a prefix."""
        for key in self.yield_keys(prefix=prefix):
            yield key


class InMemoryStore(InMemoryBaseStore[Any]):
    """In-memory store for any type of value."""


class InMemoryByteStore(InMemoryBaseStore[bytes]):
    """In-memory store for bytes."""


class InvalidKeyException(HeadraceError):
    """A key that a store does not accept."""
