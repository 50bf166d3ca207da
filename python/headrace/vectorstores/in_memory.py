"""`InMemoryVectorStore`: documents and their vectors in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.utils.executor import run_in_executor
from headrace.vectorstores.by_vector import SearchByVector, copied
from headrace.vectorstores.store import Scored
from headrace.vectorstores.table import make_table
from headrace.vectorstores.utils import maximal_marginal_relevance

if TYPE_CHECKING:
    from os import PathLike

    from typing_extensions import Self

__all__ = ["InMemoryVectorStore"]

Filter = Callable[[Document], bool]


class InMemoryVectorStore(SearchByVector):
    """Vector store in memory that searches by cosine similarity.

    With numpy, the vectors are an array that grows in place; without it, they are lists, with the
    same results. The store is thread-safe. A `filter` is a function that returns True for documents
    to include; it must not change them.

    Example:
        ```python
        store = InMemoryVectorStore.from_texts(["harrison worked at kensho"], embedding)
        store.similarity_search("where did harrison work?", k=1)
        ```
    """

    def __init__(self, embedding: Embeddings) -> None:
        """Create an empty store.

        Args:
            embedding: The embedding model.
        """
        self.embedding = embedding
        self._begin()

    def _begin(self) -> None:
        self._lock = RLock()
        self._documents: list[Document] = []
        self._rows: dict[str, int] = {}
        self._deleted: set[int] = set()
        self._table = make_table()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for `pickle` and `copy`, which shares nothing with this store."""
        with self._lock:
            self._compact()
            vectors = [self._table.vector(row) for row in range(len(self._documents))]
            state = {**self.__dict__, "_documents": self._documents.copy(), "_vectors": vectors}
        for name in ("_lock", "_rows", "_deleted", "_table"):
            del state[name]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        documents, vectors = state.pop("_documents"), state.pop("_vectors")
        self.__dict__.update(state)
        self._begin()
        self._add(documents, vectors, None)

    @property
    def embeddings(self) -> Embeddings:
        """The embedding model."""
        return self.embedding

    @property
    def store(self) -> dict[str, dict[str, Any]]:
        """A copy of the contents, by id: `id`, `vector`, `text` and `metadata` of each document."""
        with self._lock:
            self._compact()
            return {
                id: {
                    "id": id,
                    "vector": self._table.vector(row),
                    "text": self._documents[row].page_content,
                    "metadata": dict(self._documents[row].metadata),
                }
                for id, row in self._rows.items()
            }

    def __len__(self) -> int:
        return len(self._rows)

    # -- adding and deleting -----------------------------------------------------------------------

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts; see `VectorStore.from_texts`."""
        store = cls(embedding)
        store.add_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts; see `VectorStore.from_texts`."""
        store = cls(embedding)
        await store.aadd_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def add_documents(
        self, documents: list[Document], ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add documents, or replace those with the same ids.

        Args:
            documents: The documents.
            ids: Ids that override those of the documents; missing ids are generated.
            **kwargs: Not used.

        Returns:
            The ids.

        Raises:
            ValueError: If the number of ids differs, or a vector has the wrong size. Nothing is
                added then.
        """
        vectors = self.embedding.embed_documents([one.page_content for one in documents])
        return self._add(documents, vectors, ids)

    async def aadd_documents(
        self, documents: list[Document], ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add documents; async version of `add_documents`."""
        vectors = await self.embedding.aembed_documents([one.page_content for one in documents])
        return await run_in_executor(None, self._add, documents, vectors, ids)

    def _add(
        self,
        documents: Sequence[Document],
        vectors: Sequence[Sequence[float]],
        ids: Sequence[str | None] | None,
    ) -> list[str]:
        for name, given in (("ids", ids), ("vectors", vectors)):
            if given is not None and len(given) != len(documents) and (given or name != "ids"):
                raise ValueError(f"There are {len(given)} {name}, but {len(documents)} documents.")
        if not documents:
            return []
        kept = [
            Document(
                one.page_content,
                id=(ids[i] if ids else one.id) or str(uuid4()),
                metadata=one.metadata,
            )
            for i, one in enumerate(documents)
        ]
        added: list[str] = [str(one.id) for one in kept]
        with self._lock:
            self._compact()
            self._table.check(vectors)
            new: list[Sequence[float]] = []
            for id, document, vector in zip(added, kept, vectors, strict=True):
                row = self._rows.setdefault(id, len(self._documents))
                if row == len(self._documents):
                    self._documents.append(document)
                    new.append(vector)
                    continue
                self._documents[row] = document
                first_new = len(self._documents) - len(new)
                if row < first_new:
                    self._table.replace(row, vector)
                else:
                    new[row - first_new] = vector
            self._table.append(new)
        return added

    def delete(self, ids: Sequence[str] | None = None, **kwargs: Any) -> None:
        """Delete documents; unknown ids are skipped.

        Args:
            ids: The ids of the documents.
            **kwargs: Not used.
        """
        with self._lock:
            for id in ids or ():
                row = self._rows.pop(id, None)
                if row is not None:
                    self._deleted.add(row)

    async def adelete(self, ids: Sequence[str] | None = None, **kwargs: Any) -> None:
        """Delete documents; async version of `delete`."""
        self.delete(ids)

    def _compact(self) -> None:
        """Remove deleted rows, all at once. The caller holds the lock."""
        if self._deleted:
            rows = [row for row in range(len(self._documents)) if row not in self._deleted]
            self._table.keep(rows)
            self._documents = [self._documents[row] for row in rows]
            self._rows = {str(one.id): row for row, one in enumerate(self._documents)}
            self._deleted.clear()

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by id; unknown ids are skipped."""
        with self._lock:
            rows = [self._rows[id] for id in ids if id in self._rows]
            return [copied(self._documents[row]) for row in rows]

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by id; async version of `get_by_ids`."""
        return self.get_by_ids(ids)

    # -- searching ---------------------------------------------------------------------------------

    def _find(
        self, embedding: Sequence[float], k: int, filter: Filter | None
    ) -> list[tuple[Document, float, list[float]]]:
        """Return documents with their cosine similarities and vectors."""
        allowed: list[Document] | None = None
        if filter is not None:
            with self._lock:
                self._compact()
                snapshot = self._documents.copy()
            # the filter is user code, so it runs without the lock
            allowed = [document for document in snapshot if filter(document)]
        with self._lock:
            self._compact()
            self._table.check_query(embedding)
            rows = None if allowed is None else self._still_there(allowed)
            return [
                (copied(self._documents[row]), similarity, self._table.vector(row))
                for row, similarity in self._table.nearest(embedding, k, rows)
            ]

    def _still_there(self, documents: list[Document]) -> list[int]:
        """Return the rows of documents that were not deleted or replaced meanwhile."""
        rows = [(self._rows.get(str(document.id)), document) for document in documents]
        return [
            row for row, document in rows if row is not None and self._documents[row] is document
        ]

    def similarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> Scored:
        """Return the documents closest to a vector, with their cosine similarities.

        Args:
            embedding: The vector.
            k: The number of documents.
            filter: A function that returns True for documents to include.
            **kwargs: Not used.

        Returns:
            The documents and similarities, the greatest first.

        Raises:
            ValueError: If the vector has another size than those in the store.
        """
        return [
            (document, similarity) for document, similarity, _ in self._find(embedding, k, filter)
        ]

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents close to a vector, selected for diversity.

        Args:
            embedding: The vector.
            k: The number of documents.
            fetch_k: The number of most similar documents to select from.
            lambda_mult: The balance between relevance (1) and diversity (0).
            filter: A function that returns True for documents to include.
            **kwargs: Not used.

        Returns:
            The documents, in the order of their selection.
        """
        found = self._find(embedding, fetch_k, filter)
        chosen = maximal_marginal_relevance(
            embedding, [vector for _, _, vector in found], lambda_mult, k
        )
        return [found[at][0] for at in chosen]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Return the relevance: the cosine, or 0 if it is negative."""
        return lambda similarity: min(1.0, max(0.0, similarity))

    # -- files -------------------------------------------------------------------------------------

    def dump(self, path: str | PathLike[str]) -> None:
        """Write the store to a file, atomically.

        Args:
            path: The file.

        Raises:
            TypeError: If the metadata of a document is not JSON serializable.
        """
        from headrace.vectorstores.files import dump_store

        dump_store(self.store, path)

    @classmethod
    def load(cls, path: str | PathLike[str], embedding: Embeddings, **kwargs: Any) -> Self:
        """Read a file written by `dump` of this class or of LangChain's.

        Args:
            path: The file.
            embedding: The embedding model for queries.
            **kwargs: Passed to the class.

        Returns:
            The store.

        Raises:
            ValueError: If the file is damaged or not a store.
        """
        from headrace.vectorstores.files import load_store

        store = cls(embedding, **kwargs)
        documents, vectors = load_store(path)
        try:
            store._add(documents, vectors, None)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error
        return store
