"""`ChatGeneration`: one answer of a chat model, and `ChatGenerationChunk`, a part of one."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator
from typing_extensions import Self

from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.outputs.generation import Generation, merged_info

__all__ = ["ChatGeneration", "ChatGenerationChunk"]


class ChatGeneration(Generation):
    """One answer of a chat model."""

    text: str = ""
    """The text of the message; not to be given, it is taken from there."""

    message: BaseMessage
    """The answer."""

    type: Literal["ChatGeneration"] = "ChatGeneration"  # type: ignore[assignment]
    """What kind of generation it is, for whoever reads it from JSON."""

    @model_validator(mode="after")
    def _take_text(self) -> Self:
        self.text = self.message.text
        return self


class ChatGenerationChunk(ChatGeneration):
    """A part of an answer, as it streams. Parts add up to the answer."""

    message: BaseMessageChunk
    """The part of the message."""

    type: Literal["ChatGenerationChunk"] = "ChatGenerationChunk"  # type: ignore[assignment]
    """What kind of generation it is, for whoever reads it from JSON."""

    def __add__(
        self, other: ChatGenerationChunk | list[ChatGenerationChunk]
    ) -> ChatGenerationChunk:
        """Give both, or this and all of a list, as one; the operands stay as they were.

        Raises:
            TypeError: If `other` is neither.
        """
        parts = other if isinstance(other, list) else [other]
        if not all(isinstance(part, ChatGenerationChunk) for part in parts):
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        message: Any = self.message
        info = self.generation_info
        for part in parts:
            message = message + part.message
            info = merged_info(info, part.generation_info)
        return ChatGenerationChunk(message=message, generation_info=info)
