"""Tool messages and tool calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from headrace.messages import schema
from headrace.messages.base import BaseMessage, BaseMessageChunk
from headrace.messages.tool_calls import (
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
    default_tool_chunk_parser,
    default_tool_parser,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)

__all__ = [
    "InvalidToolCall",
    "ToolCall",
    "ToolCallChunk",
    "ToolMessage",
    "ToolMessageChunk",
    "ToolOutputMixin",
    "default_tool_chunk_parser",
    "default_tool_parser",
    "invalid_tool_call",
    "tool_call",
    "tool_call_chunk",
]


class ToolOutputMixin:
    """Base class of tool results that are not wrapped in a `ToolMessage`."""

    __slots__ = ()


class ToolMessage(BaseMessage, ToolOutputMixin):
    """The result of a tool call.

    Content that is neither text nor content blocks is converted to text.

    Attributes:
        tool_call_id: The id of the tool call that this answers.
        artifact: Output of the tool that is not sent to the model.
        status: `"success"` or `"error"`.
    """

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["tool"], "tool"),
        "tool_call_id": (schema.Text, ...),
        "artifact": (Any, None),
        "status": (Literal["success", "error"], "success"),
    }
    __hidden_fields__ = frozenset({"additional_kwargs", "response_metadata"})

    type: ClassVar[str] = "tool"

    if TYPE_CHECKING:
        tool_call_id: str
        artifact: Any
        status: Literal["success", "error"]
    else:
        tool_call_id = BaseMessage._tool_call_id
        artifact = BaseMessage._artifact
        status = BaseMessage._status


class ToolMessageChunk(ToolMessage, BaseMessageChunk):
    """A part of it, as it streams. Parts that answer two calls do not add up."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["ToolMessageChunk"], "ToolMessageChunk")
    }

    type: ClassVar[str] = "ToolMessageChunk"
