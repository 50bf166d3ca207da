"""The pydantic models that have the fields of generations.

Generations are no pydantic models, since a stream makes one for each token. Whatever pydantic does
for a model is done by a model of the same fields: validation that is not plain, schemas, dumps.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from headrace.load.serializable import Serializable
from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.messages.serial import of_its_class

__all__ = ["ChatGeneration", "ChatGenerationChunk", "Generation", "GenerationChunk"]


class Generation(Serializable):
    """One answer of a text model."""

    text: str
    generation_info: dict[str, Any] | None = None
    type: Literal["Generation"] = "Generation"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether it can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "schema", "output"]


class GenerationChunk(Generation):
    """A part of an answer, as it streams."""


class ChatGeneration(Generation):
    """One answer of a chat model."""

    text: str = ""
    message: Annotated[BaseMessage, BeforeValidator(of_its_class)]
    type: Literal["ChatGeneration"] = "ChatGeneration"  # type: ignore[assignment]


class ChatGenerationChunk(ChatGeneration):
    """A part of an answer, as it streams."""

    message: Annotated[BaseMessageChunk, BeforeValidator(of_its_class)]
    type: Literal["ChatGenerationChunk"] = "ChatGenerationChunk"  # type: ignore[assignment]
