"""Pydantic models with the fields of generations.

Generations are not pydantic models, because a stream creates one for each token. Features of
pydantic (complex validation, schemas, dumps) are delegated to these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from headrace.load.serializable import Serializable
from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.messages.serial import of_its_class

__all__ = ["ChatGeneration", "ChatGenerationChunk", "Generation", "GenerationChunk"]


class Generation(Serializable):
    """A generation of a text model."""

    text: str
    generation_info: dict[str, Any] | None = None
    type: Literal["Generation"] = "Generation"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the class is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "output"]


class GenerationChunk(Generation):
    """A chunk of a generation, as it streams."""


class ChatGeneration(Generation):
    """A generation of a chat model."""

    text: str = ""
    message: Annotated[BaseMessage, BeforeValidator(of_its_class)]
    type: Literal["ChatGeneration"] = "ChatGeneration"  # type: ignore[assignment]


class ChatGenerationChunk(ChatGeneration):
    """A chunk of a generation, as it streams."""

    message: Annotated[BaseMessageChunk, BeforeValidator(of_its_class)]
    type: Literal["ChatGenerationChunk"] = "ChatGenerationChunk"  # type: ignore[assignment]
