"""Structured output: a model with a tool for the schema, and a parser of its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.language_models.structured_raw import with_raw
from headrace.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from headrace.utils.function_calling import convert_to_openai_tool
from headrace.utils.pydantic import is_basemodel_subclass

if TYPE_CHECKING:
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.runnables.runnable import Runnable

__all__ = ["structured"]


def structured(
    model: BaseChatModel, schema: Any, include_raw: bool, kwargs: dict[str, Any]
) -> Runnable[Any, Any]:
    """Return a model with structured output; see `BaseChatModel.with_structured_output`."""
    from headrace.language_models.chat_models import BaseChatModel

    known = ("method", "partial_models", "strict")
    unknown = {key: value for key, value in kwargs.items() if key not in known}
    if unknown:
        raise ValueError(f"Received unsupported arguments {unknown}")
    if type(model).bind_tools is BaseChatModel.bind_tools:
        raise NotImplementedError("with_structured_output is not implemented for this model.")
    bound = model.bind_tools(
        [schema],
        tool_choice="any",
        ls_structured_output_format={
            "kwargs": {"method": "function_calling"},
            "schema": schema,
        },
    )
    parser = _parser(schema, bool(kwargs.get("partial_models")))
    return with_raw(bound, parser) if include_raw else bound | parser


def _parser(schema: Any, partial_models: bool) -> JsonOutputToolsParser:
    if is_basemodel_subclass(schema):
        return PydanticToolsParser(
            tools=[schema], first_tool_only=True, partial_models=partial_models
        )
    if partial_models:
        raise ValueError("partial_models is for pydantic models: dictionaries grow by themselves")
    name = convert_to_openai_tool(schema)["function"]["name"]
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
