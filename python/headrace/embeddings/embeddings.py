"""`Embeddings`: what makes vectors of texts."""

from __future__ import annotations

from abc import ABC, abstractmethod

from headrace.utils.executor import run_in_executor

__all__ = ["Embeddings"]


class Embeddings(ABC):
    """Base class of embedding models, which turn text into vectors.

    Similar texts get vectors that are close to each other. Subclasses define the two sync methods;
    by default, the async methods run them in a thread.
    """

    @abstractmethod
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed documents.

        Args:
            texts: The texts.

        Returns:
            One vector for each text, all of the same size.
        """

    @abstractmethod
    def embed_query(self, text: str) -> list[float]:
        """Embed a query.

        Args:
            text: The text.

        Returns:
            The vector, of the same size as a document's.
        """

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed documents; async version of `embed_documents`."""
        return await run_in_executor(None, self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """Embed a query; async version of `embed_query`."""
        return await run_in_executor(None, self.embed_query, text)
