"""Which of many examples go into a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.example_selectors.base import BaseExampleSelector
from headrace.example_selectors.length_based import LengthBasedExampleSelector

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Prompts with examples do without vector stores.
    from headrace.example_selectors import semantic_similarity

    return getattr(semantic_similarity, name)
