"""Requests to Anthropic's API, from a model's fields and a call's arguments."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.messages import AIMessage, BaseMessage
from headrace.providers.anthropic.messages import TOOL_CHANGES, conversation
from headrace.providers.anthropic.profiles import check_supported
from headrace.utils.function_calling import convert_to_json_schema
from headrace.utils.pydantic import is_basemodel_subclass

if TYPE_CHECKING:
    from headrace.providers.anthropic.chat_models import ChatAnthropic

__all__ = ["is_plain", "output_format", "request_for"]

_BETA_OF_TOOL = {
    "web_fetch_20250910": "web-fetch-2025-09-10",
    "code_execution_20250522": "code-execution-2025-05-22",
    "mcp_toolset": "mcp-client-2025-11-20",
    "memory_20250818": "context-management-2025-06-27",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "tool_search_tool_regex_20251119": "advanced-tool-use-2025-11-20",
    "tool_search_tool_bm25_20251119": "advanced-tool-use-2025-11-20",
    "advisor_20260301": "advisor-tool-2026-03-01",
}
"""The beta feature that a tool of the provider needs."""

_INLINE_TOOLS = "inline-tools-2026-09-15"

# The SDK has no arguments for them since version 1; the API still accepts them.
_SAMPLING = ("temperature", "top_k", "top_p")


def request_for(
    model: ChatAnthropic,
    messages: Sequence[BaseMessage],
    stop: Sequence[str] | None,
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments for the SDK's `messages.create`.

    Args:
        model: The model.
        messages: The conversation so far.
        stop: Texts at which the model stops.
        kwargs: The arguments of the call, which override the model's fields.

    Returns:
        The arguments; if they include `betas`, they are for `beta.messages.create`.

    Raises:
        ValueError: If the model or the API is known to refuse the request.
    """
    _check(model, kwargs)
    in_place = bool((model.profile or {}).get("mid_conversation_system_messages"))
    system, turns = conversation(messages, model=model.model, system_in_place=in_place)
    request: dict[str, Any] = {
        "model": model.model,
        "max_tokens": model.max_tokens,
        "messages": turns,
        "temperature": model.temperature,
        "top_k": model.top_k,
        "top_p": model.top_p,
        "stop_sequences": stop or model.stop_sequences,
        "betas": model.betas,
        "context_management": model.context_management,
        "mcp_servers": model.mcp_servers,
        "container": model.container,
        "user_profile_id": model.user_profile_id,
        "system": system or None if isinstance(system, list) else system,
        **model.model_kwargs,
        **kwargs,
    }
    if model.inference_geo is not None:
        request["inference_geo"] = model.inference_geo
    if model.model.startswith("claude-fable-5"):
        for name in _SAMPLING:
            request.pop(name, None)
    _set_output(model, request)
    _set_container(model, messages, request)
    for beta in _needed_betas(request):
        if beta not in (request.get("betas") or ()):
            request["betas"] = [*(request.get("betas") or ()), beta]
    return _sampled({key: value for key, value in request.items() if value is not None})


def _check(model: ChatAnthropic, kwargs: Mapping[str, Any]) -> None:
    given = {**model.model_kwargs, **kwargs}
    config = given.get("output_config")
    efforts = (
        given.get("effort") if given.get("effort") is not None else given.get("reasoning_effort"),
        config.get("effort") if isinstance(config, dict) else None,
        model.reasoning_effort,
        (model.output_config or {}).get("effort"),
    )
    check_supported(
        model.model,
        {name: given.get(name, getattr(model, name)) for name in _SAMPLING},
        given.get("thinking") if model.thinking is None else model.thinking,
        next((effort for effort in efforts if effort), None),
    )


def _set_output(model: ChatAnthropic, request: dict[str, Any]) -> None:
    """Set the thinking mode, the effort and the output format."""
    said_how = "thinking" in request or model.thinking is not None
    if model.thinking is not None:
        request["thinking"] = model.thinking
    config = dict(model.output_config or {})
    if model.reasoning_effort:
        config["effort"] = model.reasoning_effort
    if isinstance(request.get("output_config"), dict):
        config.update(request["output_config"])
    # both names are headrace's, not the API's
    effort, other = request.pop("effort", None), request.pop("reasoning_effort", None)
    effort = other if effort is None else effort
    if effort:
        config["effort"] = effort
    if config:
        request["output_config"] = config
    levels = (model.profile or {}).get("reasoning_effort_levels")
    known = isinstance(levels, (list, tuple)) and "xhigh" in levels
    if (effort or model.reasoning_effort) and not said_how and known:
        # models with this level accept adaptive thinking, others refuse it
        request["thinking"] = {"type": "adaptive", "display": "summarized"}
    if "response_format" in request:
        wanted = request.pop("response_format")
        if isinstance(wanted, dict) and wanted.get("type") == "json_schema":
            wanted = wanted.get("json_schema", {}).get("schema", wanted)
        request["output_config"] = {**config, "format": output_format(wanted)}
    if "output_format" in request:
        warnings.warn(
            "`output_format` is deprecated: use output_config={'format': ...}",
            DeprecationWarning,
            stacklevel=2,
        )
        given = request.get("output_config") or {}
        request["output_config"] = {**given, "format": request.pop("output_format")}


