"""Conversion of the return value or the error of a tool to its output."""

from __future__ import annotations

import json
from typing import Any, Literal

from headrace.exceptions import ToolException
from headrace.messages.tool import ToolMessage, ToolOutputMixin
from headrace.utils.classes import derives_by_name

__all__ = ["Status", "error_content", "format_output", "split"]

BLOCKS = frozenset(
    {
        "custom_tool_call_output",
        "document",
        "file",
        "image",
        "image_url",
        "json",
        "search_result",
        "text",
    }
)
"""The types of content blocks that a `ToolMessage` may contain."""


Status = Literal["success", "error"]
"""The status of a `ToolMessage`."""


def split(response: Any) -> tuple[Any, Any]:
    """Return the content and the artifact of a response.

    Raises:
        ValueError: If the response is not a tuple of two items.
    """
    if isinstance(response, tuple) and len(response) == 2:
        return response
    got = (
        f"generated response is of type: {type(response)}."
        if not isinstance(response, tuple)
        else f"generated response is a tuple of length {len(response)}."
    )
    raise ValueError(
        "Since response_format='content_and_artifact' a two-tuple of the message content and raw "
        f"tool output is expected. Instead, {got}"
    )


def error_content(handler: Any, error: Exception) -> Any:
    """Return the content that replaces an error.

    Raises:
        ValueError: If the setting is not a bool, a string or a callable.
    """
    if isinstance(handler, str):
        return handler
    if callable(handler):
        return handler(error)
    of_tool = isinstance(error, ToolException)
    if not isinstance(handler, bool):
        field = "handle_tool_error" if of_tool else "handle_validation_error"
        raise ValueError(
            f"Got unexpected type of `{field}`. Expected bool, str or callable. Received: {handler}"
        )
    if not of_tool:
        return "Tool input validation error"
    return error.args[0] if error.args else "Tool execution error"


def format_output(
    content: Any, artifact: Any, tool_call_id: str | None, name: str, status: Status
) -> Any:
    """Return the output of a tool, as a message if it answers a tool call.

    Args:
        content: The return value of the function, or the replacement for an error.
        artifact: The artifact.
        tool_call_id: The id of the tool call, or None.
        name: The name of the tool.
        status: `success` or `error`.

    Returns:
        A `ToolMessage`; the content itself if it is a message or there is no tool call.
    """
    if tool_call_id is None or _is_output(content):
        return content
    if isinstance(content, list) and content and all(map(_is_output, content)):
        return content
    if not isinstance(content, str):
        content = _content(content)
    return ToolMessage(
        content, artifact=artifact, tool_call_id=tool_call_id, name=name, status=status
    )


def _is_output(content: Any) -> bool:
    """Return True if a tool returns `content` as is: messages, and LangGraph's `Command`."""
    return derives_by_name(type(content), ToolOutputMixin)


def _content(content: Any) -> Any:
    if isinstance(content, (list, tuple)) and all(map(_is_block, content)):
        return list(content)
    try:
        return json.dumps(content, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(content)


def _is_block(item: Any) -> bool:
    return isinstance(item, str) or (isinstance(item, dict) and item.get("type") in BLOCKS)
