"""Parsers of structured output that arrives as calls of a tool for the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from headrace.utils.function_calling import convert_to_openai_tool
from headrace.utils.pydantic import is_basemodel_subclass

if TYPE_CHECKING:
    pass

__all__ = ["structured_parser"]


def structured_parser(schema: Any, partial_models: bool) -> JsonOutputToolsParser:
    """Return the parser of the calls of a tool for a schema; see `with_structured_output`."""
    if is_basemodel_subclass(schema):
        return PydanticToolsParser(
            tools=[schema], first_tool_only=True, partial_models=partial_models
        )
    if partial_models:
        raise ValueError("partial_models is for pydantic models: dictionaries grow by themselves")
    name = convert_to_openai_tool(schema)["function"]["name"]
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
