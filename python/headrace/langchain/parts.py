"""What `accelerate()` replaces, part by part."""

from __future__ import annotations

from headrace.langchain.event_part import FilteredEvents
from headrace.langchain.function_parts import FUNCTIONS
from headrace.langchain.parser_parts import JsonStreaming, TextStreaming, ToolsStreaming
from headrace.langchain.part import Part
from headrace.langchain.sum_part import ChunkAddition, ChunkArguments

__all__ = ["PARTS", "Part"]

PARTS: tuple[Part, ...] = (
    *FUNCTIONS,
    ChunkArguments(),
    ChunkAddition(),
    TextStreaming(),
    JsonStreaming(),
    ToolsStreaming(),
    FilteredEvents(),
)
"""All of them, in the order in which they are put in place."""
