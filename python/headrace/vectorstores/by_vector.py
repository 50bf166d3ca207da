"""Base class of stores that search by vector: they embed the query first."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from headrace.documents import Document
from headrace.utils.executor import run_in_executor
from headrace.vectorstores.store import Scored, VectorStore

__all__ = ["SearchByVector", "copied"]


class SearchByVector(VectorStore):
    """Base class of stores that search by vector.

    Subclasses define `similarity_search_with_score_by_vector` and
    `max_marginal_relevance_search_by_vector`.
    """

    def __bool__(self) -> bool:
        """Return True, also for an empty store, so that `if store` checks for None."""
        return True

    def _embed_query(self, text: str) -> list[float]:
        assert self.embeddings is not None
        return self.embeddings.embed_query(text)

    async def _aembed_query(self, text: str) -> list[float]:
        assert self.embeddings is not None
        return await self.embeddings.aembed_query(text)

    @abstractmethod
    def similarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Return the documents closest to a vector, with their scores."""

    async def asimilarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Return the documents closest to a vector; async version."""
        return await run_in_executor(
            None, self.similarity_search_with_score_by_vector, embedding, k, filter, **kwargs
        )

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Return the documents most similar to a query, with their scores.

        Args:
            query: The query.
            k: The number of documents.
            filter: A filter for the documents.
            **kwargs: Passed to `similarity_search_with_score_by_vector`.

        Returns:
            The documents and scores, the best first.
        """
        embedding = self._embed_query(query)
        return self.similarity_search_with_score_by_vector(embedding, k, filter, **kwargs)

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Return the documents most similar to a query; see `similarity_search_with_score`."""
        embedding = await self._aembed_query(query)
        return await self.asimilarity_search_with_score_by_vector(embedding, k, filter, **kwargs)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Return the documents closest to a vector."""
        found = self.similarity_search_with_score_by_vector(embedding, k, filter, **kwargs)
        return [document for document, _ in found]

    def similarity_search(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Return the documents most similar to a query; see `similarity_search_with_score`."""
        found = self.similarity_search_with_score(query, k, filter, **kwargs)
        return [document for document, _ in found]

    async def asimilarity_search(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Return the documents most similar to a query; see `similarity_search_with_score`."""
        found = await self.asimilarity_search_with_score(query, k, filter, **kwargs)
        return [document for document, _ in found]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Any = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents selected for relevance and diversity."""
        return self.max_marginal_relevance_search_by_vector(
            self._embed_query(query), k, fetch_k, lambda_mult, filter=filter, **kwargs
        )

    async def amax_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Any = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Return documents selected for relevance and diversity."""
        embedding = await self._aembed_query(query)
        return await self.amax_marginal_relevance_search_by_vector(
            embedding, k, fetch_k, lambda_mult, filter=filter, **kwargs
        )


def copied(document: Document) -> Document:
    """Copy a document, so that changing it does not change the store."""
    return Document(document.page_content, id=document.id, metadata=document.metadata)
