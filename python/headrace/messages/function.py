"""The result of a legacy function call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from headrace.messages.base import BaseMessage, BaseMessageChunk

__all__ = ["FunctionMessage", "FunctionMessageChunk"]


class FunctionMessage(BaseMessage):
    """The result of a legacy function call.

    Attributes:
        name: The name of the function.
    """

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["function"], "function"),
        "name": (str, ...),
    }

    type: ClassVar[str] = "function"

    if TYPE_CHECKING:
        name: str


class FunctionMessageChunk(FunctionMessage, BaseMessageChunk):
    """A part of it, as it streams. Parts of two functions do not add up."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["FunctionMessageChunk"], "FunctionMessageChunk")
    }

    type: ClassVar[str] = "FunctionMessageChunk"
