"""`FAISS`: a vector store over the FAISS library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.utils.executor import run_in_executor
from headrace.vectorstores.by_vector import SearchByVector, copied
from headrace.vectorstores.distances import Distance, distance_of
from headrace.vectorstores.docstore import InMemoryDocstore
from headrace.vectorstores.filters import MetadataFilter, compile_filter
from headrace.vectorstores.store import Scored, documents_of
from headrace.vectorstores.utils import DistanceStrategy, maximal_marginal_relevance

if TYPE_CHECKING:
    from os import PathLike

    from typing_extensions import Self

__all__ = ["FAISS", "DistanceStrategy", "InMemoryDocstore"]

Vectors = Sequence[Sequence[float]]


def import_faiss() -> Any:
    """Import and return FAISS.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            "FAISS needs the packages faiss-cpu and numpy: pip install 'headrace[faiss]'",
            name="faiss",
        ) from error
    return faiss


class FAISS(SearchByVector):
    """Vector store with a FAISS index.

    It is thread-safe. A `filter` is a dictionary for `compile_filter`, or a function of the
    metadata of a document. It selects among the `fetch_k` nearest documents.

    Attributes:
        embedding_function: The embedding model or function.
        index: The index.
        docstore: The documents, keyed by id.
        index_to_docstore_id: The id of each row of the index.
        distance_strategy: The distance between vectors.
    """

    def __init__(
        self,
        embedding_function: Embeddings | Callable[[str], list[float]],
        index: Any,
        docstore: Any = None,
        index_to_docstore_id: dict[int, str] | None = None,
        relevance_score_fn: Callable[[float], float] | None = None,
        normalize_L2: bool = False,
        distance_strategy: DistanceStrategy | str | None = None,
    ) -> None:
        """Create a store from an index; `from_texts` creates the index too.

        Args:
            embedding_function: The embedding model or function.
            index: An index of FAISS, whose metric is that of the distance strategy.
            docstore: The documents, keyed by id; an `InMemoryDocstore` by default.
            index_to_docstore_id: The id of each row of the index.
            relevance_score_fn: A function that converts a score to a relevance from 0 to 1.
            normalize_L2: If true, normalize vectors to length 1; always true with `COSINE`.
            distance_strategy: `EUCLIDEAN_DISTANCE` (the score is the squared distance),
                `MAX_INNER_PRODUCT` or `DOT_PRODUCT` (the product), or `COSINE` (1 minus the
                cosine). By default, the measure of the index.

        Raises:
            ImportError: If faiss-cpu is not installed.
            ValueError: If the strategy is unknown, the index has another measure, or the numbers of
                rows and ids differ.
        """
        self._faiss = import_faiss()
        self.embedding_function = embedding_function
        self.index = index
        self.docstore = InMemoryDocstore() if docstore is None else docstore
        self.index_to_docstore_id = {} if index_to_docstore_id is None else index_to_docstore_id
        self.override_relevance_score_fn = relevance_score_fn
        product = index.metric_type == self._faiss.METRIC_INNER_PRODUCT
        if distance_strategy is None:
            distance_strategy = "MAX_INNER_PRODUCT" if product else "EUCLIDEAN_DISTANCE"
        self.distance_strategy = DistanceStrategy(distance_strategy)
        self._distance: Distance = distance_of(self.distance_strategy, normalize=normalize_L2)
        if self._distance.of_product != product:
            raise ValueError(
                f"The index measures {'products' if product else 'distances'}, which is not what "
                f"the strategy {self.distance_strategy.value} takes."
            )
        if index.ntotal != len(self.index_to_docstore_id):
            raise ValueError(
                f"The index has {index.ntotal} rows, but there are "
                f"{len(self.index_to_docstore_id)} ids."
            )
        self._lock = RLock()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for `pickle` and `copy`, which shares nothing with this store."""
        with self._lock:
            state = {
                **self.__dict__,
                "index": self._faiss.clone_index(self.index),
                "docstore": copy(self.docstore),
                "index_to_docstore_id": self.index_to_docstore_id.copy(),
            }
        del state["_faiss"], state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _faiss=import_faiss(), _lock=RLock())

    @property
    def embeddings(self) -> Embeddings | None:
        """The embedding model, or None if it is a plain function."""
        made_by = self.embedding_function
        return made_by if isinstance(made_by, Embeddings) else None

    def __len__(self) -> int:
        return len(self.index_to_docstore_id)

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts.

        Args:
            texts: The texts, at least one.
            embedding: The embedding model.
            metadatas: The metadata of each text.
            ids: The id of each text; generated if None.
            **kwargs: Passed to the class, such as `distance_strategy` and `normalize_L2`.

        Returns:
            The store.

        Raises:
            ImportError: If faiss-cpu is not installed.
            ValueError: If there are no texts, or the number of metadatas or ids differs.
        """
        vectors = embedding.embed_documents(texts)
        return cls._made_of(texts, vectors, embedding, metadatas, ids, kwargs)

    @classmethod
    async def afrom_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts; async version of `from_texts`."""
        vectors = await embedding.aembed_documents(texts)
        return await run_in_executor(
            None, cls._made_of, texts, vectors, embedding, metadatas, ids, kwargs
        )

    @classmethod
    def from_embeddings(
        cls,
        text_embeddings: Iterable[tuple[str, list[float]]],
        embedding: Embeddings,
        metadatas: Iterable[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts and their vectors; see `from_texts`."""
        texts, vectors = _apart(text_embeddings)
        return cls._made_of(texts, vectors, embedding, metadatas, ids, kwargs)

    @classmethod
    async def afrom_embeddings(
        cls,
        text_embeddings: Iterable[tuple[str, list[float]]],
        embedding: Embeddings,
        metadatas: Iterable[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts and their vectors; see `from_texts`."""
        texts, vectors = _apart(text_embeddings)
        return await run_in_executor(
            None, cls._made_of, texts, vectors, embedding, metadatas, ids, kwargs
        )

    @classmethod
    def _made_of(
        cls,
        texts: Sequence[str],
        vectors: Vectors,
        embedding: Embeddings,
        metadatas: Iterable[dict[str, Any]] | None,
        ids: Sequence[str | None] | None,
        kwargs: dict[str, Any],
    ) -> Self:
        faiss = import_faiss()
        if not len(vectors):
            raise ValueError("There are no texts, whose vectors would say what size they are.")
        distance = distance_of(kwargs.get("distance_strategy") or "EUCLIDEAN_DISTANCE")
        store = cls(embedding, distance.make_index(faiss, len(vectors[0])), **kwargs)
        store._add(texts, vectors, metadatas, ids)
        return store

    # -- adding and deleting -----------------------------------------------------------------------

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts.

        Args:
            texts: The texts.
            metadatas: The metadata of each text.
            ids: The id of each text; generated if None.
            **kwargs: Not used.

        Returns:
            The ids.

        Raises:
            ValueError: If a vector has the wrong size, an id exists or is repeated, or the number
                of metadatas or ids differs. Nothing is added then.
        """
        texts = list(texts)
        return self._add(texts, self._embed_documents(texts), metadatas, ids)

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts; async version of `add_texts`."""
        texts = list(texts)
        made_by = self.embeddings
        if made_by is None:
            vectors = await run_in_executor(None, self._embed_documents, texts)
        else:
            vectors = await made_by.aembed_documents(texts)
        return await run_in_executor(None, self._add, texts, vectors, metadatas, ids)

    def add_embeddings(
        self,
        text_embeddings: Iterable[tuple[str, list[float]]],
        metadatas: list[dict[str, Any]] | None = None,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts with their vectors; see `add_texts`."""
        return self._add(*_apart(text_embeddings), metadatas, ids)

    def _add(
        self,
        texts: Sequence[str],
        vectors: Vectors,
        metadatas: Iterable[dict[str, Any]] | None,
        ids: Sequence[str | None] | None,
    ) -> list[str]:
        made = documents_of(texts, metadatas, ids)
        if len(vectors) != len(made):
            raise ValueError(f"There are {len(vectors)} vectors, but {len(made)} texts.")
        documents: dict[str, Document] = {}
        twice: set[str] = set()
        for document in made:
            id = document.id = document.id or str(uuid4())
            if documents.setdefault(id, document) is not document:
                twice.add(id)
        if twice:
            raise ValueError(f"These ids come more than once: {', '.join(sorted(twice))}.")
        if documents:
            array = self._distance.prepare(vectors, self.index.d)
            with self._lock:
                self._insert(documents, lambda: self.index.add(array))
        return list(documents)

    def _insert(self, documents: dict[str, Document], add: Callable[[], Any]) -> None:
        """Add documents, and their vectors with `add`; if one fails, neither is added."""
        self.docstore.add(documents)
        try:
            add()
        except BaseException:
            self.docstore.delete(list(documents))
            raise
        start = len(self.index_to_docstore_id)
        self.index_to_docstore_id.update(enumerate(documents, start))

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete documents.

        Args:
            ids: The ids of the documents.
            **kwargs: Not used.

        Returns:
            True.

        Raises:
            ValueError: If no ids are given, or one does not exist. Nothing is deleted then.
        """
        if ids is None:
            raise ValueError("delete needs the ids of what to delete.")
        import numpy

        gone = set(ids)
        with self._lock:
            unknown = sorted(gone.difference(self.index_to_docstore_id.values()))
            if unknown:
                raise ValueError(f"There are no documents with these ids: {', '.join(unknown)}.")
            rows = [row for row, id in self.index_to_docstore_id.items() if id in gone]
            self.index.remove_ids(numpy.array(rows, dtype=numpy.int64))
            self.docstore.delete(list(gone))
            left = (id for _, id in sorted(self.index_to_docstore_id.items()) if id not in gone)
            self.index_to_docstore_id = dict(enumerate(left))
        return True

    def merge_from(self, target: FAISS) -> None:
        """Add the documents of another store, which is not changed.

        Args:
            target: The other store.

        Raises:
            ValueError: If its vectors have another size or distance, or an id exists in this store.
                Nothing is added then.
        """
        with target._lock:
            vectors = self._faiss.clone_index(target.index)
            documents = {
                id: target._document(row) for row, id in sorted(target.index_to_docstore_id.items())
            }
        mine = (self.index.d, self._distance)
        if mine != (target.index.d, target._distance):
            raise ValueError("The vectors of the two stores differ in size, or in their measure.")
        with self._lock:
            self._insert(documents, lambda: self.index.merge_from(vectors))

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by id; unknown ids are skipped."""
        with self._lock:
            found = [self.docstore.search(id) for id in ids]
        return [copied(one) for one in found if isinstance(one, Document)]

    # -- searching ---------------------------------------------------------------------------------

    def _embed_documents(self, texts: list[str]) -> Vectors:
        made_by = self.embedding_function
        if isinstance(made_by, Embeddings):
            return made_by.embed_documents(texts)
        return [made_by(text) for text in texts]

    def _embed_query(self, text: str) -> list[float]:
        made_by = self.embedding_function
        return made_by.embed_query(text) if isinstance(made_by, Embeddings) else made_by(text)

    async def _aembed_query(self, text: str) -> list[float]:
        made_by = self.embeddings
        if made_by is None:
            return await run_in_executor(None, self._embed_query, text)
        return await made_by.aembed_query(text)

    def _document(self, row: int) -> Document:
        document = self.docstore.search(self.index_to_docstore_id[row])
        if not isinstance(document, Document):
            raise ValueError(f"The document of row {row} is missing from the docstore: {document}")
        return document

    def _nearest(
        self,
        embedding: Sequence[float],
        count: int,
        filter: MetadataFilter | None,
        *,
        with_vectors: bool = False,
    ) -> list[tuple[Document, float, Any]]:
        """Return those of the nearest `count` documents that pass a filter."""
        accepts = None if filter is None else compile_filter(filter)
        query = self._distance.prepare([embedding], self.index.d)
        with self._lock:
            # FAISS uses time and memory for the requested number, even if there are fewer
            count = min(count, self.index.ntotal)
            if count <= 0:
                return []
            scores, rows = self.index.search(query, count)
            found = [
                (
                    self._document(row),
                    self._distance.score(score),
                    self.index.reconstruct(row) if with_vectors else None,
                )
                for score, row in zip(scores[0].tolist(), rows[0].tolist(), strict=True)
                if row != -1
            ]
        # the filter is user code, so it runs without the lock
        return [hit for hit in found if accepts is None or accepts(hit[0].metadata)]

    def similarity_search_with_score_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        filter: MetadataFilter | None = None,
        fetch_k: int = 20,
        **kwargs: Any,
    ) -> Scored:
        """Return the documents closest to a vector, with their scores.

        Args:
            embedding: The vector.
            k: The number of documents.
            filter: A filter for the documents.
            fetch_k: The number of nearest documents that the filter selects from.
            **kwargs: `score_threshold`, the worst accepted score: a minimum for inner products,
                else a maximum.

        Returns:
            The documents and scores, the best first.

        Raises:
            ValueError: If the vector has another size, or the filter is invalid.
        """
        found = self._nearest(embedding, k if filter is None else fetch_k, filter)
        threshold = kwargs.get("score_threshold")
        return [
            (copied(document), score)
            for document, score, _ in found
            if threshold is None or self._distance.reaches(score, threshold)
        ][: max(k, 0)]

    def max_marginal_relevance_search_with_score_by_vector(
        self,
        embedding: list[float],
        *,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: MetadataFilter | None = None,
    ) -> Scored:
        """Return documents close to a vector, selected for diversity, with their scores.

        Args:
            embedding: The vector.
            k: The number of documents.
            fetch_k: The number of nearest documents to select from; twice as many with a filter.
            lambda_mult: The balance between relevance (1) and diversity (0).
            filter: A filter for the documents.

        Returns:
            The documents and scores, in the order of their selection.
        """
        fetched = fetch_k if filter is None else 2 * fetch_k
        found = self._nearest(embedding, fetched, filter, with_vectors=True)
        vectors = [vector for _, _, vector in found]
        chosen = maximal_marginal_relevance(embedding, vectors, lambda_mult, k)
        return [(copied(found[at][0]), found[at][1]) for at in chosen]

    async def amax_marginal_relevance_search_with_score_by_vector(
        self, embedding: list[float], **kwargs: Any
    ) -> Scored:
        """Return documents close to a vector, selected for diversity; async version."""
        return await run_in_executor(
            None, self.max_marginal_relevance_search_with_score_by_vector, embedding, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: MetadataFilter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents close to a vector, selected for diversity."""
        found = self.max_marginal_relevance_search_with_score_by_vector(
            embedding, k=k, fetch_k=fetch_k, lambda_mult=lambda_mult, filter=filter
        )
        return [document for document, _ in found]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return self.override_relevance_score_fn or self._distance.relevance

    # -- files -------------------------------------------------------------------------------------

    @property
    def _settings(self) -> dict[str, Any]:
        """The settings that are saved with the store."""
        return {
            "distance_strategy": self.distance_strategy.value,
            "normalize_L2": self._distance.normalized,
        }

    def _documents_json(self) -> list[str]:
        """Return each document as JSON, in the order of the rows of the index."""
        from headrace.vectorstores.faiss_files import document_json

        rows = sorted(self.index_to_docstore_id.items())
        return [document_json(id, self._document(row)) for row, id in rows]

    def _write_index(self, file: str) -> list[str]:
        """Write the index to a file and return the documents as JSON."""
        with self._lock:
            documents = self._documents_json()  # first, so that it fails before any write
            self._faiss.write_index(self.index, file)
        return documents

    def save_local(self, folder_path: str | PathLike[str], index_name: str = "index") -> None:
        """Save the store in a folder, without pickle.

        `{index_name}.json` contains the documents and the name of the index file. It is replaced
        last and atomically: a save that fails or is killed leaves the previous store intact.

        Args:
            folder_path: The folder, created if needed.
            index_name: The name of the store in the folder.

        Raises:
            TypeError: If the metadata of a document is not JSON serializable.
        """
        from headrace.vectorstores.faiss_files import save

        save(folder_path, index_name, self._settings, self._write_index)

    @classmethod
    def load_local(
        cls,
        folder_path: str | PathLike[str],
        embeddings: Embeddings | Callable[[str], list[float]],
        index_name: str = "index",
        *,
        allow_dangerous_deserialization: bool = False,
        io_flags: int = 0,
        **kwargs: Any,
    ) -> Self:
        """Load a store saved by `save_local`.

        Args:
            folder_path: The folder.
            embeddings: The embedding model for queries.
            index_name: The name of the store in the folder.
            allow_dangerous_deserialization: Not used, because loading is safe; accepted for
                compatibility with LangChain.
            io_flags: Flags for reading the index, such as `faiss.IO_FLAG_MMAP`.
            **kwargs: Passed to the class; they override saved values.

        Returns:
            The store.

        Raises:
            FileNotFoundError: If the store does not exist.
            ValueError: If a file is damaged or belongs to another store.
        """
        from headrace.vectorstores.faiss_files import load

        return cls(
            embeddings, **{**load(import_faiss(), folder_path, index_name, io_flags), **kwargs}
        )

    def serialize_to_bytes(self) -> bytes:
        """Serialize the store to bytes, without pickle.

        Raises:
            TypeError: If the metadata of a document is not JSON serializable.
        """
        from headrace.vectorstores.faiss_files import to_bytes

        with self._lock:
            documents = self._documents_json()
            index = self._faiss.serialize_index(self.index).tobytes()
        return to_bytes(index, self._settings, documents)

    @classmethod
    def deserialize_from_bytes(
        cls,
        serialized: bytes,
        embeddings: Embeddings | Callable[[str], list[float]],
        *,
        allow_dangerous_deserialization: bool = False,
        **kwargs: Any,
    ) -> Self:
        """Create a store from the bytes of `serialize_to_bytes`.

        Args:
            serialized: The bytes.
            embeddings: The embedding model for queries.
            allow_dangerous_deserialization: Not used, as in `load_local`.
            **kwargs: Passed to the class; they override saved values.

        Returns:
            The store.

        Raises:
            ValueError: If the bytes are damaged or not a store.
        """
        from headrace.vectorstores.faiss_files import from_bytes

        return cls(embeddings, **{**from_bytes(import_faiss(), serialized), **kwargs})


def _apart(pairs: Iterable[tuple[str, list[float]]]) -> tuple[list[str], list[list[float]]]:
    pairs = list(pairs)
    return [text for text, _ in pairs], [vector for _, vector in pairs]
