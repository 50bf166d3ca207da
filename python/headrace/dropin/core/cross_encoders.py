"""Models that compare two texts."""

from __future__ import annotations

from abc import ABC, abstractmethod

__all__ = ["BaseCrossEncoder"]


class BaseCrossEncoder(ABC):
    """Base class of models that score how well two texts match."""

    @abstractmethod
    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        """Return the score of each pair of texts."""
