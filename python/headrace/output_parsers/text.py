"""Fast access to the text of a parser's input."""

from __future__ import annotations

from typing import Any

from headrace.messages import BaseMessage
from headrace.output_parsers.base import as_generation

__all__ = ["text_of"]


def text_of(chunk: Any) -> str:
    """Return the text of a message or text, like `Generation.text` but without a generation."""
    if type(chunk) is str:
        return chunk
    if isinstance(chunk, BaseMessage):
        content = chunk.content
        if type(content) is str:
            return content
    return as_generation(chunk).text
