"""Models that decide: they answer typed questions about a state."""

from headrace.dropin.core.decisions.base import BaseDecisionModel
from headrace.dropin.core.decisions.types import (
    Answer,
    Box,
    BoxAnswer,
    BoxCoordinates,
    Choice,
    ChoiceAnswer,
    ClassifierRequest,
    ClassifierResponse,
    Content,
    Noul,
    NoulAnswer,
    NoulCriteria,
    Question,
    Score,
    ScoreAnswer,
    State,
)

__all__ = [
    "Answer",
    "BaseDecisionModel",
    "Box",
    "BoxAnswer",
    "BoxCoordinates",
    "Choice",
    "ChoiceAnswer",
    "ClassifierRequest",
    "ClassifierResponse",
    "Content",
    "Noul",
    "NoulAnswer",
    "NoulCriteria",
    "Question",
    "Score",
    "ScoreAnswer",
    "State",
]
