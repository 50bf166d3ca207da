"""Distances of a FAISS store: conversion between the measure of its index and scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headrace.vectorstores.utils import DistanceStrategy

__all__ = ["Distance", "distance_of"]


@dataclass(frozen=True)
class Distance:
    """A distance strategy of a store.

    Attributes:
        strategy: `EUCLIDEAN_DISTANCE`, `MAX_INNER_PRODUCT` or `COSINE`.
        normalized: If true, vectors are normalized to length 1.
    """

    strategy: DistanceStrategy
    normalized: bool

    @property
    def of_product(self) -> bool:
        """True if the index measures inner products instead of distances."""
        return self.strategy is DistanceStrategy.MAX_INNER_PRODUCT

    def make_index(self, faiss: Any, size: int) -> Any:
        """Create an index for vectors of a size."""
        return faiss.IndexFlatIP(size) if self.of_product else faiss.IndexFlatL2(size)

    def prepare(self, vectors: Sequence[Sequence[float]], size: int) -> Any:
        """Convert vectors to an array for the index.

        Raises:
            ValueError: If a vector has another size, or contains NaN or infinity.
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
        """Convert a measure of the index to a score."""
        # between vectors of length 1, the squared distance is 2 minus twice the cosine
        return measured / 2.0 if self.strategy is DistanceStrategy.COSINE else measured

    def reaches(self, score: float, threshold: float) -> bool:
        """Return True if a score is at least as good as a threshold."""
        return score >= threshold if self.of_product else score <= threshold

    def relevance(self, score: float) -> float:
        """Return the relevance of a score, from 0 to 1 for vectors of length 1."""
        if self.strategy is DistanceStrategy.EUCLIDEAN_DISTANCE:
            return 1.0 - score / math.sqrt(2)
        if self.strategy is DistanceStrategy.COSINE:
            return 1.0 - score
        return score


def distance_of(strategy: DistanceStrategy | str, *, normalize: bool = False) -> Distance:
    """Return the distance of a strategy.

    Raises:
        ValueError: If the strategy is not supported.
    """
    strategy = DistanceStrategy(strategy)
    if strategy is DistanceStrategy.DOT_PRODUCT:
        strategy = DistanceStrategy.MAX_INNER_PRODUCT
    if strategy is DistanceStrategy.JACCARD:
        raise ValueError("FAISS has no index for the strategy JACCARD.")
    return Distance(strategy, normalize or strategy is DistanceStrategy.COSINE)
