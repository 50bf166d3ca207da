"""Vector similarity, and selection for relevance and diversity.

The functions work without numpy too: slower, with the same results.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from enum import Enum
from operator import mul
from typing import Any

__all__ = ["DistanceStrategy", "cosine_similarity", "find_numpy", "maximal_marginal_relevance"]

Vector = Sequence[float]


class DistanceStrategy(str, Enum):
    """A strategy to measure the distance of vectors."""

    EUCLIDEAN_DISTANCE = "EUCLIDEAN_DISTANCE"
    MAX_INNER_PRODUCT = "MAX_INNER_PRODUCT"
    DOT_PRODUCT = "DOT_PRODUCT"
    JACCARD = "JACCARD"
    COSINE = "COSINE"


def find_numpy() -> Any:
    """Return numpy, or None if it is not installed."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def cosine_similarity(x: Any, y: Any) -> Any:
    """Return the cosine similarity between each row of `x` and each row of `y`.

    Args:
        x: n vectors.
        y: m vectors of the same size.

    Returns:
        n rows of m numbers from -1 to 1; 0 for a vector of zeros. An array if numpy is installed,
        else lists.

    Raises:
        ValueError: If the vectors have different sizes.
    """
    numpy = find_numpy()
    if len(x) == 0 or len(y) == 0:
        return [[]] if numpy is None else numpy.array([[]])
    sizes = sorted({len(row) for rows in (x, y) for row in rows})
    if len(sizes) > 1:
        shown = ", ".join(str(size) for size in sizes)
        raise ValueError(f"The vectors are of different sizes: {shown}.")
    if numpy is None:
        _warn_unless(all(math.isfinite(it) for rows in (x, y) for row in rows for it in row))
        columns = [(row, norm(row)) for row in y]
        return [_plain_cosines(row, columns) for row in x]
    x, y = numpy.asarray(x), numpy.asarray(y)
    _warn_unless(bool(numpy.isfinite(x).all() and numpy.isfinite(y).all()))
    lengths = numpy.linalg.norm(y, axis=1)
    return numpy.stack([cosines(numpy, row, y, lengths) for row in x])


_cosine_similarity = cosine_similarity
"""LangChain's name."""


def maximal_marginal_relevance(
    query_embedding: Any, embedding_list: Any, lambda_mult: float = 0.5, k: int = 4
) -> list[int]:
    """Select vectors for relevance to a query and diversity.

    Each step selects the vector with the greatest similarity to the query minus its similarity to
    the nearest selected vector; for equal values, the first. The time is proportional to `k` times
    the number of vectors.

    Args:
        query_embedding: The vector of the query, or a matrix with that one row.
        embedding_list: The vectors to select from.
        lambda_mult: The balance between relevance (1) and diversity (0).
        k: The number of vectors to select.

    Returns:
        The indexes of the selected vectors in `embedding_list`, in the order of selection.
    """
    count = min(k, len(embedding_list))
    if count <= 0:
        return []
    if hasattr(query_embedding[0], "__len__"):
        query_embedding = query_embedding[0]
    numpy = find_numpy()
    relevance = cosine_similarity([query_embedding], embedding_list)[0]
    if numpy is None:
        return _choose_plainly(relevance, embedding_list, lambda_mult, count)
    vectors = numpy.asarray(embedding_list)
    lengths = numpy.linalg.norm(vectors, axis=1)
    redundancy = numpy.full(len(vectors), -numpy.inf)
    chosen = [int(relevance.argmax())]
    while len(chosen) < count:
        alike = cosines(numpy, vectors[chosen[-1]], vectors, lengths)
        redundancy = numpy.maximum(redundancy, alike)
        scores = lambda_mult * relevance - (1 - lambda_mult) * redundancy
        scores[chosen] = -numpy.inf
        chosen.append(int(scores.argmax()))
    return chosen


def _choose_plainly(
    relevance: list[float], vectors: Sequence[Vector], lambda_mult: float, count: int
) -> list[int]:
    columns = [(vector, norm(vector)) for vector in vectors]
    redundancy = [-math.inf] * len(vectors)
    scores = relevance
    chosen: list[int] = []
    left = dict.fromkeys(range(len(vectors)))
    while True:
        chosen.append(max(left, key=scores.__getitem__))
        if len(chosen) == count:
            return chosen
        del left[chosen[-1]]
        redundancy = list(map(max, redundancy, _plain_cosines(vectors[chosen[-1]], columns)))
        scores = [
            lambda_mult * like - (1 - lambda_mult) * unlike
            for like, unlike in zip(relevance, redundancy, strict=True)
        ]


def cosines(numpy: Any, vector: Any, rows: Any, lengths: Any) -> Any:
    """Return the cosine of a vector with each row of an array of known lengths."""
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        similarity = (rows @ vector) / (lengths * numpy.linalg.norm(vector))
    similarity[~numpy.isfinite(similarity)] = 0.0
    return similarity


def _plain_cosines(vector: Vector, rows: list[tuple[Vector, float]]) -> list[float]:
    size = norm(vector)
    return [cosine(dot(vector, row), size * length) for row, length in rows]


def dot(a: Vector, b: Vector) -> float:
    """Return the inner product of two vectors."""
    return math.fsum(map(mul, a, b))


def norm(vector: Vector) -> float:
    """Return the length of a vector."""
    return math.sqrt(dot(vector, vector))


def cosine(product: float, sizes: float) -> float:
    """Return the cosine for an inner product and the product of the lengths."""
    similarity = product / sizes if sizes else 0.0
    return similarity if math.isfinite(similarity) else 0.0


def _warn_unless(finite: bool) -> None:
    if not finite:
        warnings.warn(
            "Some of the numbers are NaN or infinite: those vectors are like no other.",
            RuntimeWarning,
            stacklevel=3,
        )
