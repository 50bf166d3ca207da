"""The parts of `accelerate()`."""

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
"""All parts, in the order in which they are applied."""
