"""Tables of vectors with cosine search: an array if numpy is installed, else lists.

A table grows in place: adding costs only the new rows, and a search does not copy vectors.
"""

from __future__ import annotations

import heapq
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from headrace.vectorstores.utils import Vector, cosine, cosines, dot, find_numpy, norm

__all__ = ["VectorTable", "make_table"]

Hit = tuple[int, float]


def make_table() -> VectorTable:
    """Create an empty table, of the fastest available kind."""
    numpy = find_numpy()
    return _ListTable() if numpy is None else _ArrayTable(numpy)


class VectorTable(ABC):
    """A table of vectors of the same size, by row number.

    Attributes:
        size: The size of the vectors; None while the table is empty.
    """

    size: int | None = None

    def check(self, vectors: Sequence[Vector]) -> None:
        """Check the size and values of vectors.

        Raises:
            ValueError: If a vector has another size, or contains NaN or infinity.
        """
        size = self.size
        for i, vector in enumerate(vectors):
            if size is None:
                size = len(vector)
            if len(vector) != size:
                raise ValueError(
                    f"The vector at position {i} has {len(vector)} numbers; those before it have "
                    f"{size}."
                )
            if not all(map(math.isfinite, vector)):
                raise ValueError(f"The vector at position {i} has NaN or an infinite number.")

    def check_query(self, query: Vector) -> None:
        """Check the size and values of a query vector.

        Raises:
            ValueError: If it has another size, or contains NaN or infinity.
        """
        if self.size is not None and len(query) != self.size:
            raise ValueError(
                f"The vector that is searched for has {len(query)} numbers; those in the store "
                f"have {self.size}."
            )
        if not all(map(math.isfinite, query)):
            raise ValueError("The vector that is searched for has NaN or an infinite number.")

    @abstractmethod
    def append(self, vectors: Sequence[Vector]) -> None:
        """Append checked rows."""

    @abstractmethod
    def replace(self, row: int, vector: Vector) -> None:
        """Replace the vector of a row by a checked one."""

    @abstractmethod
    def keep(self, rows: list[int]) -> None:
        """Keep only these rows, and renumber them."""

    @abstractmethod
    def vector(self, row: int) -> list[float]:
        """Return the vector of a row."""

    @abstractmethod
    def nearest(self, query: Vector, k: int, rows: list[int] | None = None) -> list[Hit]:
        """Return the rows closest to a checked vector.

        Args:
            query: The vector.
            k: The number of rows.
            rows: The rows to search; None for all.

        Returns:
            Rows and cosines, the greatest first; for equal cosines, the later row first.
        """


class _ListTable(VectorTable):
    """Table of vectors as lists, with their lengths."""

    def __init__(self) -> None:
        self._rows: list[tuple[list[float], float]] = []

    def append(self, vectors: Sequence[Vector]) -> None:
        self._rows.extend(_measured(vector) for vector in vectors)
        if self._rows:
            self.size = len(self._rows[0][0])

    def replace(self, row: int, vector: Vector) -> None:
        self._rows[row] = _measured(vector)

    def keep(self, rows: list[int]) -> None:
        self._rows = [self._rows[row] for row in rows]
        if not rows:
            self.size = None

    def vector(self, row: int) -> list[float]:
        return list(self._rows[row][0])

    def nearest(self, query: Vector, k: int, rows: list[int] | None = None) -> list[Hit]:
        size = norm(query)
        all_rows = self._rows
        scored = (
            (cosine(dot(query, all_rows[row][0]), size * all_rows[row][1]), row)
            for row in (range(len(all_rows)) if rows is None else rows)
        )
        return [(row, similarity) for similarity, row in heapq.nlargest(k, scored)]


def _measured(vector: Vector) -> tuple[list[float], float]:
    numbers = [float(number) for number in vector]
    return numbers, norm(numbers)


class _ArrayTable(VectorTable):
    """Table of vectors in an array with spare capacity, with their lengths."""

    def __init__(self, numpy: Any) -> None:
        self._numpy = numpy
        self._count = 0
        self._array: Any = None
        self._lengths: Any = None

    def append(self, vectors: Sequence[Vector]) -> None:
        if not len(vectors):
            return
        numpy = self._numpy
        new = numpy.asarray(vectors, dtype=numpy.float64)
        if self._array is None:
            self.size = new.shape[1]
            self._array = numpy.empty((0, self.size))
            self._lengths = numpy.empty(0)
        count = self._count + len(new)
        if count > len(self._array):
            self._move(slice(0, self._count), max(count, 2 * len(self._array)))
        self._array[self._count : count] = new
        self._lengths[self._count : count] = numpy.linalg.norm(new, axis=1)
        self._count = count

    def replace(self, row: int, vector: Vector) -> None:
        self._array[row] = vector
        self._lengths[row] = self._numpy.linalg.norm(self._array[row])

    def keep(self, rows: list[int]) -> None:
        if rows:
            self._move(rows, len(rows))
        else:
            self._array = self._lengths = self.size = None
        self._count = len(rows)

    def vector(self, row: int) -> list[float]:
        return self._array[row].tolist()  # type: ignore[no-any-return]

    def nearest(self, query: Vector, k: int, rows: list[int] | None = None) -> list[Hit]:
        count = self._count if rows is None else len(rows)
        k = min(k, count)
        if k <= 0:
            return []
        numpy = self._numpy
        vector = numpy.asarray(query, dtype=numpy.float64)
        chosen = slice(0, count) if rows is None else rows
        similarity = cosines(numpy, vector, self._array[chosen], self._lengths[chosen])
        if k < count:
            # everything at or above the k-th greatest, so that equal ones are ordered by row
            least = numpy.partition(similarity, count - k)[count - k]
            candidates = numpy.flatnonzero(similarity >= least)
        else:
            candidates = numpy.arange(count)
        order = numpy.argsort(similarity[candidates], kind="stable")[::-1][:k]
        return [
            (int(at) if rows is None else rows[at], float(similarity[at]))
            for at in candidates[order]
        ]

    def _move(self, rows: Any, room: int) -> None:
        """Allocate arrays with a new capacity and copy rows to them."""
        numpy = self._numpy
        taken = self._array[rows]
        array = numpy.empty((room, self.size))
        lengths = numpy.empty(room)
        array[: len(taken)] = taken
        lengths[: len(taken)] = self._lengths[rows]
        self._array, self._lengths = array, lengths
