"""Indexing of documents: stores only new and changed documents, deletes stale ones."""

from __future__ import annotations

import hashlib
import json
import uuid
import warnings
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Literal, TypeVar

from typing_extensions import TypedDict

from headrace.documents.base import Document
from headrace.dropin.core.document_loaders.base import BaseLoader
from headrace.dropin.core.indexing.base import DocumentIndex, RecordManager
from headrace.exceptions import HeadraceError
from headrace.vectorstores import VectorStore

__all__ = ["IndexingException", "IndexingResult", "_abatch", "_batch", "aindex", "index"]

T = TypeVar("T")
Cleanup = Literal["incremental", "full", "scoped_full"] | None
Algorithm = Literal["sha1", "sha256", "sha512", "blake2b"]
KeyEncoder = Algorithm | Callable[[Document], str]

_NAMESPACE = uuid.UUID(int=1984)
_SOURCES = ("incremental", "scoped_full")


class IndexingException(HeadraceError):
    """Error for a store that did not delete the requested documents."""


class IndexingResult(TypedDict):
    """The numbers of added, updated, deleted and skipped documents."""

    num_added: int
    num_updated: int
    num_deleted: int
    num_skipped: int


class _HashedDocument:
    """A class of older versions, of which there is nothing left."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "_HashedDocument was an internal class that langchain-core 0.3.63 took away"
        )


__all__ += ["_HashedDocument"]


def _batch(size: int, iterable: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of a size.

    Raises:
        ValueError: If the size is not positive.
    """
    if size <= 0:
        raise ValueError(f"Batch size must be a positive integer, got {size}.")
    items = iter(iterable)
    while batch := list(islice(items, size)):
        yield batch


async def _abatch(size: int, iterable: AsyncIterable[T]) -> AsyncIterator[list[T]]:
    """Yield the items in lists of a size; see `_batch`."""
    if size <= 0:
        raise ValueError(f"Batch size must be a positive integer, got {size}.")
    batch: list[T] = []
    async for item in iterable:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _digest(text: str, algorithm: Algorithm) -> str:
    data = text.encode("utf-8")
    if algorithm == "sha1":
        return str(uuid.uuid5(_NAMESPACE, hashlib.sha1(data, usedforsecurity=False).hexdigest()))
    if algorithm not in ("sha256", "sha512", "blake2b"):
        raise ValueError(f"Unsupported hashing algorithm: {algorithm}")
    return hashlib.new(algorithm, data).hexdigest()


def _keyed(document: Document, encoder: KeyEncoder) -> Document:
    """Return the document with the key of its content and metadata as its id."""
    if callable(encoder):
        key = encoder(document)
    else:
        try:
            metadata = json.dumps(dict(document.metadata or {}), sort_keys=True)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Failed to hash metadata: {error}. Please use a dict that can be serialized "
                "using json."
            ) from error
        parts = _digest(document.page_content, encoder) + _digest(metadata, encoder)
        key = _digest(parts, encoder)
    return Document(id=key, page_content=document.page_content, metadata=document.metadata)


