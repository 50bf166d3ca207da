"""Conversion of tools to the form of Anthropic's API."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import NotRequired, TypedDict

from headrace.tools.base import BaseTool
from headrace.utils.function_calling import convert_to_openai_tool

__all__ = ["AnthropicTool", "check_refused", "choice_of", "convert_to_anthropic_tool", "tools_for"]


class AnthropicTool(TypedDict):
    """A tool in the form of the API."""

    name: str
    """The name of the tool."""
    input_schema: dict[str, Any]
    """The JSON schema of its arguments."""
    description: NotRequired[str]
    """The purpose of the tool."""
    strict: NotRequired[bool]
    """Whether calls must match the schema."""
    cache_control: NotRequired[dict[str, str]]
    """Cache options for the request up to this tool."""
    defer_loading: NotRequired[bool]
    """Whether the model sees the tool only after it has searched for it."""
    input_examples: NotRequired[list[dict[str, Any]]]
    """Example arguments."""
    allowed_callers: NotRequired[list[str]]
    """The allowed callers, such as the provider's code execution."""


_EXTRAS = (
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
)
"""The keys of a tool's `extras` that are sent to the API besides the schema."""

_PROVIDED = (
    "text_editor_",
    "computer_",
    "bash_",
    "web_search_",
    "web_fetch_",
    "code_execution_",
    "mcp_toolset",
    "memory_",
    "tool_search_",
    "advisor_",
)
"""Prefixes of the types of the provider's own tools."""

_COMPOSITIONS = ("oneOf", "anyOf")


def convert_to_anthropic_tool(
    tool: Mapping[str, Any] | type | Callable[..., Any] | BaseTool, *, strict: bool | None = None
) -> AnthropicTool:
    """Convert a tool to the form of the API.

    Args:
        tool: A tool, a function, a pydantic model, a TypedDict, a schema; or a dictionary in the
            form of the API. If a tool's `extras` have a `provider_tool_definition`, that is used.
        strict: Whether calls must match the schema.

    Returns:
        The tool in the form of the API.
    """
    extras: Mapping[str, Any] = {}
    if isinstance(tool, BaseTool) and isinstance(tool.extras, dict):
        extras = tool.extras
    made: Any
    if "provider_tool_definition" in extras:
        made = extras["provider_tool_definition"]
        return made  # type: ignore[no-any-return]
    if isinstance(tool, dict) and {"name", "description", "input_schema"} <= tool.keys():
        made = dict(tool)
        return made  # type: ignore[no-any-return]
    function: Any = convert_to_openai_tool(tool, strict=strict)["function"]
    made = {"name": function["name"], "input_schema": function["parameters"]}
    if "description" in function:
        made["description"] = function["description"]
    if "strict" in function and isinstance(strict, bool):
        made["strict"] = function["strict"]
    made.update((key, value) for key, value in extras.items() if key in _EXTRAS)
    return made  # type: ignore[no-any-return]


def tools_for(
    tools: Sequence[Any], strict: bool | None = None
) -> tuple[list[Mapping[str, Any]], set[str]]:
    """Convert tools to the form of the API; drop those with refused schemas, with a warning.

    Args:
        tools: The tools. The provider's own tools are passed unchanged.
        strict: Whether calls must match the schemas.

    Returns:
        The converted tools, and the names of the dropped ones.
    """
    kept: list[Mapping[str, Any]] = []
    refused: set[str] = set()
    for given in tools:
        tool: Any = given
        if not _is_provided(given):
            tool = convert_to_anthropic_tool(given, strict=strict)
        schema = tool.get("input_schema")
        found = [key for key in _COMPOSITIONS if isinstance(schema, Mapping) and key in schema]
        if not found:
            kept.append(tool)
            continue
        name = tool.get("name")
        if isinstance(name, str):
            refused.add(name)
        warnings.warn(
            f"Dropping tool {name!r}: the API refuses a schema with {'/'.join(found)} at its top. "
            "The model cannot call it.",
            stacklevel=3,
        )
    return kept, refused


def _is_provided(tool: Any) -> bool:
    kind = tool.get("type") if isinstance(tool, dict) else None
    return isinstance(kind, str) and kind.startswith(_PROVIDED)


def choice_of(given: Any) -> dict[str, Any] | None:
    """Convert a tool choice to the form of the API.

    Args:
        given: `"any"`, `"auto"`, a tool's name, a dictionary for the API, or None.

    Returns:
        The choice; None if no choice is given.

    Raises:
        ValueError: If the choice has another type.
    """
    if not given:
        return None
    if isinstance(given, dict):
        return dict(given)
    if isinstance(given, str):
        return {"type": given} if given in ("any", "auto") else {"type": "tool", "name": given}
    raise ValueError(
        f"Unrecognized 'tool_choice' type tool_choice={given!r}. Expected dict, str, or None."
    )


def check_refused(
    tools: Sequence[Any],
    kept: Sequence[Any],
    refused: set[str],
    choice: Mapping[str, Any] | None,
) -> None:
    """Check that the tool choice is still possible without the dropped tools.

    Args:
        tools: All tools.
        kept: The tools to bind.
        refused: The names of the dropped tools.
        choice: The tool choice.

    Raises:
        ValueError: If all tools were dropped, or if the choice forces a call and may refer to a
            dropped one.
    """
    remedy = (
        "The API refuses oneOf/anyOf at the top of an input_schema: move it under `properties`, or "
        "use `with_structured_output(..., method='json_schema')`, which takes such schemas."
    )
    if tools and not kept:
        raise ValueError(
            f"All {len(tools)} bound tool(s) were dropped: {sorted(refused)}. {remedy}"
        )
    if not refused or choice is None:
        return
    if choice.get("type") == "tool" and choice.get("name") in refused:
        raise ValueError(f"tool_choice forces {choice['name']!r}, which was dropped. {remedy}")
    if choice.get("type") == "any":
        raise ValueError(
            f"tool_choice='any' forces a call, but {sorted(refused)} were dropped. {remedy}"
        )
