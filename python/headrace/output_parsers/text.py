"""The text of what a parser is given, at the least cost a chunk."""

from __future__ import annotations

from typing import Any

from headrace.messages import BaseMessage
from headrace.output_parsers.base import as_generation

__all__ = ["text_of"]


def text_of(chunk: Any) -> str:
    """Give the text of a message or text: what `Generation.text` would be, without making one."""
    if type(chunk) is str:
        return chunk
    if isinstance(chunk, BaseMessage):
        content = chunk.content
        if type(content) is str:
            return content
    return as_generation(chunk).text
