"""What stores have in common that know the vectors themselves: a question becomes one."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from headrace.documents import Document
from headrace.runnables.executor import run_in_executor
from headrace.vectorstores.store import Scored, VectorStore

__all__ = ["SearchByVector", "copied"]


class SearchByVector(VectorStore):
    """Searches for the vector of a question; how vectors are found, a subclass says.

    It also defines `max_marginal_relevance_search_by_vector`.
    """

    def __bool__(self) -> bool:
        """True, also of an empty store: whoever asks wants to know whether there is one."""
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
        """Find the documents whose vectors are most like `embedding`, with their scores."""

    async def asimilarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Find the documents whose vectors are most like `embedding`, without blocking the loop."""
        return await run_in_executor(
            None, self.similarity_search_with_score_by_vector, embedding, k, filter, **kwargs
        )

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Find the documents most like a question, with their scores.

        Args:
            query: The question.
            k: How many.
            filter: Which documents may be found.
            **kwargs: As for `similarity_search_with_score_by_vector`.

        Returns:
            The documents and scores, the best first.
        """
        embedding = self._embed_query(query)
        return self.similarity_search_with_score_by_vector(embedding, k, filter, **kwargs)

    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> Scored:
        """Find the documents most like a question; see `similarity_search_with_score`."""
        embedding = await self._aembed_query(query)
        return await self.asimilarity_search_with_score_by_vector(embedding, k, filter, **kwargs)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Find the documents whose vectors are most like `embedding`."""
        found = self.similarity_search_with_score_by_vector(embedding, k, filter, **kwargs)
        return [document for document, _ in found]

    def similarity_search(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Find the documents most like a question; see `similarity_search_with_score`."""
        found = self.similarity_search_with_score(query, k, filter, **kwargs)
        return [document for document, _ in found]

    async def asimilarity_search(
        self, query: str, k: int = 4, filter: Any = None, **kwargs: Any
    ) -> list[Document]:
        """Find the documents most like a question; see `similarity_search_with_score`."""
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
        """Find documents like a question and unlike each other."""
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
        """Find documents like a question and unlike each other."""
        embedding = await self._aembed_query(query)
        return await self.amax_marginal_relevance_search_by_vector(
            embedding, k, fetch_k, lambda_mult, filter=filter, **kwargs
        )


def copied(document: Document) -> Document:
    """Give a document that its holder may change without changing the store."""
    return Document(document.page_content, id=document.id, metadata=document.metadata)
