"""Structured output: from a tool call, from the API's own feature, or from a prompt."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.language_models.structured_raw import with_raw
from headrace.output_parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from headrace.providers.openai.answer_parsers import AnswerParser, GrowingAnswerParser
from headrace.providers.openai.formats import is_model_class, response_format_for
from headrace.utils.function_calling import convert_to_openai_tool

if TYPE_CHECKING:
    from headrace.providers.openai.base import BaseChatOpenAI
    from headrace.runnables.runnable import Runnable

__all__ = ["structured"]


def structured(
    model: BaseChatOpenAI,
    schema: Any,
    method: str,
    include_raw: bool,
    strict: bool | None,
    tools: Sequence[Any] | None,
    kwargs: dict[str, Any],
) -> Runnable[Any, Any]:
    """Return a runnable with structured output; see `BaseChatOpenAI.with_structured_output`."""
    if method not in _WAYS:
        raise ValueError(
            f"Unrecognized method argument. Expected one of {', '.join(map(repr, _WAYS))}. "
            f"Received: {method!r}"
        )
    if strict is not None and method == "json_mode":
        raise ValueError("Argument `strict` is not supported with `method`='json_mode'")
    if schema is None and method != "json_mode":
        raise ValueError("schema must be specified when method is not 'json_mode'. Received None.")
    name = model.model_name or ""
    if method == "json_schema" and (name.startswith(("gpt-3", "gpt-4-")) or name == "gpt-4"):
        warnings.warn(
            f"{name} does not know method='json_schema': method='function_calling' is used, which "
            "is better said",
            stacklevel=4,
        )
        method = "function_calling"
    partial_models = bool(kwargs.pop("partial_models", False))
    if partial_models and not is_model_class(schema):
        raise ValueError("partial_models is for pydantic models: dictionaries grow by themselves")
    bound: Any
    parser: Any
    bound, parser = _WAYS[method](model, schema, strict, tools, kwargs)
    if partial_models:
        parser = (
            GrowingAnswerParser(pydantic_object=schema)
            if method == "json_schema"
            else parser.model_copy(update={"partial_models": True})
        )
    return with_raw(bound, parser) if include_raw else bound | parser


_Pair = tuple[Any, Any]


def _by_call(
    model: BaseChatOpenAI, schema: Any, strict: bool | None, _tools: Any, kwargs: dict[str, Any]
) -> _Pair:
    name = convert_to_openai_tool(schema)["function"]["name"]
    asked = {
        "tool_choice": name,
        "parallel_tool_calls": False,
        "strict": strict,
        "ls_structured_output_format": {
            "kwargs": {"method": "function_calling", "strict": strict},
            "schema": schema,
        },
        **kwargs,
    }
    bound = model.bind_tools([schema], **_enabled(model, asked))
    if is_model_class(schema):
        return bound, PydanticToolsParser(tools=[schema], first_tool_only=True)
    return bound, JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def _enabled(model: BaseChatOpenAI, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters without those that the server does not support."""
    off = model.disabled_params or {}
    return {
        name: value
        for name, value in asked.items()
        if name not in off or not (off[name] is None or value in off[name])
    }


def _by_prompt(
    model: BaseChatOpenAI, schema: Any, _strict: Any, _tools: Any, kwargs: dict[str, Any]
) -> _Pair:
    asked = {
        "response_format": {"type": "json_object"},
        "ls_structured_output_format": {"kwargs": {"method": "json_mode"}, "schema": schema},
        **kwargs,
    }
    parser = PydanticOutputParser(pydantic_object=schema) if is_model_class(schema) else None
    return model.bind(**asked), parser or JsonOutputParser()


def _by_schema(
    model: BaseChatOpenAI, schema: Any, strict: bool | None, tools: Any, kwargs: dict[str, Any]
) -> _Pair:
    asked = {
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
        asked["tools"] = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
    if not is_model_class(schema):
        return model.bind(**asked), JsonOutputParser()
    return model.bind(**asked), AnswerParser(pydantic_object=schema)


_WAYS: dict[str, Callable[..., _Pair]] = {
    "function_calling": _by_call,
    "json_mode": _by_prompt,
    "json_schema": _by_schema,
}
