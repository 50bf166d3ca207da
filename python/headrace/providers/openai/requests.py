"""Requests to the server, from messages and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.messages import AIMessage, BaseMessage
from headrace.providers.openai.formats import response_format_for
from headrace.providers.openai.messages import messages_for_chat
from headrace.providers.openai.response_input import response_input
from headrace.providers.openai.servers import Server

__all__ = [
    "PARAMETERS",
    "RESPONSES_MODELS",
    "RESPONSES_PARAMETERS",
    "for_chat",
    "for_responses",
    "without_secrets",
]

PARAMETERS = (
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "top_p",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "stop",
    "max_tokens",
    "extra_body",
    "n",
    "temperature",
    "reasoning_effort",
    "reasoning",
    "verbosity",
    "context_management",
    "include",
    "prompt_cache_options",
    "service_tier",
    "truncation",
    "store",
)
"""Fields of a model that are parameters of a request."""

RESPONSES_PARAMETERS = (
    "context_management",
    "include",
    "previous_response_id",
    "reasoning",
    "text",
    "truncation",
)
"""Parameters that only the responses API has."""

RESPONSES_MODELS = (
    "gpt-5-pro",
    "gpt-5.2-pro",
    "gpt-5.4-pro",
    "gpt-5.5-pro",
    "gpt-5.6-sol",
)
"""Prefixes of the names of models that only the responses API has."""

_SECRET_TOOL_FIELDS = ("headers", "authorization")


def without_secrets(tool: Any) -> Any:
    """Return a tool for callbacks, without secret fields such as headers for remote servers."""
    if not isinstance(tool, dict) or tool.get("type") != "mcp":
        return tool
    hidden = {name: "**REDACTED**" for name in _SECRET_TOOL_FIELDS if name in tool}
    return {**tool, **hidden}


def for_chat(
    messages: Sequence[BaseMessage], payload: dict[str, Any], server: Server
) -> dict[str, Any]:
    """Return a request for the chat completions API.

    Args:
        messages: The conversation so far.
        payload: The parameters.
        server: The server that the request is for.

    Returns:
        The arguments for the SDK.
    """
    made = {**payload, "messages": messages_for_chat(messages, server)}
    shape = made.get("response_format")
    if isinstance(shape, type):
        made["response_format"] = response_format_for(shape)
    return made


def for_responses(
    messages: Sequence[BaseMessage], payload: dict[str, Any], *, use_previous: bool
) -> dict[str, Any]:
    """Return a request for the responses API.

    Args:
        messages: The conversation so far.
        payload: The parameters, with the names of the chat completions API.
        use_previous: If true, leave out the messages up to the last answer that the server knows.

    Returns:
        The arguments for the SDK.
    """
    made = dict(payload)
    if use_previous:
        later, answer = _since_answer(messages)
        if answer is not None:
            made["previous_response_id"], messages = answer, later
    for name in ("max_tokens", "max_completion_tokens"):
        if name in made:
            made["max_output_tokens"] = made.pop(name)
    if "reasoning_effort" in made and "reasoning" not in made:
        made["reasoning"] = {"effort": made.pop("reasoning_effort")}
    # the API has no such parameter, and would refuse the request
    made.pop("stop", None)
    if _refuses_temperature(made):
        made.pop("temperature", None)
    made["input"] = response_input(messages, store=made.get("store"))
    tools = made.pop("tools", None)
    if tools:
        made["tools"] = [_tool(tool, bool(made.get("stream"))) for tool in tools]
    choice = made.pop("tool_choice", None)
    if choice:
        named = isinstance(choice, dict) and choice.get("type") == "function"
        made["tool_choice"] = (
            {"type": "function", **choice["function"]} if named and "function" in choice else choice
        )
    _set_text(made)
    return made


def _set_text(made: dict[str, Any]) -> None:
    """Set verbosity and format of the answer under `text`."""
    shape = made.pop("response_format", None)
    verbosity = made.pop("verbosity", None)
    text = dict(made.get("text") or {})
    if shape:
        given = response_format_for(shape, strict=made.pop("strict", None))
        named = given.get("json_schema")
        text["format"] = given if named is None else {"type": "json_schema", **named}
    if verbosity is not None:
        text["verbosity"] = verbosity
    if text:
        made["text"] = text


def _refuses_temperature(made: Mapping[str, Any]) -> bool:
    name = made.get("model") or ""
    effort = (made.get("reasoning") or {}).get("effort")
    return bool(name.startswith("gpt-5") and "chat" not in name and effort != "none")


def _tool(tool: dict[str, Any], stream: bool) -> dict[str, Any]:
    """Convert a tool to the form of the responses API, which does not nest functions."""
    if tool.get("type") == "function" and "function" in tool:
        more = {name: value for name, value in tool.items() if name not in ("type", "function")}
        return {"type": "function", **tool["function"], **more}
    if tool.get("type") == "image_generation":
        if "partial_images" in tool:
            raise NotImplementedError(
                "images are given when they are complete: leave out `partial_images`"
            )
        if stream:
            # the API requires it
            return {**tool, "partial_images": 1}
    return tool


def _since_answer(messages: Sequence[BaseMessage]) -> tuple[Sequence[BaseMessage], str | None]:
    """Return the messages after the last answer that the server knows, and its id."""
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if isinstance(message, AIMessage):
            known = message.response_metadata.get("id")
            if isinstance(known, str) and known.startswith("resp_"):
                return messages[at + 1 :], known
    return messages, None
