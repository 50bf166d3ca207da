"""Conversion of schemas and tools to OpenAI's form."""

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
"""The keys of a tool's `extras` that are sent to the provider besides the schema."""


def is_model_class(schema: Any) -> bool:
    """Return whether a schema is a class of pydantic models."""
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def response_format_for(schema: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """Convert a schema to a value of the parameter `response_format`.

    Args:
        schema: A pydantic model, a TypedDict, a JSON schema; or a value of the parameter.
        strict: Whether the model must follow the schema.

    Returns:
        The value of the parameter.

    Raises:
        ValueError: If `strict` differs from the value in the schema.
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
    """Convert tools to OpenAI's form.

    Args:
        tools: Functions, models, schemas, tool objects, or tools that OpenAI runs.
        strict: Whether calls must match the schemas.

    Returns:
        The converted tools.
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
    """Convert a tool choice to the form of the API.

    Args:
        choice: A tool's name; `"auto"`, `"none"`, `"any"` or `"required"`; True for any; or a
            dictionary for the API.
        tools: The converted tools.

    Returns:
        The converted choice.

    Raises:
        ValueError: If the choice is invalid.
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
