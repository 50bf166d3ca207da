"""Records of indexed documents, and the stores that hold the documents."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from headrace.documents.base import Document
from headrace.retrievers import BaseRetriever
from headrace.utils.executor import run_in_executor

__all__ = [
    "DeleteResponse",
    "DocumentIndex",
    "InMemoryRecordManager",
    "RecordManager",
    "UpsertResponse",
]


class RecordManager(ABC):
    """Base class of stores that record which documents were indexed, from which source and when.

    Attributes:
        namespace: The namespace of the records.
    """

    def __init__(self, namespace: str) -> None:
        """Create a manager.

        Args:
            namespace: The namespace of the records.
        """
        self.namespace = namespace

    @abstractmethod
    def create_schema(self) -> None:
        """Create the tables, if the records lie in a database."""

    @abstractmethod
    async def acreate_schema(self) -> None:
        """Create the tables; see `create_schema`."""

    @abstractmethod
    def get_time(self) -> float:
        """Return the time of the store, which never goes backwards."""

    @abstractmethod
    async def aget_time(self) -> float:
        """Return the time of the store; see `get_time`."""

    @abstractmethod
    def update(
        self,
        keys: Sequence[str],
        *,
        group_ids: Sequence[str | None] | None = None,
        time_at_least: float | None = None,
    ) -> None:
        """Remember keys with the present time.

        Args:
            keys: The keys.
            group_ids: The source of each.
            time_at_least: A time that the store must have reached.
        """

    @abstractmethod
    async def aupdate(
        self,
        keys: Sequence[str],
        *,
        group_ids: Sequence[str | None] | None = None,
        time_at_least: float | None = None,
    ) -> None:
        """Remember keys; see `update`."""

    @abstractmethod
    def exists(self, keys: Sequence[str]) -> list[bool]:
        """Return, for each key, True if the store has a record of it."""

    @abstractmethod
    async def aexists(self, keys: Sequence[str]) -> list[bool]:
        """Return, for each key, True if the store has a record of it."""

    @abstractmethod
    def list_keys(
        self,
        *,
        before: float | None = None,
        after: float | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Return keys.

        Args:
            before: Only those that were updated before this time.
            after: Only those that were updated after this time.
            group_ids: Only those of these sources.
            limit: At most so many.
        """

    @abstractmethod
    async def alist_keys(
        self,
        *,
        before: float | None = None,
        after: float | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Return keys; see `list_keys`."""

    @abstractmethod
    def delete_keys(self, keys: Sequence[str]) -> None:
        """Delete the records of keys."""

    @abstractmethod
    async def adelete_keys(self, keys: Sequence[str]) -> None:
        """Delete the records of keys."""


class _Record(TypedDict):
    group_id: str | None
    updated_at: float


class InMemoryRecordManager(RecordManager):
    """Remembers documents for as long as the process lives.

    Attributes:
        records: The source and the time of each key.
    """

    def __init__(self, namespace: str) -> None:
        """Create an empty manager; see `RecordManager`."""
        super().__init__(namespace)
        self.records: dict[str, _Record] = {}

    def create_schema(self) -> None:
        """Do nothing: there are no tables."""

    async def acreate_schema(self) -> None:
        """Do nothing: there are no tables."""

    def get_time(self) -> float:
        """Return the time of this machine."""
        return time.time()

    async def aget_time(self) -> float:
        """Return the time of this machine."""
        return self.get_time()

    def update(
        self,
        keys: Sequence[str],
        *,
        group_ids: Sequence[str | None] | None = None,
        time_at_least: float | None = None,
    ) -> None:
        """Remember keys with the present time; see `RecordManager.update`.

        Raises:
            ValueError: If the numbers of sources and keys differ, or the clock is behind.
        """
        if group_ids and len(keys) != len(group_ids):
            raise ValueError("Length of keys must match length of group_ids")
        now = self.get_time()
        if time_at_least and time_at_least > now:
            raise ValueError("time_at_least must be in the past")
        for index, key in enumerate(keys):
            group = group_ids[index] if group_ids else None
            self.records[key] = {"group_id": group, "updated_at": now}

    async def aupdate(
        self,
        keys: Sequence[str],
        *,
        group_ids: Sequence[str | None] | None = None,
        time_at_least: float | None = None,
    ) -> None:
        """Remember keys; see `update`."""
        self.update(keys, group_ids=group_ids, time_at_least=time_at_least)

    def exists(self, keys: Sequence[str]) -> list[bool]:
        """Return, for each key, True if the store has a record of it."""
        return [key in self.records for key in keys]

    async def aexists(self, keys: Sequence[str]) -> list[bool]:
        """Return, for each key, True if the store has a record of it."""
        return self.exists(keys)

    def list_keys(
        self,
        *,
        before: float | None = None,
        after: float | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Return keys; see `RecordManager.list_keys`."""
        keys = [
            key
            for key, record in self.records.items()
            if not (before and record["updated_at"] >= before)
            and not (after and record["updated_at"] <= after)
            and not (group_ids and record["group_id"] not in group_ids)
        ]
        return keys[:limit] if limit else keys

    async def alist_keys(
        self,
        *,
        before: float | None = None,
        after: float | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Return keys; see `RecordManager.list_keys`."""
        return self.list_keys(before=before, after=after, group_ids=group_ids, limit=limit)

    def delete_keys(self, keys: Sequence[str]) -> None:
        """Delete the records of keys."""
        for key in keys:
            self.records.pop(key, None)

    async def adelete_keys(self, keys: Sequence[str]) -> None:
        """Delete the records of keys."""
        self.delete_keys(keys)


class UpsertResponse(TypedDict):
    """The ids of the stored documents and of those that failed."""

    succeeded: list[str]
    failed: list[str]


class DeleteResponse(TypedDict, total=False):
    """The number of deleted documents, their ids, and the ids of those that failed."""

    num_deleted: int
    succeeded: Sequence[str]
    failed: Sequence[str]
    num_failed: int


class DocumentIndex(BaseRetriever):
    """A retriever whose documents can be stored, deleted and looked up by id."""

    @abstractmethod
    def upsert(self, items: Sequence[Document], /, **kwargs: Any) -> UpsertResponse:
        """Store documents; those with the id of a stored one replace it."""

    async def aupsert(self, items: Sequence[Document], /, **kwargs: Any) -> UpsertResponse:
        """Store documents; see `upsert`."""
        return await run_in_executor(None, lambda: self.upsert(items, **kwargs))

    @abstractmethod
    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> DeleteResponse:
        """Delete documents by their ids."""

    async def adelete(self, ids: list[str] | None = None, **kwargs: Any) -> DeleteResponse:
        """Delete documents by their ids."""
        return await run_in_executor(None, lambda: self.delete(ids, **kwargs))

    @abstractmethod
    def get(self, ids: Sequence[str], /, **kwargs: Any) -> list[Document]:
        """Return documents by their ids; those that are not there are left out."""

    async def aget(self, ids: Sequence[str], /, **kwargs: Any) -> list[Document]:
        """Return documents by their ids."""
        return await run_in_executor(None, lambda: self.get(ids, **kwargs))
