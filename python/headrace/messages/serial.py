"""Messages from the dictionaries that were made of them, and messages from their chunks."""

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
    """Make messages of what `messages_to_dict` gave.

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
    """Make a message of its fields, which say of what type it is; anything else stays."""
    cls = _OF_TYPE.get(str(fields.get("type"))) if isinstance(fields, dict) else None
    return fields if cls is None else cls(**fields)


def message_chunk_to_message(chunk: BaseMessage) -> BaseMessage:
    """Make a finished message of a chunk, or of the sum of some.

    The arguments of its tool calls are read strictly: those that were cut off make an invalid call.

    Args:
        chunk: The chunk. What is no chunk stays as it is.

    Returns:
        The message. It shares nothing with the chunk.

    Raises:
        ValueError: If the chunk is of a class that stands for no message.
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
    """The parts of the calls, as the end of a stream."""
    return AIMessageChunk(
        content="", tool_call_chunks=chunk.tool_call_chunks, chunk_position="last"
    )
