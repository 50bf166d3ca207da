"""Embeddings for tests: random vectors without meaning."""

from __future__ import annotations

import random
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from headrace.embeddings.embeddings import Embeddings

__all__ = ["DeterministicFakeEmbedding", "FakeEmbeddings"]

_SEEDS = 10**8


class FakeEmbeddings(Embeddings, BaseModel):
    """Embeddings that return a new random vector for each call."""

    size: int
    """How many numbers a vector has."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a random vector for each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return a random vector."""
        return [random.gauss(0.0, 1.0) for _ in range(self.size)]


class DeterministicFakeEmbedding(Embeddings, BaseModel):
    """Embeddings that return the same random vector for the same text.

    The vectors equal those of LangChain's class. Needs numpy for its random generator.
    """

    size: int
    """How many numbers a vector has."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vector of each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text.

        Raises:
            ImportError: If numpy is missing.
        """
        digest = int.from_bytes(sha256(text.encode("utf-8")).digest(), "big")
        vector = _generator(digest % _SEEDS).normal(size=self.size)
        return vector.tolist()  # type: ignore[no-any-return]


def _generator(seed: int) -> Any:
    try:
        import numpy
    except ImportError as error:
        raise ImportError(
            "DeterministicFakeEmbedding needs numpy: pip install numpy", name="numpy"
        ) from error
    return numpy.random.default_rng(seed)
