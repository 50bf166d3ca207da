"""Conversion of functions, models, typed dictionaries and other schemas to tools for models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import NotRequired, TypedDict

from headrace.utils.classes import is_class
from headrace.utils.function_schema import create_schema_from_function
from headrace.utils.json_schema import closed, copied, dereference_refs, untitled
from headrace.utils.pydantic import is_basemodel_subclass, is_pydantic_v1_subclass
from headrace.utils.typed_dicts import typed_dict_schema

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.messages.base import BaseMessage

__all__ = [
    "FunctionDescription",
    "ToolDescription",
    "convert_to_json_schema",
    "convert_to_openai_function",
    "convert_to_openai_tool",
    "tool_example_to_messages",
]


class FunctionDescription(TypedDict):
    """Description of a function for a model."""

    name: str
    """Name of the function."""
    description: NotRequired[str]
    """Purpose of the function."""
    parameters: NotRequired[dict[str, Any]]
    """JSON schema of its arguments."""


class ToolDescription(TypedDict):
    """Description of a tool for a model."""

    type: Literal["function"]
    """Type of the tool."""
    function: FunctionDescription
    """Description of the function."""


PROVIDED_TOOLS = frozenset(
    {
        "apply_patch",
        "code_interpreter",
        "computer",
        "computer_use_preview",
        "file_search",
        "function",
        "image_generation",
        "mcp",
        "namespace",
        "tool_search",
        "web_search",
        "web_search_preview",
    }
)
"""Types of tools that OpenAI runs itself; they are sent unchanged."""


def _from_schema(
    schema: dict[str, Any], *, name: str | None = None, description: str | None = None
) -> dict[str, Any]:
    """Create a function description from a JSON schema, with resolved references and no titles."""
    parts = {
        key: value
        for key, value in dereference_refs(schema, skip_keys=("$defs", "definitions")).items()
        if key not in ("$defs", "definitions")
    }
    title = parts.pop("title", "")
    about = parts.pop("description", "")
    return {
        "name": name or title,
        "description": about if description is None else description,
        "parameters": untitled(parts),
    }


def _from_model(
    model: Any, *, name: str | None = None, description: str | None = None
) -> dict[str, Any]:
    if is_pydantic_v1_subclass(model):
        schema = model.schema()
    elif hasattr(model, "model_json_schema"):
        schema = model.model_json_schema()
    else:
        from pydantic import TypeAdapter

        schema = TypeAdapter(model).json_schema()
    return _from_schema(schema, name=name, description=description)


def _from_function(function: Callable[..., Any]) -> dict[str, Any]:
    name = function.__name__
    model = create_schema_from_function(
        name, function, parse_docstring=True, include_injected=False
    )
    return _from_model(model, name=name, description=model.__doc__ or "")


def _from_tool(tool: Any) -> dict[str, Any]:
    """Create a function description from a tool and its schema."""
    schema = None if getattr(tool, "takes_text", False) else tool.tool_call_schema
    if not schema:
        return {
            "name": tool.name,
            "description": tool.description,
            "parameters": {
                # A name that no argument has: the tool takes one string with any name.
                "properties": {"__arg1": {"title": "__arg1", "type": "string"}},
                "required": ["__arg1"],
                "type": "object",
            },
        }
    if isinstance(schema, dict):
        return _from_schema(schema, name=tool.name, description=tool.description)
    # A tool is often bound again, with the same schema each time.
    known = vars(tool).get("_told")
    if known is None or known[0] is not schema:
        known = (schema, _from_model(schema)["parameters"])
        vars(tool)["_told"] = known
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": copied(known[1]),
    }


def _from_mapping(function: Mapping[str, Any]) -> dict[str, Any]:
    """Create a function description from another provider's tool schema.

    Raises:
        ValueError: If the format is unknown.
    """
    if "name" in function and "input_schema" in function:  # Anthropic
        found = {"name": function["name"], "parameters": function["input_schema"]}
        return _with_description(found, function)
    if "toolSpec" in function:  # Amazon Bedrock, Converse
        tool = function["toolSpec"]
        return _with_description(
            {"name": tool["name"], "parameters": tool["inputSchema"]["json"]}, tool
        )
    if "name" in function:  # Already in OpenAI's format.
        known = ("name", "description", "parameters", "strict")
        return {key: function[key] for key in known if key in function}
    if "title" in function:  # JSON schema
        found = {"name": function["title"]}
        rest = {k: v for k, v in function.items() if k not in ("title", "description")}
        if "properties" in rest:
            found["parameters"] = rest
        return _with_description(found, function)
    raise _unsupported(function)


def _with_description(found: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "description": source["description"]} if "description" in source else found


def _unsupported(function: Any) -> ValueError:
    hint = (
        "To use a JSON schema as a function, it must have a top-level 'title' key to be used as "
        "the function name."
        if isinstance(function, Mapping) and ("type" in function or "properties" in function)
        else "Functions must be passed in as Dict, pydantic.BaseModel, or Callable. If they're a "
        "dict they must either be in OpenAI function format or valid JSON schema with top-level "
        "'title' key."
    )
    return ValueError(f"Unsupported function\n\n{function}\n\n{hint}")


def _is_typed_dict(thing: Any) -> bool:
    return is_class(thing) and issubclass(thing, dict) and hasattr(thing, "__total__")


def convert_to_openai_function(
    function: Mapping[str, Any] | type | Callable[..., Any] | Any, *, strict: bool | None = None
) -> dict[str, Any]:
    """Convert a function to OpenAI's description of functions.

    Args:
        function: A function, a pydantic model, a typed dictionary, a tool; or a description in the
            format of OpenAI, Anthropic, Amazon Bedrock, or a JSON schema with a title.
        strict: Whether the model must follow the schema. True closes the schema and sets `strict`,
            False sets it to false, None leaves it out.

    Returns:
        `name`, `description`, `parameters` and, unless None, `strict`.

    Raises:
        ValueError: If it is not one of these, or has a different `strict` itself.
        KeyError: If it has no parameters and `strict` is true.
    """
    if isinstance(function, Mapping):
        found = _from_mapping(function)
    elif is_basemodel_subclass(function):
        found = _from_model(function)
    elif _is_typed_dict(function):
        found = _from_schema(typed_dict_schema(function))  # type: ignore[arg-type]
    elif hasattr(type(function), "tool_call_schema"):
        found = _from_tool(function)
    elif callable(function):
        found = _from_function(function)
    else:
        raise _unsupported(function)
    if strict is None:
        return found
    if found.get("strict", strict) != strict:
        raise ValueError(
            f"Tool/function already has a 'strict' key with value {found['strict']} which is "
            f"different from the explicit `strict` arg received strict={strict}."
        )
    found["strict"] = strict
    if strict:
        found["parameters"] = closed(found["parameters"])
    return found


def convert_to_openai_tool(
    tool: Mapping[str, Any] | type | Callable[..., Any] | Any, *, strict: bool | None = None
) -> dict[str, Any]:
    """Convert a tool to OpenAI's description of tools.

    Args:
        tool: A value that `convert_to_openai_function` accepts; or a tool in OpenAI's format, or a
            built-in tool of OpenAI, which are returned unchanged.
        strict: Whether the model must follow the schema; see `convert_to_openai_function`.

    Returns:
        The tool: `type`, and `function` unless it is a built-in tool of OpenAI.

    Raises:
        ValueError: If it cannot be converted, or has a different `strict` itself.
        KeyError: If it has no parameters and `strict` is true.
    """
    if isinstance(tool, dict):
        kind = tool.get("type")
        if (isinstance(kind, str) and kind in PROVIDED_TOOLS) or (
            kind == "function" and "function" in tool
        ):
            return tool
    metadata = getattr(tool, "metadata", None)
    if (
        getattr(tool, "takes_text", False)
        and isinstance(metadata, dict)
        and metadata.get("type") == "custom_tool"
    ):
        made = {"type": "custom", "name": tool.name, "description": tool.description}  # type: ignore[union-attr]
        return {**made, "format": metadata["format"]} if "format" in metadata else made
    return {"type": "function", "function": convert_to_openai_function(tool, strict=strict)}


def convert_to_json_schema(
    schema: Mapping[str, Any] | type | Callable[..., Any] | Any, *, strict: bool | None = None
) -> dict[str, Any]:
    """Convert a tool to a JSON schema.

    Args:
        schema: A value that `convert_to_openai_tool` accepts.
        strict: Whether to close the schema; see `convert_to_openai_function`.

    Returns:
        The schema of its arguments; `title` and `description` are those of the tool.

    Raises:
        ValueError: If it cannot be converted, or is a built-in tool of OpenAI.
        KeyError: If it has no parameters and `strict` is true.
    """
    function = convert_to_openai_tool(schema, strict=strict).get("function")
    if not isinstance(function, dict) or "name" not in function:
        raise ValueError("Input must be a valid OpenAI-format tool.")
    found: dict[str, Any] = {"title": function["name"]}
    if "description" in function:
        found["description"] = function["description"]
    return {**found, **function.get("parameters", {})}


def tool_example_to_messages(
    input: str,
    tool_calls: list[BaseModel],
    tool_outputs: list[str] | None = None,
    *,
    ai_response: str | None = None,
) -> list[BaseMessage]:
    """Convert an example of tool calls to messages of a conversation, for a prompt.

    Args:
        input: The user's message.
        tool_calls: The expected calls, each an object of its tool's model.
        tool_outputs: The results of the tools; by default a text that confirms the call.
        ai_response: The model's final answer.

    Returns:
        The messages: of the user, the model, the tools, and the model again.

    Raises:
        ValueError: If there are not as many outputs as calls.
    """
    from headrace.messages.examples import tool_example_to_messages

    return tool_example_to_messages(input, tool_calls, tool_outputs, ai_response=ai_response)
