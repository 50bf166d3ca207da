"""Messages from their dictionaries, and finished messages from chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.compat import Flag, flags
from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.base import BaseMessage, BaseMessageChunk
from headrace.messages.chat import ChatMessage, ChatMessageChunk
from headrace.messages.function import FunctionMessage, FunctionMessageChunk
from headrace.messages.human import HumanMessage, HumanMessageChunk
from headrace.messages.modifier import RemoveMessage
from headrace.messages.system import SystemMessage, SystemMessageChunk
from headrace.messages.tool import ToolMessage, ToolMessageChunk

__all__ = ["message_chunk_to_message", "messages_from_dict"]

_WHOLE: dict[type[BaseMessageChunk], type[BaseMessage]] = {
    AIMessageChunk: AIMessage,
    HumanMessageChunk: HumanMessage,
    SystemMessageChunk: SystemMessage,
    ToolMessageChunk: ToolMessage,
    FunctionMessageChunk: FunctionMessage,
    ChatMessageChunk: ChatMessage,
}

_CLASSES: tuple[type[BaseMessage], ...] = (*_WHOLE, *_WHOLE.values(), RemoveMessage)
_OF_TYPE = {cls.type: cls for cls in _CLASSES}


def messages_from_dict(messages: Sequence[dict[str, Any]]) -> list[BaseMessage]:
    """Convert the dictionaries of `messages_to_dict` back to messages.

    Args:
        messages: The dictionaries, each with a `type` and its fields as `data`.

    Returns:
        The messages.

    Raises:
        ValueError: If a type is unknown.
    """
    return [_message_from_dict(message) for message in messages]


def _message_from_dict(message: dict[str, Any]) -> BaseMessage:
    cls = _OF_TYPE.get(message["type"])
    if cls is None:
        raise ValueError(f"Got unexpected message type: {message['type']}")
    return cls(**message["data"])


def of_its_class(fields: Any) -> Any:
    """Convert a dictionary with a message type to a message; other values pass through."""
    cls = _OF_TYPE.get(str(fields.get("type"))) if isinstance(fields, dict) else None
    return fields if cls is None else cls(**fields)


def message_chunk_to_message(chunk: BaseMessage) -> BaseMessage:
    """Convert a chunk, or a sum of chunks, to a finished message.

    Tool call arguments are parsed strictly: truncated arguments become an invalid tool call.

    Args:
        chunk: The chunk. Other messages are returned unchanged.

    Returns:
        The message, which shares no data with the chunk.

    Raises:
        ValueError: If there is no message class for the class of the chunk.
    """
    if not isinstance(chunk, BaseMessageChunk):
        return chunk
    cls = next((cls for kind, cls in _WHOLE.items() if isinstance(chunk, kind)), None)
    if cls is None:
        raise ValueError(f"Got unexpected message type: {chunk.type}")
    fields: dict[str, Any] = {
        name: getattr(chunk, name) for name in cls.__known_fields__ if name != "type"
    }
    if isinstance(chunk, AIMessageChunk) and flags() & Flag.STRICT_ARGUMENTS:
        finished = chunk if chunk.chunk_position == "last" else _finished(chunk)
        fields["tool_calls"] = finished.tool_calls
        fields["invalid_tool_calls"] = finished.invalid_tool_calls
    whole = cls(**{name: value for name, value in fields.items() if value is not None})
    return whole.model_copy(deep=True)


def _finished(chunk: AIMessageChunk) -> AIMessageChunk:
    """Parse the tool call chunks, as at the end of a stream."""
    return AIMessageChunk(
        content="", tool_call_chunks=chunk.tool_call_chunks, chunk_position="last"
    )
