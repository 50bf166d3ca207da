"""Questions to decision models, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator
from typing_extensions import TypeAliasType, TypedDict

from headrace.messages import BaseMessage, UsageMetadata

__all__ = [
    "Answer",
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

Content = Union[str, dict[str, JsonValue], list[JsonValue]]  # noqa: UP007
"""The forms of a question's text."""

StateValue = TypeAliasType(
    "StateValue",
    "str | int | float | bool | BaseMessage"
    " | Sequence[StateValue] | Mapping[str, StateValue] | None",
)

State = Union[str, BaseMessage, Sequence[StateValue], Mapping[str, StateValue]]  # noqa: UP007
"""The subject of a question."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]

AnswerT = TypeVar("AnswerT")


class NoulCriteria(BaseModel):
    """The criteria for yes and for no."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    true: JsonValue = None
    false: JsonValue = None


class Noul(BaseModel):
    """A question that is answered by yes or no, with a probability."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["noul"] = "noul"
    instructions: Content
    criteria: NoulCriteria | None = None


class Choice(BaseModel):
    """A question that is answered by one of several labels."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["choice"] = "choice"
    criteria: dict[str, JsonValue] = Field(min_length=1)
    instructions: Content


class Score(BaseModel):
    """A question that is answered by a place on a scale."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["score"] = "score"
    criteria: list[JsonValue] = Field(min_length=2)
    instructions: Content


class Box(BaseModel):
    """A question that is answered by a rectangle in an image."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["box"] = "box"
    instructions: Content


Question = Annotated[Union[Noul, Choice, Score, Box], Field(discriminator="type")]  # noqa: UP007
"""Any question."""


class ClassifierRequest(TypedDict):
    """Questions about a state, by name."""

    state: State
    questions: Mapping[str, Question]


class NoulAnswer(BaseModel):
    """The probability that the answer is yes."""

    type: Literal["noul"]
    noul: Probability


class ChoiceAnswer(BaseModel):
    """The chosen label, and the probability of each label."""

    type: Literal["choice"]
    choice: str
    probabilities: dict[str, float]
    confidence: Probability


class ScoreAnswer(BaseModel):
    """The position on the scale, and the probability of each position."""

    type: Literal["score"]
    score: float
    legend: dict[int, JsonValue]
    probabilities: dict[int, float]
    confidence: Probability


class BoxCoordinates(BaseModel):
    """The sides of a rectangle."""

    top: float
    bottom: float
    left: float
    right: float


class BoxAnswer(BaseModel):
    """The rectangle."""

    type: Literal["box"]
    box: BoxCoordinates
    confidence: Probability | None = None


Answer = Annotated[
    Union[NoulAnswer, ChoiceAnswer, ScoreAnswer, BoxAnswer],  # noqa: UP007
    Field(discriminator="type"),
]
"""Any answer."""


class ClassifierResponse(BaseModel):
    """The answers of a decision model, by the names of the questions."""

    model: str
    answers: dict[str, Answer]
    usage: UsageMetadata | None = None
    request_id: str | None = None

    @field_validator("usage", mode="before")
    @classmethod
    def _complete_usage(cls, usage: Any) -> Any:
        """Add the counts that a provider left out."""
        if not isinstance(usage, Mapping):
            return usage
        read = usage.get("input_tokens") or 0
        written = usage.get("output_tokens") or 0
        counts = {"input_tokens": read, "output_tokens": written}
        return {**usage, **counts, "total_tokens": usage.get("total_tokens") or read + written}

    def _of(self, kind: type[AnswerT]) -> dict[str, AnswerT]:
        return {name: answer for name, answer in self.answers.items() if isinstance(answer, kind)}

    @property
    def nouls(self) -> dict[str, NoulAnswer]:
        """The answers by yes or no."""
        return self._of(NoulAnswer)

    @property
    def choices(self) -> dict[str, ChoiceAnswer]:
        """The answers by labels."""
        return self._of(ChoiceAnswer)

    @property
    def scores(self) -> dict[str, ScoreAnswer]:
        """The answers by a place on a scale."""
        return self._of(ScoreAnswer)

    @property
    def boxes(self) -> dict[str, BoxAnswer]:
        """The answers by rectangles."""
        return self._of(BoxAnswer)
