"""Tool calls, finished, invalid and in parts, and how a provider's form of them is read."""

from __future__ import annotations

import json
from typing import Any, Literal

from typing_extensions import NotRequired, TypedDict

__all__ = [
    "InvalidToolCall",
    "ToolCall",
    "ToolCallChunk",
    "default_tool_chunk_parser",
    "default_tool_parser",
    "invalid_tool_call",
    "tool_call",
    "tool_call_chunk",
]


class ToolCall(TypedDict):
    """A model's request to call a tool."""

    name: str
    args: dict[str, Any]
    id: str | None
    type: NotRequired[Literal["tool_call"]]


class ToolCallChunk(TypedDict):
    """A part of a tool call, as it streams: parts of one index add up to the call."""

    name: str | None
    args: str | None
    id: str | None
    index: int | None
    type: NotRequired[Literal["tool_call_chunk"]]


class InvalidToolCall(TypedDict):
    """A request whose arguments are no JSON object."""

    type: Literal["invalid_tool_call"]
    id: str | None
    name: str | None
    args: str | None
    error: str | None
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


def tool_call(*, name: str, args: dict[str, Any], id: str | None) -> ToolCall:
    """Create a tool call.

    Args:
        name: The tool's name.
        args: The arguments.
        id: The id of the call.

    Returns:
        The call.
    """
    return ToolCall(name=name, args=args, id=id, type="tool_call")


def tool_call_chunk(
    *,
    name: str | None = None,
    args: str | None = None,
    id: str | None = None,
    index: int | None = None,
) -> ToolCallChunk:
    """Create a chunk of a tool call.

    Args:
        name: The tool's name, or a part of it.
        args: A part of the arguments, as JSON.
        id: The id of the call.
        index: The index of the call in the message.

    Returns:
        The part.
    """
    return ToolCallChunk(name=name, args=args, id=id, index=index, type="tool_call_chunk")


def invalid_tool_call(
    *,
    name: str | None = None,
    args: str | None = None,
    id: str | None = None,
    error: str | None = None,
) -> InvalidToolCall:
    """Create an invalid tool call.

    Args:
        name: The tool's name.
        args: The invalid arguments, as text.
        id: The id of the call.
        error: The reason why the call is invalid.

    Returns:
        The call.
    """
    return InvalidToolCall(name=name, args=args, id=id, error=error, type="invalid_tool_call")


def default_tool_parser(
    raw_tool_calls: list[dict[str, Any]],
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Read finished tool calls in OpenAI's form.

    Args:
        raw_tool_calls: The calls, each with its `function`.

    Returns:
        The calls, and those whose arguments are no JSON.
    """
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for raw in raw_tool_calls:
        if "function" not in raw:
            continue
        name, text = raw["function"]["name"], raw["function"]["arguments"]
        try:
            args = json.loads(text)
        except json.JSONDecodeError:
            invalid.append(invalid_tool_call(name=name, args=text, id=raw.get("id")))
        else:
            calls.append(tool_call(name=name or "", args=args or {}, id=raw.get("id")))
    return calls, invalid


def default_tool_chunk_parser(raw_tool_calls: list[dict[str, Any]]) -> list[ToolCallChunk]:
    """Read parts of tool calls in OpenAI's form.

    Args:
        raw_tool_calls: The parts, each with its `function`.

    Returns:
        The parts.
    """
    chunks: list[ToolCallChunk] = []
    for raw in raw_tool_calls:
        function = raw.get("function")
        chunks.append(
            tool_call_chunk(
                name=function["name"] if function else None,
                args=function["arguments"] if function else None,
                id=raw.get("id"),
                index=raw.get("index"),
            )
        )
    return chunks
