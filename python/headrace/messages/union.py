"""`AnyMessage`: a field that holds a message of any kind."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.chat import ChatMessage, ChatMessageChunk
from headrace.messages.function import FunctionMessage, FunctionMessageChunk
from headrace.messages.human import HumanMessage, HumanMessageChunk
from headrace.messages.system import SystemMessage, SystemMessageChunk
from headrace.messages.tool import ToolMessage, ToolMessageChunk

__all__ = ["AnyMessage"]


def _get_type(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else getattr(value, "type", None)


AnyMessage = Annotated[
    Annotated[AIMessage, Tag("ai")]
    | Annotated[HumanMessage, Tag("human")]
    | Annotated[ChatMessage, Tag("chat")]
    | Annotated[SystemMessage, Tag("system")]
    | Annotated[FunctionMessage, Tag("function")]
    | Annotated[ToolMessage, Tag("tool")]
    | Annotated[AIMessageChunk, Tag("AIMessageChunk")]
    | Annotated[HumanMessageChunk, Tag("HumanMessageChunk")]
    | Annotated[ChatMessageChunk, Tag("ChatMessageChunk")]
    | Annotated[SystemMessageChunk, Tag("SystemMessageChunk")]
    | Annotated[FunctionMessageChunk, Tag("FunctionMessageChunk")]
    | Annotated[ToolMessageChunk, Tag("ToolMessageChunk")],
    Field(discriminator=Discriminator(_get_type)),
]
"""A message of any class, discriminated by its `type`."""
