"""Instructions to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from headrace.messages.base import BaseMessage, BaseMessageChunk

__all__ = ["SystemMessage", "SystemMessageChunk"]


class SystemMessage(BaseMessage):
    """Instructions to a model."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["system"], "system")
    }

    type: ClassVar[str] = "system"


class SystemMessageChunk(SystemMessage, BaseMessageChunk):
    """A part of it, as it streams."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["SystemMessageChunk"], "SystemMessageChunk")
    }

    type: ClassVar[str] = "SystemMessageChunk"
