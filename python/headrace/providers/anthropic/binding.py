"""Binding of tools and of structured output to a model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.exceptions import OutputParserException
from headrace.language_models.structured_raw import with_raw
from headrace.output_parsers.json import JsonOutputParser
from headrace.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from headrace.output_parsers.pydantic import PydanticOutputParser
from headrace.providers.anthropic.messages import conversation
from headrace.providers.anthropic.profiles import forces_tools
from headrace.providers.anthropic.request import output_format
from headrace.providers.anthropic.tools import (
    check_refused,
    choice_of,
    convert_to_anthropic_tool,
    tools_for,
)
from headrace.runnables.function import RunnableLambda
from headrace.utils.function_calling import convert_to_openai_tool
from headrace.utils.pydantic import is_basemodel_subclass

if TYPE_CHECKING:
    from headrace.messages import AIMessage, BaseMessage
    from headrace.providers.anthropic.chat_models import ChatAnthropic
    from headrace.runnables.runnable import Runnable

__all__ = ["counting", "structured", "tools_bound"]


def tools_bound(
    model: ChatAnthropic,
    tools: Sequence[Any],
    tool_choice: Any,
    parallel: bool | None,
    strict: bool | None,
) -> dict[str, Any]:
    """Return the arguments of a call with tools; see `ChatAnthropic.bind_tools`."""
    kept, refused = tools_for(tools, strict)
    choice = choice_of(tool_choice)
    forced = choice is not None and choice.get("type") in ("any", "tool")
    ignored = forced and _thinks(model)
    check_refused(tools, kept, refused, None if ignored else choice)
    if ignored:
        warnings.warn(
            "The API does not let a model be forced to call a tool while it thinks: tool_choice is "
            "dropped, and calls are not guaranteed. Turn `thinking` off, or ask for the call.",
            stacklevel=3,
        )
        choice = None
    if parallel is not None:
        choice = choice or {"type": "auto"}
        choice["disable_parallel_tool_use"] = not parallel
    return {"tools": kept, **({} if choice is None else {"tool_choice": choice})}


def counting(
    model: ChatAnthropic,
    messages: Sequence[BaseMessage],
    tools: Sequence[Any] | None,
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments of a call that counts tokens."""
    in_place = bool((model.profile or {}).get("mid_conversation_system_messages"))
    system, turns = conversation(messages, model=model.model, system_in_place=in_place)
    more = {
        "system": system,
        "tools": tools_for(tools)[0] if tools else None,
        "context_management": model.context_management,
        "betas": model.betas,
    }
    known = {key: value for key, value in more.items() if value is not None}
    return {"model": model.model, "messages": turns, **kwargs, **known}


def structured(
    model: ChatAnthropic, schema: Any, include_raw: bool, method: str, partial_models: bool
) -> Runnable[Any, Any]:
    """Return a runnable with structured output; see `ChatAnthropic.with_structured_output`."""
    if method == "json_mode":
        warnings.warn(
            "Unrecognized structured output method 'json_mode': 'json_schema' is used.",
            stacklevel=3,
        )
        method = "json_schema"
    is_model = isinstance(schema, type) and is_basemodel_subclass(schema)
    if partial_models and not is_model:
        raise ValueError("partial_models is for pydantic models: dictionaries grow by themselves")
    bound: Any
    parser: Any
    if method == "function_calling":
        bound = _calling(model, schema)
        name = convert_to_anthropic_tool(schema)["name"]
        if is_model:
            parser = PydanticToolsParser(tools=[schema], first_tool_only=True)
        else:
            parser = JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    elif method == "json_schema":
        bound = model.bind(
            output_config={"format": output_format(schema)},
            ls_structured_output_format={
                "kwargs": {"method": "json_schema"},
                "schema": convert_to_openai_tool(schema),
            },
        )
        parser = PydanticOutputParser(pydantic_object=schema) if is_model else JsonOutputParser()
    else:
        raise ValueError(
            f"Unrecognized structured output method '{method}'. Expected 'function_calling' or "
            "'json_schema'."
        )
    if partial_models:
        parser = parser.model_copy(update={"partial_models": True})
    return with_raw(bound, parser) if include_raw else bound | parser


def _calling(model: ChatAnthropic, schema: Any) -> Runnable[Any, Any]:
    """Bind a tool that takes such data, and force its call if the model allows that."""
    tool = convert_to_anthropic_tool(schema)
    told = {"kwargs": {"method": "function_calling"}, "schema": tool}
    if not _thinks(model) and forces_tools(model.model):
        return model.bind_tools(
            [schema], tool_choice=tool["name"], ls_structured_output_format=told
        )
    why = (
        f"{model.model} cannot be forced to call a tool, or not while it thinks: where it calls "
        "none, an OutputParserException is raised. Use method='json_schema', turn `thinking` off, "
        "or ask for the call."
    )
    warnings.warn(why, stacklevel=4)

    def called(message: AIMessage) -> AIMessage:
        if not message.tool_calls:
            raise OutputParserException(why)
        return message

    return model.bind_tools([schema], ls_structured_output_format=told) | RunnableLambda(called)


def _thinks(model: ChatAnthropic) -> bool:
    return (model.thinking or {}).get("type") in ("enabled", "adaptive")
