"""Example selectors, which choose the examples of a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.example_selectors.base import BaseExampleSelector
    from headrace.example_selectors.length_based import LengthBasedExampleSelector
    from headrace.example_selectors.semantic_similarity import (
        MaxMarginalRelevanceExampleSelector,
        SemanticSimilarityExampleSelector,
        sorted_values,
    )

__all__ = [
    "BaseExampleSelector",
    "LengthBasedExampleSelector",
    "MaxMarginalRelevanceExampleSelector",
    "SemanticSimilarityExampleSelector",
    "sorted_values",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        base="BaseExampleSelector",
        length_based="LengthBasedExampleSelector",
        semantic_similarity=(
            "MaxMarginalRelevanceExampleSelector SemanticSimilarityExampleSelector sorted_values"
        ),
    )
