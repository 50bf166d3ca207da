"""Functions over messages, under LangChain's module name."""

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.base import (
    BaseMessage,
    BaseMessageChunk,
    message_to_dict,
    messages_to_dict,
)
from headrace.messages.buffer import get_buffer_string
from headrace.messages.chat import ChatMessage, ChatMessageChunk
from headrace.messages.convert import MessageLikeRepresentation, convert_to_messages
from headrace.messages.function import FunctionMessage, FunctionMessageChunk
from headrace.messages.human import HumanMessage, HumanMessageChunk
from headrace.messages.modifier import RemoveMessage
from headrace.messages.openai_format import convert_to_openai_messages
from headrace.messages.select import filter_messages, merge_message_runs
from headrace.messages.serial import message_chunk_to_message, messages_from_dict
from headrace.messages.system import SystemMessage, SystemMessageChunk
from headrace.messages.tokens import count_tokens_approximately
from headrace.messages.tool import ToolCall, ToolMessage, ToolMessageChunk
from headrace.messages.trim import trim_messages
from headrace.messages.union import AnyMessage

__all__ = [
    "AIMessage",
    "AIMessageChunk",
    "AnyMessage",
    "BaseMessage",
    "BaseMessageChunk",
    "ChatMessage",
    "ChatMessageChunk",
    "FunctionMessage",
    "FunctionMessageChunk",
    "HumanMessage",
    "HumanMessageChunk",
    "MessageLikeRepresentation",
    "RemoveMessage",
    "SystemMessage",
    "SystemMessageChunk",
    "ToolCall",
    "ToolMessage",
    "ToolMessageChunk",
    "convert_to_messages",
    "convert_to_openai_messages",
    "count_tokens_approximately",
    "filter_messages",
    "get_buffer_string",
    "merge_message_runs",
    "message_chunk_to_message",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
    "trim_messages",
]
