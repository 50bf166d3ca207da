"""What goes to a model and what comes from it."""

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.base import BaseMessage, BaseMessageChunk, get_buffer_string

__all__ = ["AIMessage", "AIMessageChunk", "BaseMessage", "BaseMessageChunk", "get_buffer_string"]