class _Indexing:
    """The state of a run of `index` or `aindex`, and the decisions that both share."""

    def __init__(
        self,
        record_manager: RecordManager,
        store: VectorStore | DocumentIndex,
        cleanup: Cleanup,
        source_id_key: str | Callable[[Document], str] | None,
        force_update: bool,
        key_encoder: KeyEncoder,
        deletes: tuple[str, ...],
    ) -> None:
        if cleanup not in (*_SOURCES, "full", None):
            raise ValueError(
                "cleanup should be one of 'incremental', 'full', 'scoped_full' or None. "
                f"Got {cleanup}."
            )
        if cleanup in _SOURCES and source_id_key is None:
            raise ValueError(
                "Source id key is required when cleanup mode is incremental or scoped_full."
            )
        if not (source_id_key is None or isinstance(source_id_key, str) or callable(source_id_key)):
            raise ValueError(
                "source_id_key should be either None, a string or a callable. "
                f"Got {source_id_key} of type {type(source_id_key)}."
            )
        if not isinstance(store, (VectorStore, DocumentIndex)):
            raise TypeError(
                f"Vectorstore should be either a VectorStore or a DocumentIndex. Got {type(store)}."
            )
        if isinstance(store, VectorStore) and all(
            getattr(type(store), name) is getattr(VectorStore, name) for name in deletes
        ):
            raise ValueError(f"Vectorstore has not implemented the {deletes[0]} method")
        if key_encoder == "sha1":
            warnings.warn(
                "Using SHA-1 for document hashing. SHA-1 is *not* collision-resistant. If this "
                "matters to you, pass a stronger `key_encoder` such as 'sha256'.",
                UserWarning,
                stacklevel=3,
            )
        self.records = record_manager
        self.store = store
        self.cleanup = cleanup
        self.source = source_id_key
        self.force = force_update
        self.encoder = key_encoder
        self.sources: set[str] = set()
        self.result: IndexingResult = {
            "num_added": 0,
            "num_updated": 0,
            "num_skipped": 0,
            "num_deleted": 0,
        }

    def keyed(self, batch: list[Document]) -> dict[str, Document]:
        """Return the documents of a batch by their keys, each once."""
        documents: dict[str, Document] = {}
        for document in batch:
            one = _keyed(document, self.encoder)
            documents.setdefault(str(one.id), one)
        self.result["num_skipped"] += len(batch) - len(documents)
        return documents

    def sources_of(self, documents: dict[str, Document]) -> list[str | None]:
        """Return the source of each document."""
        found: list[str | None] = []
        for document in documents.values():
            if self.source is None:
                source = None
            elif callable(self.source):
                source = self.source(document)
            else:
                source = document.metadata[self.source]
            if source is None and self.cleanup in _SOURCES:
                raise ValueError(
                    "Source IDs are required when cleanup mode is incremental or scoped_full. "
                    f"Document that starts with content: {document.page_content[:100]} was not "
                    "assigned as source id."
                )
            if source is not None and self.cleanup == "scoped_full":
                self.sources.add(source)
            found.append(source)
        return found

    def changed(
        self, documents: dict[str, Document], known: list[bool]
    ) -> tuple[dict[str, Document], list[str]]:
        """Return the documents to store, and the keys of those that are there already."""
        there = {key for key, one in zip(documents, known, strict=True) if one}
        if self.force:
            self.result["num_updated"] += len(there)
            self.result["num_added"] += len(documents) - len(there)
            return documents, []
        new = {key: document for key, document in documents.items() if key not in there}
        self.result["num_added"] += len(new)
        self.result["num_skipped"] += len(there)
        return new, [key for key in documents if key in there]

    def stale(self) -> list[str] | Literal[False] | None:
        """Return the sources to clean up at the end; None for all, False for no cleaning."""
        if self.cleanup == "full":
            return None
        return list(self.sources) if self.cleanup == "scoped_full" and self.sources else False

    def check_deleted(self, answer: Any) -> None:
        """Check the response of a store after a deletion.

        Raises:
            IndexingException: If it did not delete.
        """
        kind = "VectorStore" if isinstance(self.store, VectorStore) else "DocumentIndex"
        failed = answer is False or (isinstance(answer, dict) and answer.get("num_failed", 0) > 0)
        if failed:
            raise IndexingException(f"The delete operation to {kind} failed.")


