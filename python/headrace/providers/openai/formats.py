"""Shapes of answers, and tools, as OpenAI takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.providers.extras import load_extra
from headrace.utils.function_calling import convert_to_openai_function, convert_to_openai_tool
from headrace.utils.pydantic import is_basemodel_subclass

__all__ = [
    "BUILT_IN_TOOLS",
    "is_model_class",
    "response_format_for",
    "tool_choice_for",
    "tools_for",
]

BUILT_IN_TOOLS = (
    "apply_patch",
    "code_interpreter",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "mcp",
    "tool_search",
    "web_search",
    "web_search_preview",
)
"""The tools that OpenAI runs itself."""

_EXTRAS = ("defer_loading", "async")
"""What a tool object may say to the provider beside its schema."""


def is_model_class(schema: Any) -> bool:
    """Whether a schema is a pydantic model's class."""
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def response_format_for(schema: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """Give a shape as the value of the parameter `response_format`.

    Args:
        schema: A pydantic model, a typed dictionary, a JSON schema; or what the parameter takes.
        strict: Whether the model must keep to it.

    Returns:
        The value.

    Raises:
        ValueError: If `strict` is said twice, differently.
    """
    if is_model_class(schema):
        sdk = load_extra("openai", extra="openai", user="response_format")
        function = sdk.pydantic_function_tool(schema)["function"]
        named = {"schema": function["parameters"], "name": schema.__name__, "strict": True}
        return {"type": "json_schema", "json_schema": named}
    if isinstance(schema, dict):
        if schema.get("type") in ("json_object", "text"):
            return schema
        if schema.get("type") == "json_schema" and "json_schema" in schema:
            said = schema["json_schema"].get("strict")
            if strict is not None and said is not None and strict is not said:
                raise ValueError(
                    f"Output schema already has 'strict' value set to {said} but 'strict' also "
                    f"passed in to with_structured_output as {strict}. Please make sure that "
                    "'strict' is only specified in one place."
                )
            return schema
        if "name" in schema and "schema" in schema:
            return {"type": "json_schema", "json_schema": schema}
        if strict is None and isinstance(schema.get("strict"), bool):
            strict = schema["strict"]
    function = convert_to_openai_function(schema, strict=bool(strict))
    function["schema"] = function.pop("parameters")
    return {"type": "json_schema", "json_schema": function}


def tools_for(tools: Sequence[Any], strict: bool | None) -> list[dict[str, Any]]:
    """Describe tools.

    Args:
        tools: Functions, models, schemas, tool objects, or tools that OpenAI runs.
        strict: Whether the model must keep to their schemas.

    Returns:
        The descriptions.
    """
    described = []
    for tool in tools:
        made = convert_to_openai_tool(tool, strict=strict)
        extras = getattr(tool, "extras", None)
        if isinstance(extras, dict):
            made = {**made, **{name: extras[name] for name in _EXTRAS if name in extras}}
        described.append(made)
    return described


def tool_choice_for(choice: Any, tools: Sequence[dict[str, Any]]) -> Any:
    """Give the choice of a tool as the API takes it.

    Args:
        choice: A tool's name; `"auto"`, `"none"`, `"any"` or `"required"`; True for any; or what
            the API takes.
        tools: The tools, described.

    Returns:
        The choice.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(choice, bool):
        return "required"
    if isinstance(choice, dict):
        return choice
    if not isinstance(choice, str):
        raise ValueError(
            f"Unrecognized tool_choice type. Expected str, bool or dict. Received: {choice}"
        )
    names = {tool["function"]["name"] if "function" in tool else tool.get("name") for tool in tools}
    if choice in names:
        return {"type": "function", "function": {"name": choice}}
    if choice in BUILT_IN_TOOLS:
        return {"type": choice}
    return "required" if choice == "any" else choice
