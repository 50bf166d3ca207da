"""What a model says."""

from __future__ import annotations

from typing import ClassVar

from headrace.messages.base import BaseMessage, BaseMessageChunk

__all__ = ["AIMessage", "AIMessageChunk"]


class AIMessage(BaseMessage):
    """What a model says, whole."""

    __slots__ = ()

    type: ClassVar[str] = "ai"


class AIMessageChunk(AIMessage, BaseMessageChunk):
    """A part of what a model says, as it streams."""

    __slots__ = ()

    type: ClassVar[str] = "AIMessageChunk"
