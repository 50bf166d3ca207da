"""Conversion of chunks and messages to content-block events, under LangChain's names."""

from typing import Any

from headrace.language_models.chunks_to_events import (
    achunks_to_events,
    chunks_to_events,
    finalize_tool_call_chunk,
)
from headrace.language_models.message_to_events import amessage_to_events, message_to_events

__all__ = [
    "CompatBlock",
    "achunks_to_events",
    "amessage_to_events",
    "chunks_to_events",
    "finalize_tool_call_chunk",
    "message_to_events",
]

CompatBlock = dict[str, Any]
"""A content block."""
