"""Embeddings without a model: n-grams of characters, hashed.

Texts that share words, or parts of words, have vectors that are close: `work` is near `worked`.
They know nothing of meaning. For examples and tests, and where no model is at hand.
"""

import math
import re
import zlib
from collections.abc import Iterator

from headrace.embeddings import Embeddings


class HashingEmbeddings(Embeddings):
    """Makes vectors of length 1 of the n-grams of each word, the same on every machine."""

    def __init__(self, size: int = 512, lengths: range = range(3, 6)) -> None:
        """Make embeddings.

        Args:
            size: How many numbers a vector has. With few, n-grams fall together.
            lengths: How many characters an n-gram has.
        """
        self.size = size
        self.lengths = lengths

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Give each text its vector."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Give a text its vector; zeros where it has no n-grams."""
        vector = [0.0] * self.size
        for gram in self._grams(text):
            # the hash is 32 bits: the last say where it counts, the first whether up or down, so
            # that those which fall together cancel out on average
            hashed = zlib.crc32(gram.encode("utf-8"))
            vector[hashed % self.size] += 1.0 if hashed >> 31 else -1.0
        length = math.sqrt(sum(number * number for number in vector))
        return [number / length for number in vector] if length else vector

    def _grams(self, text: str) -> Iterator[str]:
        for word in re.findall(r"\w+", text.lower()):
            marked = f"<{word}>"
            for length in self.lengths:
                for start in range(len(marked) - length + 1):
                    yield marked[start : start + length]
