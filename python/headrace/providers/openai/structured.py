"""Answers of a given shape: by a tool's call, by the API's own means, or by a prompt."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage
from headrace.output_parsers import (
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
)
from headrace.providers.openai.formats import is_model_class, response_format_for
from headrace.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough
from headrace.utils.function_calling import convert_to_openai_tool

if TYPE_CHECKING:
    from headrace.providers.openai.base import BaseChatOpenAI
    from headrace.runnables.runnable import Runnable

__all__ = ["OpenAIRefusalError", "structured"]


class OpenAIRefusalError(OutputParserException):
    """The model refused to answer with data of the shape that was asked for."""


def structured(
    model: BaseChatOpenAI,
    schema: Any,
    method: str,
    include_raw: bool,
    strict: bool | None,
    tools: Sequence[Any] | None,
    kwargs: dict[str, Any],
) -> Runnable[Any, Any]:
    """Make a model answer with data; see `BaseChatOpenAI.with_structured_output`."""
    if method not in _WAYS:
        raise ValueError(
            f"Unrecognized method argument. Expected one of {', '.join(map(repr, _WAYS))}. "
            f"Received: {method!r}"
        )
    if strict is not None and method == "json_mode":
        raise ValueError("Argument `strict` is not supported with `method`='json_mode'")
    if schema is None and method != "json_mode":
        raise ValueError("schema must be specified when method is not 'json_mode'. Received None.")
    name = model.model_name
    if method == "json_schema" and (name.startswith(("gpt-3", "gpt-4-")) or name == "gpt-4"):
        warnings.warn(
            f"{name} does not know method='json_schema': method='function_calling' is used, which "
            "is better said",
            stacklevel=4,
        )
        method = "function_calling"
    bound, parser = _WAYS[method](model, schema, strict, tools, kwargs)
    chain: Runnable[Any, Any]
    if not include_raw:
        chain = bound | parser
        return chain
    parsed: Any = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    unparsed: Any = RunnablePassthrough.assign(parsed=lambda _: None)
    either = parsed.with_fallbacks([unparsed], exception_key="parsing_error")
    chain = RunnableParallel(raw=bound) | either
    return chain


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
    """Leave out what the server does not take."""
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
    return model.bind(**asked), RunnableLambda(_reader(schema)).with_types(output_type=schema)


_WAYS: dict[str, Callable[..., _Pair]] = {
    "function_calling": _by_call,
    "json_mode": _by_prompt,
    "json_schema": _by_schema,
}


def _reader(schema: type[BaseModel]) -> Callable[[AIMessage], Any]:
    def read(message: AIMessage) -> Any:
        """Give the object that a message is."""
        parsed = message.additional_kwargs.get("parsed")
        if parsed is not None:
            return schema(**parsed) if isinstance(parsed, dict) else parsed
        refusal = _refusal(message)
        if refusal:
            raise OpenAIRefusalError(refusal, llm_output=refusal)
        if message.tool_calls:
            return None
        text = str(message.text)
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            ended = message.response_metadata.get("finish_reason")
            cut = " It was cut off: the answer was too long." if ended == "length" else ""
            raise OutputParserException(
                f"The model's answer is no {schema.__name__}.{cut} {error}", llm_output=text
            ) from error

    return read


def _refusal(message: AIMessage) -> str | None:
    said = message.additional_kwargs.get("refusal")
    if said:
        return str(said)
    for block in message.content if isinstance(message.content, list) else ():
        if isinstance(block, dict):
            inner = block.get("value") if block.get("type") == "non_standard" else block
            if isinstance(inner, dict) and inner.get("refusal"):
                return str(inner["refusal"])
    return None
