"""Structured output: from a tool call, from the API's own feature, or from a prompt.

Each function returns the arguments to bind to the model, and the parser of its answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.output_parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from headrace.providers.openai.answer_parsers import AnswerParser
from headrace.providers.openai.formats import is_model_class, response_format_for
from headrace.utils.function_calling import convert_to_openai_tool

__all__ = ["METHODS"]

_Parts = tuple[dict[str, Any], Any]


def _by_tool_call(schema: Any, strict: bool | None, _tools: Any, kwargs: dict[str, Any]) -> _Parts:
    name = convert_to_openai_tool(schema)["function"]["name"]
    arguments = {
        "tool_choice": name,
        "parallel_tool_calls": False,
        "strict": strict,
        "ls_structured_output_format": {
            "kwargs": {"method": "function_calling", "strict": strict},
            "schema": schema,
        },
        **kwargs,
    }
    if is_model_class(schema):
        return arguments, PydanticToolsParser(tools=[schema], first_tool_only=True)
    return arguments, JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def _by_prompt(schema: Any, _strict: Any, _tools: Any, kwargs: dict[str, Any]) -> _Parts:
    arguments = {
        "response_format": {"type": "json_object"},
        "ls_structured_output_format": {"kwargs": {"method": "json_mode"}, "schema": schema},
        **kwargs,
    }
    parser = PydanticOutputParser(pydantic_object=schema) if is_model_class(schema) else None
    return arguments, parser or JsonOutputParser()


def _by_schema(schema: Any, strict: bool | None, tools: Any, kwargs: dict[str, Any]) -> _Parts:
    arguments = {
        "response_format": (
            schema if is_model_class(schema) else response_format_for(schema, strict=strict)
        ),
        "ls_structured_output_format": {
            "kwargs": {"method": "json_schema", "strict": strict},
            "schema": convert_to_openai_tool(schema),
        },
        **kwargs,
    }
    if tools:
        arguments["tools"] = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
    if not is_model_class(schema):
        return arguments, JsonOutputParser()
    return arguments, AnswerParser(pydantic_object=schema)


METHODS: dict[str, Callable[..., _Parts]] = {
    "function_calling": _by_tool_call,
    "json_mode": _by_prompt,
    "json_schema": _by_schema,
}
"""The values of `method` of `with_structured_output`."""
