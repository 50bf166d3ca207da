"""`Embeddings`: what makes vectors of texts."""

from __future__ import annotations

from abc import ABC, abstractmethod

from headrace.runnables.executor import run_in_executor

__all__ = ["Embeddings"]


class Embeddings(ABC):
    """Makes vectors of texts, close to each other where the texts are alike.

    A subclass defines the two synchronous methods. The asynchronous ones run them on a thread
    unless it defines those too.
    """

    @abstractmethod
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Make the vectors of texts that are searched.

        Args:
            texts: The texts.

        Returns:
            A vector for each, all of one size.
        """

    @abstractmethod
    def embed_query(self, text: str) -> list[float]:
        """Make the vector of a text that is searched for.

        Args:
            text: The text.

        Returns:
            Its vector, of the same size as those of documents.
        """

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Make the vectors of texts that are searched; by default on a thread."""
        return await run_in_executor(None, self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """Make the vector of a text that is searched for; by default on a thread."""
        return await run_in_executor(None, self.embed_query, text)
