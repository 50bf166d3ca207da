"""Tools as Anthropic's API is told of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import NotRequired, TypedDict

from headrace.tools.base import BaseTool
from headrace.utils.function_calling import convert_to_openai_tool

__all__ = ["AnthropicTool", "check_refused", "choice_of", "convert_to_anthropic_tool", "tools_for"]


class AnthropicTool(TypedDict):
    """A tool of ours as the API is told of it."""

    name: str
    """What it is called."""
    input_schema: dict[str, Any]
    """The JSON schema of its arguments."""
    description: NotRequired[str]
    """What it is for."""
    strict: NotRequired[bool]
    """Whether calls must keep to the schema."""
    cache_control: NotRequired[dict[str, str]]
    """How long the request up to here is kept in the provider's cache."""
    defer_loading: NotRequired[bool]
    """Whether the model is told of it only once it has searched for it."""
    input_examples: NotRequired[list[dict[str, Any]]]
    """Arguments to learn from."""
    allowed_callers: NotRequired[list[str]]
    """Who may call it, such as the provider's code execution."""


_EXTRAS = (
    "allowed_callers",
    "cache_control",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
)
"""What the API is told of a tool beside its schema, where the tool's `extras` say it."""

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
"""How the types of the tools begin that the provider itself has."""

_COMPOSITIONS = ("oneOf", "anyOf")


def convert_to_anthropic_tool(
    tool: Mapping[str, Any] | type | Callable[..., Any] | BaseTool, *, strict: bool | None = None
) -> AnthropicTool:
    """Describe a tool as the API is told of it.

    Args:
        tool: A tool, a function, a pydantic model, a typed dictionary, a schema; or what the API is
            told already. Where a tool's `extras` have a `provider_tool_definition`, it is that.
        strict: Whether calls must keep to the schema.

    Returns:
        The description.
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
    """Describe tools, without those whose schemas the API refuses; of them it is warned.

    Args:
        tools: The tools. Those that the provider has are passed on as they are.
        strict: Whether calls must keep to the schemas.

    Returns:
        The descriptions, and the names of what was left out.
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
    """Give which tool must be called as the API is told it.

    Args:
        given: `"any"`, `"auto"`, a tool's name, what the API is told, or nothing.

    Returns:
        The choice; None where nothing was said.

    Raises:
        ValueError: If it is none of these.
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
    """See to it that what the caller wants called can be called still.

    Args:
        tools: What was to be bound.
        kept: What is.
        refused: The names of the others.
        choice: Which must be called.

    Raises:
        ValueError: If none is left, or one must be called of which some are not there.
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
