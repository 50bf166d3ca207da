"""`VectorStore`, the base class of vector stores."""

from __future__ import annotations

import logging
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.utils.executor import run_in_executor

if TYPE_CHECKING:
    from typing_extensions import Self

    from headrace.vectorstores.retriever import VectorStoreRetriever

__all__ = ["VectorStore"]

logger = logging.getLogger(__name__)

Scored = list[tuple[Document, float]]


class VectorStore(ABC):
    """Base class of stores that find documents by vector similarity.

    Subclasses define `similarity_search`, `from_texts`, and `add_texts` or `add_documents`; the
    other methods are optional. By default, async methods run the sync ones in a thread.
    """

    @property
    def embeddings(self) -> Embeddings | None:
        """The embedding model, or None."""
        return None

    # -- adding ------------------------------------------------------------------------------------

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts.

        Args:
            texts: The texts.
            metadatas: The metadata of each text.
            ids: The id of each text; generated if None.
            **kwargs: Passed to the store.

        Returns:
            The ids.

        Raises:
            ValueError: If the number of metadatas differs from that of texts.
        """
        if type(self).add_documents is VectorStore.add_documents:
            raise NotImplementedError(f"{type(self).__name__} does not add texts.")
        return self.add_documents(documents_of(texts, metadatas, ids), **_with_ids(ids, kwargs))

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts; async version of `add_texts`."""
        kwargs = _with_ids(ids, kwargs)
        if type(self).aadd_documents is not VectorStore.aadd_documents:
            return await self.aadd_documents(documents_of(texts, metadatas, ids), **kwargs)
        return await run_in_executor(None, self.add_texts, texts, metadatas, **kwargs)

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Add documents.

        Args:
            documents: The documents; missing ids are generated.
            **kwargs: `ids`, which override those of the documents, and arguments of the store.

        Returns:
            The ids.
        """
        if type(self).add_texts is VectorStore.add_texts:
            raise NotImplementedError(f"{type(self).__name__} does not add documents.")
        return self.add_texts(*_texts(documents), **_ids_of(documents, kwargs))

    async def aadd_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Add documents; async version of `add_documents`."""
        if type(self).aadd_texts is not VectorStore.aadd_texts:
            return await self.aadd_texts(*_texts(documents), **_ids_of(documents, kwargs))
        return await run_in_executor(None, self.add_documents, documents, **kwargs)

    @classmethod
    @abstractmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a store from texts.

        Args:
            texts: The texts.
            embedding: The embedding model.
            metadatas: The metadata of each text.
            ids: The id of each text; generated if None.
            **kwargs: Passed to the store.

        Returns:
            The store.
        """

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
        """Create a store from texts; async version of `from_texts`."""
        kwargs = _with_ids(ids, kwargs)
        return await run_in_executor(None, cls.from_texts, texts, embedding, metadatas, **kwargs)

    @classmethod
    def from_documents(
        cls, documents: list[Document], embedding: Embeddings, **kwargs: Any
    ) -> Self:
        """Create a store from documents.

        Args:
            documents: The documents.
            embedding: The embedding model.
            **kwargs: `ids`, which override those of the documents, and arguments of the store.

        Returns:
            The store.
        """
        texts, metadatas = _texts(documents)
        return cls.from_texts(texts, embedding, metadatas, **_ids_of(documents, kwargs))

    @classmethod
    async def afrom_documents(
        cls, documents: list[Document], embedding: Embeddings, **kwargs: Any
    ) -> Self:
        """Create a store from documents; async version of `from_documents`."""
        texts, metadatas = _texts(documents)
        return await cls.afrom_texts(texts, embedding, metadatas, **_ids_of(documents, kwargs))

    # -- by id -------------------------------------------------------------------------------------

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete documents.

        Args:
            ids: The ids of the documents.
            **kwargs: Passed to the store.

        Returns:
            True if they were deleted, or None if unknown.
        """
        raise NotImplementedError(f"{type(self).__name__} does not delete.")

    async def adelete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete documents; async version of `delete`."""
        return await run_in_executor(None, self.delete, ids, **kwargs)

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by id.

        Args:
            ids: The ids of the documents.

        Returns:
            The documents that exist.
        """
        raise NotImplementedError(f"{type(self).__name__} does not give documents by their ids.")

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return documents by id; async version of `get_by_ids`."""
        return await run_in_executor(None, self.get_by_ids, ids)

    # -- searching ---------------------------------------------------------------------------------

    def search(self, query: str, search_type: str, **kwargs: Any) -> list[Document]:
        """Search with a type of search.

        Args:
            query: The query.
            search_type: `similarity`, `similarity_score_threshold` or `mmr`.
            **kwargs: Passed to the search.

        Returns:
            The documents found, the best first.

        Raises:
            ValueError: If the type of search is unknown.
        """
        if search_type == "similarity":
            return self.similarity_search(query, **kwargs)
        if search_type == "similarity_score_threshold":
            return _unscored(self.similarity_search_with_relevance_scores(query, **kwargs))
        if search_type == "mmr":
            return self.max_marginal_relevance_search(query, **kwargs)
        raise _unknown(search_type)

    async def asearch(self, query: str, search_type: str, **kwargs: Any) -> list[Document]:
        """Search with a type of search; async version of `search`."""
        if search_type == "similarity":
            return await self.asimilarity_search(query, **kwargs)
        if search_type == "similarity_score_threshold":
            return _unscored(await self.asimilarity_search_with_relevance_scores(query, **kwargs))
        if search_type == "mmr":
            return await self.amax_marginal_relevance_search(query, **kwargs)
        raise _unknown(search_type)

    @abstractmethod
    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the documents most similar to a query.

        Args:
            query: The query.
            k: The number of documents.
            **kwargs: Passed to the store.

        Returns:
            The documents, the best first.
        """

    async def asimilarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the documents most similar to a query; see `similarity_search`."""
        return await run_in_executor(None, self.similarity_search, query, k=k, **kwargs)

    def similarity_search_with_score(self, *args: Any, **kwargs: Any) -> Scored:
        """Return the documents most similar to a query, with the store's own scores."""
        raise NotImplementedError(f"{type(self).__name__} gives no scores.")

    async def asimilarity_search_with_score(self, *args: Any, **kwargs: Any) -> Scored:
        """Return the documents most similar to a query, with the store's own scores."""
        return await run_in_executor(None, self.similarity_search_with_score, *args, **kwargs)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, **kwargs: Any
    ) -> list[Document]:
        """Return the documents closest to a vector; see `similarity_search`."""
        raise NotImplementedError(f"{type(self).__name__} does not search by vectors.")

    async def asimilarity_search_by_vector(
        self, embedding: list[float], k: int = 4, **kwargs: Any
    ) -> list[Document]:
        """Return the documents closest to a vector; see `similarity_search`."""
        return await run_in_executor(
            None, self.similarity_search_by_vector, embedding, k=k, **kwargs
        )

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return documents selected for relevance and diversity.

        Args:
            query: The query.
            k: The number of documents.
            fetch_k: The number of most similar documents to select from.
            lambda_mult: The balance between relevance (1) and diversity (0).
            **kwargs: Passed to the store.

        Returns:
            The documents, in the order of their selection.
        """
        raise NotImplementedError(f"{type(self).__name__} has no search by marginal relevance.")

    async def amax_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return documents selected for relevance and diversity; async version."""
        return await run_in_executor(
            None,
            self.max_marginal_relevance_search,
            query,
            k=k,
            fetch_k=fetch_k,
            lambda_mult=lambda_mult,
            **kwargs,
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents close to a vector, selected for diversity."""
        raise NotImplementedError(f"{type(self).__name__} has no search by marginal relevance.")

    async def amax_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents close to a vector, selected for diversity; async version."""
        return await run_in_executor(
            None,
            self.max_marginal_relevance_search_by_vector,
            embedding,
            k=k,
            fetch_k=fetch_k,
            lambda_mult=lambda_mult,
            **kwargs,
        )

    # -- relevance ---------------------------------------------------------------------------------

    def similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> Scored:
        """Return the documents most similar to a query, with relevance scores from 0 to 1.

        Args:
            query: The query.
            k: The number of documents.
            **kwargs: `score_threshold`, the minimum relevance, and arguments of the store.

        Returns:
            The documents and their relevance, the best first.
        """
        threshold = kwargs.pop("score_threshold", None)
        found = self._similarity_search_with_relevance_scores(query, k=k, **kwargs)
        return _relevant(found, threshold)

    async def asimilarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> Scored:
        """Return the documents most similar to a query, with relevance scores from 0 to 1."""
        threshold = kwargs.pop("score_threshold", None)
        found = await self._asimilarity_search_with_relevance_scores(query, k=k, **kwargs)
        return _relevant(found, threshold)

    def _similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> Scored:
        relevance = self._select_relevance_score_fn()
        found = self.similarity_search_with_score(query, k, **kwargs)
        return [(document, relevance(score)) for document, score in found]

    async def _asimilarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> Scored:
        relevance = self._select_relevance_score_fn()
        found = await self.asimilarity_search_with_score(query, k, **kwargs)
        return [(document, relevance(score)) for document, score in found]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        """Return the function that converts a score of the store to a relevance from 0 to 1."""
        raise NotImplementedError(f"{type(self).__name__} does not know relevance.")

    @staticmethod
    def _euclidean_relevance_score_fn(distance: float) -> float:
        """Return the relevance for a distance between vectors of length 1."""
        return 1.0 - distance / math.sqrt(2)

    @staticmethod
    def _cosine_relevance_score_fn(distance: float) -> float:
        return 1.0 - distance

    @staticmethod
    def _max_inner_product_relevance_score_fn(distance: float) -> float:
        return 1.0 - distance if distance > 0 else -1.0 * distance

    # -- as a retriever ----------------------------------------------------------------------------

    def as_retriever(self, **kwargs: Any) -> VectorStoreRetriever:
        """Create a retriever that searches this store.

        Args:
            **kwargs: Fields of the retriever, such as `search_type`, `search_kwargs` and `tags`.

        Returns:
            The retriever.
        """
        from headrace.vectorstores.retriever import VectorStoreRetriever

        tags = kwargs.pop("tags", None) or self._get_retriever_tags()
        return VectorStoreRetriever(vectorstore=self, tags=tags, **kwargs)

    def _get_retriever_tags(self) -> list[str]:
        made_by = self.embeddings
        return [type(it).__name__ for it in (self, made_by) if it is not None]


def documents_of(
    texts: Iterable[str],
    metadatas: Iterable[dict[str, Any]] | None,
    ids: Iterable[str | None] | None,
) -> list[Document]:
    """Create documents from texts, metadatas and ids.

    Raises:
        ValueError: If the number of metadatas or ids differs, unless they are omitted.
    """
    texts, facts, names = list(texts), list(metadatas or ()), list(ids or ())
    for what, given in (("metadatas", facts), ("ids", names)):
        if given and len(given) != len(texts):
            raise ValueError(f"There are {len(given)} {what}, but {len(texts)} texts.")
    return [
        Document(text, id=names[i] if names else None, metadata=facts[i] if facts else {})
        for i, text in enumerate(texts)
    ]


def _texts(documents: Iterable[Document]) -> tuple[list[str], list[dict[Any, Any]]]:
    documents = list(documents)
    return [one.page_content for one in documents], [one.metadata for one in documents]


def _with_ids(ids: list[str] | None, kwargs: dict[str, Any]) -> dict[str, Any]:
    return kwargs if ids is None else {**kwargs, "ids": ids}


def _ids_of(documents: Iterable[Document], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Add the ids of the documents, unless ids were given."""
    if "ids" in kwargs:
        return kwargs
    ids = [document.id for document in documents]
    return {**kwargs, "ids": ids} if any(ids) else kwargs


def _unscored(found: Scored) -> list[Document]:
    return [document for document, _ in found]


def _relevant(found: Scored, threshold: float | None) -> Scored:
    """Drop documents below the threshold."""
    odd = [score for _, score in found if not 0.0 <= score <= 1.0]
    if odd:
        warnings.warn(
            f"Relevance is from 0 to 1, but is {odd[0]} here: the vectors are not of length 1, or "
            "the store's measure is another.",
            stacklevel=3,
        )
    if threshold is None:
        return found
    relevant = [(document, score) for document, score in found if score >= threshold]
    if not relevant:
        logger.warning("No document has a relevance of %s or more.", threshold)
    return relevant


def _unknown(search_type: str) -> ValueError:
    return ValueError(
        f"search_type is {search_type!r}, but may be 'similarity', 'similarity_score_threshold' "
        "or 'mmr'."
    )
