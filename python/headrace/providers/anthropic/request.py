"""Parts of requests to Anthropic's API: beta features, output format, sampling parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headrace.messages import AIMessage, BaseMessage
from headrace.providers.anthropic.messages import TOOL_CHANGES
from headrace.utils.function_calling import convert_to_json_schema
from headrace.utils.pydantic import is_basemodel_subclass

__all__ = [
    "SAMPLING_PARAMETERS",
    "containers_of",
    "is_plain",
    "move_sampling",
    "needed_betas",
    "output_format",
    "tools_of",
]

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
SAMPLING_PARAMETERS = ("temperature", "top_k", "top_p")


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


def containers_of(messages: Sequence[BaseMessage]) -> Iterator[str]:
    """Yield the ids of the containers in which code ran, the newest first."""
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            container = message.response_metadata.get("container")
            if isinstance(container, dict) and container.get("id"):
                yield container["id"]


def tools_of(request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tools of a request that are dictionaries, each with its type."""
    for tool in request.get("tools") or ():
        if isinstance(tool, dict):
            yield str(tool.get("type") or ""), tool


def needed_betas(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the beta features that a request needs."""
    if isinstance(request.get("tools"), list):
        for kind, _ in tools_of(request):
            if kind in _BETA_OF_TOOL:
                yield _BETA_OF_TOOL[kind]
        if any(tool.get("input_examples") for _, tool in tools_of(request)):
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


def move_sampling(request: dict[str, Any]) -> dict[str, Any]:
    """Move the sampling parameters to `extra_body`, unless the caller set them there."""
    given = request.get("extra_body")
    if given is not None and not isinstance(given, Mapping):
        return request
    sampling = {name: request.pop(name) for name in SAMPLING_PARAMETERS if name in request}
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
