"""A message from a human to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from headrace.messages.base import BaseMessage, BaseMessageChunk

__all__ = ["HumanMessage", "HumanMessageChunk"]


class HumanMessage(BaseMessage):
    """A message from a human to a model."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["human"], "human")
    }

    type: ClassVar[str] = "human"


class HumanMessageChunk(HumanMessage, BaseMessageChunk):
    """A part of it, as it streams."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["HumanMessageChunk"], "HumanMessageChunk")
    }

    type: ClassVar[str] = "HumanMessageChunk"