def index(
    docs_source: BaseLoader | Iterable[Document],
    record_manager: RecordManager,
    vector_store: VectorStore | DocumentIndex,
    *,
    batch_size: int = 100,
    cleanup: Cleanup = None,
    source_id_key: str | Callable[[Document], str] | None = None,
    cleanup_batch_size: int = 1000,
    force_update: bool = False,
    key_encoder: KeyEncoder = "sha1",
    upsert_kwargs: dict[str, Any] | None = None,
) -> IndexingResult:
    """Store new documents, and delete those that no longer exist.

    Args:
        docs_source: The documents, or their loader.
        record_manager: Keeps records of the indexed documents.
        vector_store: The store for the documents.
        batch_size: The number of documents in a batch.
        cleanup: The documents to delete: `incremental`, older documents of each batch's sources,
            after each batch; `scoped_full`, older documents of all sources seen, at the end;
            `full`, all documents not seen, at the end; None, no documents.
        source_id_key: The key of the metadata that names a document's source, or a function.
        cleanup_batch_size: The number of documents to delete at a time.
        force_update: If true, documents that exist already are stored again.
        key_encoder: The source of a document's key: the name of a hash, or a function.
        upsert_kwargs: More arguments for storing.

    Returns:
        The numbers of added, updated, deleted and skipped documents.

    Raises:
        ValueError: If the arguments contradict each other or a document has no source.
        TypeError: If the store is not one.
    """
    run = _Indexing(
        record_manager,
        vector_store,
        cleanup,
        source_id_key,
        force_update,
        key_encoder,
        ("delete",),
    )
    start = record_manager.get_time()
    extra = upsert_kwargs or {}

    def clean(sources: Any) -> None:
        while keys := record_manager.list_keys(
            group_ids=sources, before=start, limit=cleanup_batch_size
        ):
            run.check_deleted(vector_store.delete(keys))
            record_manager.delete_keys(keys)
            run.result["num_deleted"] += len(keys)

    documents = docs_source.lazy_load() if isinstance(docs_source, BaseLoader) else docs_source
    for batch in _batch(batch_size, documents):
        keyed = run.keyed(batch)
        sources = run.sources_of(keyed)
        new, there = run.changed(keyed, record_manager.exists(list(keyed)))
        if there:
            record_manager.update(there, time_at_least=start)
        if new and isinstance(vector_store, VectorStore):
            vector_store.add_documents(
                list(new.values()), ids=list(new), batch_size=batch_size, **extra
            )
        elif new:
            vector_store.upsert(list(new.values()), **extra)  # type: ignore[union-attr]
        # Only now: a document with a record that was not stored would never be stored.
        record_manager.update(list(keyed), group_ids=sources, time_at_least=start)
        if cleanup == "incremental":
            clean(sources)
    stale = run.stale()
    if stale is not False:
        clean(stale)
    return run.result


async def _each(source: Any) -> AsyncIterator[Document]:
    if isinstance(source, BaseLoader):
        source = source.alazy_load()
    if hasattr(source, "__aiter__"):
        async for document in source:
            yield document
    else:
        for document in source:
            yield document


async def aindex(
    docs_source: BaseLoader | Iterable[Document] | AsyncIterator[Document],
    record_manager: RecordManager,
    vector_store: VectorStore | DocumentIndex,
    *,
    batch_size: int = 100,
    cleanup: Cleanup = None,
    source_id_key: str | Callable[[Document], str] | None = None,
    cleanup_batch_size: int = 1000,
    force_update: bool = False,
    key_encoder: KeyEncoder = "sha1",
    upsert_kwargs: dict[str, Any] | None = None,
) -> IndexingResult:
    """Store the documents that are new, and delete those that are gone; see `index`."""
    run = _Indexing(
        record_manager,
        vector_store,
        cleanup,
        source_id_key,
        force_update,
        key_encoder,
        ("adelete", "delete"),
    )
    start = await record_manager.aget_time()
    extra = upsert_kwargs or {}

    async def clean(sources: Any) -> None:
        while keys := await record_manager.alist_keys(
            group_ids=sources, before=start, limit=cleanup_batch_size
        ):
            run.check_deleted(await vector_store.adelete(keys))
            await record_manager.adelete_keys(keys)
            run.result["num_deleted"] += len(keys)

    async for batch in _abatch(batch_size, _each(docs_source)):
        keyed = run.keyed(batch)
        sources = run.sources_of(keyed)
        new, there = run.changed(keyed, await record_manager.aexists(list(keyed)))
        if there:
            await record_manager.aupdate(there, time_at_least=start)
        if new and isinstance(vector_store, VectorStore):
            await vector_store.aadd_documents(
                list(new.values()), ids=list(new), batch_size=batch_size, **extra
            )
        elif new:
            await vector_store.aupsert(list(new.values()), **extra)  # type: ignore[union-attr]
        await record_manager.aupdate(list(keyed), group_ids=sources, time_at_least=start)
        if cleanup == "incremental":
            await clean(sources)
    stale = run.stale()
    if stale is not False:
        await clean(stale)
    return run.result
