"""Embeddings for tests: vectors drawn at random, which say nothing of the texts."""

from __future__ import annotations

import random
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from headrace.embeddings.embeddings import Embeddings

__all__ = ["DeterministicFakeEmbedding", "FakeEmbeddings"]

_SEEDS = 10**8


class FakeEmbeddings(Embeddings, BaseModel):
    """Gives another random vector each time it is asked."""

    size: int
    """How many numbers a vector has."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Give a random vector for each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Give a random vector."""
        return [random.gauss(0.0, 1.0) for _ in range(self.size)]


class DeterministicFakeEmbedding(Embeddings, BaseModel):
    """Gives a text the same random vector each time, the one that the reference's class gives.

    It needs numpy, whose generator those vectors come from.
    """

    size: int
    """How many numbers a vector has."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Give each text its vector."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Give the text its vector.

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
