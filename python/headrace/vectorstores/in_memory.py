"""`InMemoryVectorStore`: documents and their vectors in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.runnables.executor import run_in_executor
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
    """Keeps documents and their vectors in memory, and finds them by the cosine.

    With numpy the vectors are one array that grows in place; without, lists, and the same results.
    Threads may add, delete and search at once. Wherever there is a `filter`, it is a function that
    is given a document and says whether it may be found; it must not change it.

    Example:
        ```python
        store = InMemoryVectorStore.from_texts(["harrison worked at kensho"], embedding)
        store.similarity_search("where did harrison work?", k=1)
        ```
    """

    def __init__(self, embedding: Embeddings) -> None:
        """Make an empty store.

        Args:
            embedding: What makes its vectors.
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
        """Give what `pickle` and `copy` make another store of, which shares nothing with this."""
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
        """What makes its vectors."""
        return self.embedding

    @property
    def store(self) -> dict[str, dict[str, Any]]:
        """What is in it, copied: by id, the `id`, `vector`, `text` and `metadata` of each."""
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
        """Make a store of texts; see `VectorStore.from_texts`."""
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
        """Make a store of texts; see `VectorStore.from_texts`."""
        store = cls(embedding)
        await store.aadd_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def add_documents(
        self, documents: list[Document], ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add documents, or put them in the place of those with the same ids.

        Args:
            documents: The documents.
            ids: Their ids, before those that they have; one that has none is given one.
            **kwargs: Not used.

        Returns:
            The ids.

        Raises:
            ValueError: If there are more or fewer ids than documents, or a vector does not fit. No
                document is added then.
        """
        vectors = self.embedding.embed_documents([one.page_content for one in documents])
        return self._add(documents, vectors, ids)

    async def aadd_documents(
        self, documents: list[Document], ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Add documents; see `add_documents`."""
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
        """Delete documents; ids that there are none of are passed over.

        Args:
            ids: Theirs.
            **kwargs: Not used.
        """
        with self._lock:
            for id in ids or ():
                row = self._rows.pop(id, None)
                if row is not None:
                    self._deleted.add(row)

    async def adelete(self, ids: Sequence[str] | None = None, **kwargs: Any) -> None:
        """Delete documents; see `delete`."""
        self.delete(ids)

    def _compact(self) -> None:
        """Close the gaps that were deleted, all at once; whoever calls this holds the lock."""
        if self._deleted:
            rows = [row for row in range(len(self._documents)) if row not in self._deleted]
            self._table.keep(rows)
            self._documents = [self._documents[row] for row in rows]
            self._rows = {str(one.id): row for row, one in enumerate(self._documents)}
            self._deleted.clear()

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Give documents by their ids; ids that there are none of are passed over."""
        with self._lock:
            rows = [self._rows[id] for id in ids if id in self._rows]
            return [copied(self._documents[row]) for row in rows]

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Give documents by their ids; see `get_by_ids`."""
        return self.get_by_ids(ids)

    # -- searching ---------------------------------------------------------------------------------

    def _find(
        self, embedding: Sequence[float], k: int, filter: Filter | None
    ) -> list[tuple[Document, float, list[float]]]:
        """Find documents, with their cosines and vectors."""
        allowed: list[Document] | None = None
        if filter is not None:
            with self._lock:
                self._compact()
                snapshot = self._documents.copy()
            # not under the lock: it is code of others
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
        """Give the rows of documents, without those that others deleted or replaced meanwhile."""
        rows = [(self._rows.get(str(document.id)), document) for document in documents]
        return [
            row for row, document in rows if row is not None and self._documents[row] is document
        ]

    def similarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> Scored:
        """Find the documents whose vectors are most like `embedding`, with the cosines.

        Args:
            embedding: The vector.
            k: How many.
            filter: Says which documents may be found.
            **kwargs: Not used.

        Returns:
            The documents and cosines, the greatest first.

        Raises:
            ValueError: If the vector is of another size than those in the store.
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
        """Find documents like a vector and unlike each other.

        Args:
            embedding: The vector.
            k: How many.
            fetch_k: Of how many of the most similar they are chosen.
            lambda_mult: From 1, where only the vector counts, to 0, where only that they differ.
            filter: Says which documents may be found.
            **kwargs: Not used.

        Returns:
            The documents, in the order in which they were chosen.
        """
        found = self._find(embedding, fetch_k, filter)
        chosen = maximal_marginal_relevance(
            embedding, [vector for _, _, vector in found], lambda_mult, k
        )
        return [found[at][0] for at in chosen]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Give the relevance: the cosine itself, and 0 where it is negative."""
        return lambda similarity: min(1.0, max(0.0, similarity))

    # -- files -------------------------------------------------------------------------------------

    def dump(self, path: str | PathLike[str]) -> None:
        """Write everything to a file, which is replaced only once all is written.

        Args:
            path: The file.

        Raises:
            TypeError: If JSON has no form for what is in the metadata of a document.
        """
        from headrace.vectorstores.files import dump_store

        dump_store(self.store, path)

    @classmethod
    def load(cls, path: str | PathLike[str], embedding: Embeddings, **kwargs: Any) -> Self:
        """Read what `dump` wrote, or that of the reference's class.

        Args:
            path: The file.
            embedding: What makes the vectors of questions.
            **kwargs: For the class.

        Returns:
            The store.

        Raises:
            ValueError: If the file is damaged, or another's.
        """
        from headrace.vectorstores.files import load_store

        store = cls(embedding, **kwargs)
        documents, vectors = load_store(path)
        try:
            store._add(documents, vectors, None)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error
        return store