def output_format(schema: Any) -> dict[str, Any]:
    """Return the output format for a schema.

    Args:
        schema: A pydantic model, a TypedDict, or a JSON schema.

    Returns:
        The value of `output_config.format`.
    """
    from anthropic import transform_schema

    if not isinstance(schema, dict) and not (
        isinstance(schema, type) and is_basemodel_subclass(schema)
    ):
        schema = convert_to_json_schema(schema)
    return {"type": "json_schema", "schema": transform_schema(schema)}


def _set_container(
    model: ChatAnthropic, messages: Sequence[BaseMessage], request: dict[str, Any]
) -> None:
    """Set the container in which code runs: that of the last answer, if requested."""
    container = request.get("container")
    known = container.get("id") if isinstance(container, dict) else container
    if model.reuse_last_container and not known:
        last = next(_containers(messages), None)
        if last:
            more = container if isinstance(container, dict) else None
            request["container"] = {**more, "id": last} if more is not None else last
    skills = isinstance(container, dict) and container.get("skills")
    if skills and not any(kind.startswith("code_execution") for kind, _ in _tools(request)):
        warnings.warn(
            "Skills need a code execution tool: bind one, such as "
            '`bind_tools([{"type": "code_execution_20260521", "name": "code_execution"}])`.',
            stacklevel=2,
        )


def _containers(messages: Sequence[BaseMessage]) -> Iterator[str]:
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            container = message.response_metadata.get("container")
            if isinstance(container, dict) and container.get("id"):
                yield container["id"]


def _tools(request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tools of a request that are dictionaries, each with its type."""
    for tool in request.get("tools") or ():
        if isinstance(tool, dict):
            yield str(tool.get("type") or ""), tool


def _needed_betas(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the beta features that a request needs."""
    if isinstance(request.get("tools"), list):
        for kind, _ in _tools(request):
            if kind in _BETA_OF_TOOL:
                yield _BETA_OF_TOOL[kind]
        if any(tool.get("input_examples") for _, tool in _tools(request)):
            yield "advanced-tool-use-2025-11-20"
    if request.get("mcp_servers"):
        yield "mcp-client-2025-11-20"
    config, thinking = request.get("output_config"), request.get("thinking")
    if isinstance(config, dict) and config.get("task_budget"):
        yield "task-budgets-2026-03-13"
    if isinstance(thinking, dict) and thinking.get("display") == "updates":
        yield "thinking-display-updates-2026-08-18"
    changes = list(_tool_changes(request))
    if any(_defines(change) for change in changes):
        yield _INLINE_TOOLS
    elif changes and _INLINE_TOOLS not in (request.get("betas") or ()):
        yield "mid-conversation-tool-changes-2026-07-01"
    if request.get("user_profile_id"):
        yield "user-profiles-2026-03-24"


def _tool_changes(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for turn in request.get("messages") or ():
        if turn["role"] == "system" and isinstance(turn["content"], list):
            for block in turn["content"]:
                if block.get("type") in TOOL_CHANGES:
                    yield block


def _defines(change: Mapping[str, Any]) -> bool:
    tool = change.get("tool")
    return (
        change["type"] == "tool_addition"
        and isinstance(tool, dict)
        and tool.get("type") == "tool_definition"
    )


def _sampled(request: dict[str, Any]) -> dict[str, Any]:
    """Move the sampling parameters to `extra_body`, unless the caller set them there."""
    given = request.get("extra_body")
    if given is not None and not isinstance(given, Mapping):
        return request
    sampling = {name: request.pop(name) for name in _SAMPLING if name in request}
    if sampling:
        request["extra_body"] = {**sampling, **(given or {})}
    return request


def is_plain(request: Mapping[str, Any]) -> bool:
    """Return whether the answer can only be text, so that its content is a string."""
    if "tools" in request or "mcp_servers" in request:
        return False
    if (request.get("extra_body") or {}).get("tools"):
        return False
    if (request.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        return False
    edits = (request.get("context_management") or {}).get("edits") or ()
    if any("compact" in (edit.get("type") or "") for edit in edits):
        return False
    return not any(_is_cited(block) for block in _blocks(request))


def _blocks(request: Mapping[str, Any]) -> Iterator[Any]:
    for turn in request["messages"]:
        if isinstance(turn["content"], list):
            yield from turn["content"]


def _is_cited(block: Any) -> bool:
    return (
        isinstance(block, dict)
        and block.get("type") == "document"
        and bool((block.get("citations") or {}).get("enabled"))
    )
