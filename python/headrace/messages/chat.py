"""A message with any role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from headrace.messages.base import BaseMessage, BaseMessageChunk

__all__ = ["ChatMessage", "ChatMessageChunk"]


class ChatMessage(BaseMessage):
    """A message with any role.

    Attributes:
        role: The role.
    """

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["chat"], "chat"),
        "role": (str, ...),
    }

    type: ClassVar[str] = "chat"

    if TYPE_CHECKING:
        role: str
    else:
        role = BaseMessage._role


class ChatMessageChunk(ChatMessage, BaseMessageChunk):
    """A part of it, as it streams. Parts of two roles do not add up."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["ChatMessageChunk"], "ChatMessageChunk")
    }

    type: ClassVar[str] = "ChatMessageChunk"
