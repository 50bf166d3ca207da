"""`ChatGeneration`: one answer of a chat model, and `ChatGenerationChunk`, a part of one."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.messages.pydantic_mirror import lazy_mirror
from headrace.outputs.generation import _MISSING, Generation, merged_info
from headrace.utils._merge import merge_dicts

__all__ = ["ChatGeneration", "ChatGenerationChunk", "merge_chat_generation_chunks"]


class ChatGeneration(Generation):
    """A generation of a chat model.

    Attributes:
        message: The message.
        text: The text of the message.
    """

    __slots__ = ("message",)
    __mirror__: ClassVar[builtins.type[BaseModel]] = lazy_mirror(
        "headrace.outputs.pydantic_mirrors"
    )
    _derived = ("text",)
    _takes: ClassVar[builtins.type[BaseMessage]] = BaseMessage

    type: ClassVar[str] = "ChatGeneration"
    message: BaseMessage

    def __init__(
        self,
        *,
        message: BaseMessage = _MISSING,
        generation_info: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Create a generation.

        Args:
            message: The message.
            generation_info: Metadata from the provider.
            **more: Fields of a subclass; ignored otherwise.

        Raises:
            pydantic.ValidationError: If an argument is missing or of the wrong type.
        """
        if isinstance(message, self._takes) and (
            generation_info is None or isinstance(generation_info, dict)
        ):
            self.message = message
            self.generation_info = generation_info
            if not more and self._is_plain:
                return
        self._validated(more, message=message, generation_info=generation_info)

    if not TYPE_CHECKING:

        @property
        def text(self) -> str:
            """The text of the message."""
            content = self.message.content
            if isinstance(content, str):
                return content
            if any(isinstance(block, dict) and _is_untyped(block) for block in content):
                return "".join(_texts(content))
            return str(self.message.text)


def _is_untyped(block: dict[str, Any]) -> bool:
    return "text" in block and block.get("type") is None


def _texts(content: Sequence[Any]) -> list[str]:
    """Return the texts of content in which some blocks have no type."""
    return [
        block if isinstance(block, str) else block.get("text", "")
        for block in content
        if isinstance(block, str) or block.get("type") == "text" or _is_untyped(block)
    ]


class ChatGenerationChunk(ChatGeneration):
    """A chunk of a generation, as it streams. Parts add up to the answer."""

    __slots__ = ()
    __mirror__: ClassVar[builtins.type[BaseModel]] = lazy_mirror(
        "headrace.outputs.pydantic_mirrors"
    )
    _takes = BaseMessageChunk

    type: ClassVar[str] = "ChatGenerationChunk"

    if TYPE_CHECKING:
        message: BaseMessageChunk

        def __init__(
            self,
            *,
            message: BaseMessageChunk,
            generation_info: dict[str, Any] | None = None,
            **more: Any,
        ) -> None: ...

    def __add__(
        self, other: ChatGenerationChunk | list[ChatGenerationChunk]
    ) -> ChatGenerationChunk:
        """Return the sum with a chunk, or with a list of chunks. The operands are not changed.

        Raises:
            TypeError: If `other` has another type.
        """
        if isinstance(other, ChatGenerationChunk):
            info = merged_info(self.generation_info, other.generation_info)
            return ChatGenerationChunk(message=self.message + other.message, generation_info=info)
        parts: Any = other
        if isinstance(parts, list) and (
            {*map(type, parts)} == {ChatGenerationChunk}
            or all(isinstance(part, ChatGenerationChunk) for part in parts)
        ):
            message = self.message + [part.message for part in parts]
            told = [part.generation_info for part in parts if part.generation_info]
            info = merge_dicts(self.generation_info or {}, *told) or None
            return ChatGenerationChunk(message=message, generation_info=info)
        raise TypeError(f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'")


def merge_chat_generation_chunks(
    chunks: list[ChatGenerationChunk],
) -> ChatGenerationChunk | None:
    """Add up the chunks of a stream.

    Args:
        chunks: The chunks.

    Returns:
        The sum, or None if there are no chunks.
    """
    if len(chunks) < 2:
        return chunks[0] if chunks else None
    return chunks[0] + chunks[1:]
