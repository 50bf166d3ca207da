"""Distances of a FAISS store: what its index measures, and what is told of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headrace.vectorstores.utils import DistanceStrategy

__all__ = ["Distance", "distance_of"]


@dataclass(frozen=True)
class Distance:
    """How a store measures.

    Attributes:
        strategy: `EUCLIDEAN_DISTANCE`, `MAX_INNER_PRODUCT` or `COSINE`.
        normalized: Whether vectors are made 1 long.
    """

    strategy: DistanceStrategy
    normalized: bool

    @property
    def of_product(self) -> bool:
        """Whether the index measures inner products rather than distances."""
        return self.strategy is DistanceStrategy.MAX_INNER_PRODUCT

    def make_index(self, faiss: Any, size: int) -> Any:
        """Make an index of vectors of a size."""
        return faiss.IndexFlatIP(size) if self.of_product else faiss.IndexFlatL2(size)

    def prepare(self, vectors: Sequence[Sequence[float]], size: int) -> Any:
        """Make an array of vectors, as the index takes them.

        Raises:
            ValueError: If one is of another size, or has a number that is none.
        """
        import numpy

        for i, vector in enumerate(vectors):
            if len(vector) != size:
                raise ValueError(
                    f"The vector at position {i} has {len(vector)} numbers; those in the store "
                    f"have {size}."
                )
        array = numpy.array(vectors, dtype=numpy.float32)
        finite = numpy.isfinite(array).all(axis=1)
        if not finite.all():
            at = int(finite.argmin())
            raise ValueError(f"The vector at position {at} has NaN or an infinite number.")
        if self.normalized:
            import faiss

            faiss.normalize_L2(array)
        return array

    def score(self, measured: float) -> float:
        """Give what is told, of what the index measured."""
        # between vectors of length 1, the square of the distance is 2 less twice the cosine
        return measured / 2.0 if self.strategy is DistanceStrategy.COSINE else measured

    def reaches(self, score: float, threshold: float) -> bool:
        """Whether a score is as good as another."""
        return score >= threshold if self.of_product else score <= threshold

    def relevance(self, score: float) -> float:
        """Give the relevance, which is from 0 to 1 where vectors are 1 long."""
        if self.strategy is DistanceStrategy.EUCLIDEAN_DISTANCE:
            return 1.0 - score / math.sqrt(2)
        if self.strategy is DistanceStrategy.COSINE:
            return 1.0 - score
        return score


def distance_of(strategy: DistanceStrategy | str, *, normalize: bool = False) -> Distance:
    """Give how a store of a strategy measures.

    Raises:
        ValueError: If there is no index for that strategy.
    """
    strategy = DistanceStrategy(strategy)
    if strategy is DistanceStrategy.DOT_PRODUCT:
        strategy = DistanceStrategy.MAX_INNER_PRODUCT
    if strategy is DistanceStrategy.JACCARD:
        raise ValueError("FAISS has no index for the strategy JACCARD.")
    return Distance(strategy, normalize or strategy is DistanceStrategy.COSINE)
