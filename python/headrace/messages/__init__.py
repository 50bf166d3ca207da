"""Messages: the input and output of chat models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy
from headrace.messages.ai import AIMessage, AIMessageChunk, UsageMetadata, add_ai_message_chunks
from headrace.messages.base import (
    LC_AUTO_PREFIX,
    LC_ID_PREFIX,
    BaseMessage,
    BaseMessageChunk,
    merge_content,
    message_to_dict,
    messages_to_dict,
)
from headrace.messages.chat import ChatMessage, ChatMessageChunk
from headrace.messages.function import FunctionMessage, FunctionMessageChunk
from headrace.messages.human import HumanMessage, HumanMessageChunk
from headrace.messages.modifier import RemoveMessage
from headrace.messages.notification import (
    NotificationMetadata,
    add_notification_metadata,
    get_notification_metadata,
)
from headrace.messages.serial import _message_from_dict
from headrace.messages.system import SystemMessage, SystemMessageChunk
from headrace.messages.tool import (
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
    ToolMessage,
    ToolMessageChunk,
    invalid_tool_call,
    tool_call,
    tool_call_chunk,
)
from headrace.messages.usage import InputTokenDetails, OutputTokenDetails

if TYPE_CHECKING:
    from headrace.messages.content import (
        Annotation,
        AudioContentBlock,
        Citation,
        ContentBlock,
        DataContentBlock,
        FileContentBlock,
        ImageContentBlock,
        NonStandardAnnotation,
        NonStandardContentBlock,
        PlainTextContentBlock,
        ReasoningContentBlock,
        RefusalContentBlock,
        ServerToolCall,
        ServerToolCallChunk,
        ServerToolResult,
        TextContentBlock,
        VideoContentBlock,
        convert_to_openai_data_block,
        convert_to_openai_image_block,
        ensure_id,
        is_data_content_block,
    )
    from headrace.messages.utils import (
        AnyMessage,
        MessageLikeRepresentation,
        convert_to_messages,
        convert_to_openai_messages,
        filter_messages,
        get_buffer_string,
        merge_message_runs,
        message_chunk_to_message,
        messages_from_dict,
        trim_messages,
    )

__all__ = [
    "LC_AUTO_PREFIX",
    "LC_ID_PREFIX",
    "AIMessage",
    "AIMessageChunk",
    "Annotation",
    "AnyMessage",
    "AudioContentBlock",
    "BaseMessage",
    "BaseMessageChunk",
    "ChatMessage",
    "ChatMessageChunk",
    "Citation",
    "ContentBlock",
    "DataContentBlock",
    "FileContentBlock",
    "FunctionMessage",
    "FunctionMessageChunk",
    "HumanMessage",
    "HumanMessageChunk",
    "ImageContentBlock",
    "InputTokenDetails",
    "InvalidToolCall",
    "MessageLikeRepresentation",
    "NonStandardAnnotation",
    "NonStandardContentBlock",
    "NotificationMetadata",
    "OutputTokenDetails",
    "PlainTextContentBlock",
    "ReasoningContentBlock",
    "RefusalContentBlock",
    "RemoveMessage",
    "ServerToolCall",
    "ServerToolCallChunk",
    "ServerToolResult",
    "SystemMessage",
    "SystemMessageChunk",
    "TextContentBlock",
    "ToolCall",
    "ToolCallChunk",
    "ToolMessage",
    "ToolMessageChunk",
    "UsageMetadata",
    "VideoContentBlock",
    "_message_from_dict",
    "add_ai_message_chunks",
    "add_notification_metadata",
    "convert_to_messages",
    "convert_to_openai_data_block",
    "convert_to_openai_image_block",
    "convert_to_openai_messages",
    "ensure_id",
    "filter_messages",
    "get_buffer_string",
    "get_notification_metadata",
    "invalid_tool_call",
    "is_data_content_block",
    "merge_content",
    "merge_message_runs",
    "message_chunk_to_message",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
    "tool_call",
    "tool_call_chunk",
    "trim_messages",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        content=(
            "Annotation AudioContentBlock Citation ContentBlock DataContentBlock FileContentBlock "
            "ImageContentBlock NonStandardAnnotation NonStandardContentBlock "
            "PlainTextContentBlock ReasoningContentBlock RefusalContentBlock ServerToolCall "
            "ServerToolCallChunk ServerToolResult TextContentBlock VideoContentBlock "
            "convert_to_openai_data_block convert_to_openai_image_block ensure_id "
            "is_data_content_block"
        ),
        buffer="get_buffer_string",
        convert="MessageLikeRepresentation convert_to_messages",
        openai_format="convert_to_openai_messages",
        select="filter_messages merge_message_runs",
        serial="message_chunk_to_message messages_from_dict",
        trim="trim_messages",
        union="AnyMessage",
    )
