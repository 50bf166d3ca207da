"""What a tool returned or raised, as what its caller gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from headrace.messages.tool import ToolMessage, ToolOutputMixin

if TYPE_CHECKING:
    from headrace.exceptions import ToolException
    from headrace.tools.base import BaseTool

__all__ = ["Status", "formatted", "split", "tool_error", "validation_error"]

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
"""The kinds of blocks that the content of a `ToolMessage` may have."""


Status = Literal["success", "error"]
"""Whether a tool did what it was asked."""


def split(response: Any) -> tuple[Any, Any]:
    """Give content and artifact of what a function returned that should return both.

    Raises:
        ValueError: If it did not.
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


def tool_error(tool: BaseTool, error: ToolException) -> Any:
    """Give the content that stands for a `ToolException`.

    Raises:
        ValueError: If `handle_tool_error` is nothing that could say.
    """
    said = error.args[0] if error.args else "Tool execution error"
    return _handled("handle_tool_error", tool.handle_tool_error, error, said)


def validation_error(tool: BaseTool, error: Any) -> Any:
    """Give the content that stands for an input that is not valid.

    Raises:
        ValueError: If `handle_validation_error` is nothing that could say.
    """
    said = "Tool input validation error"
    return _handled("handle_validation_error", tool.handle_validation_error, error, said)


def _handled(name: str, handling: Any, error: Any, said: Any) -> Any:
    """Give what a tool's setting makes of an error: what the error says, a text, or its answer."""
    if isinstance(handling, bool):
        return said
    if isinstance(handling, str):
        return handling
    if callable(handling):
        return handling(error)
    raise ValueError(
        f"Got unexpected type of `{name}`. Expected bool, str or callable. Received: {handling}"
    )


def formatted(
    content: Any, artifact: Any, tool_call_id: str | None, name: str, status: Status
) -> Any:
    """Give the output of a tool: the answer to a tool call is a message.

    Args:
        content: What the function returned, or what stands for its failure.
        artifact: What it returned beside.
        tool_call_id: The call, if there is one.
        name: The name of the tool.
        status: `success` or `error`.

    Returns:
        A `ToolMessage`; without a call, or where it is a message already, the content itself.
    """
    if tool_call_id is None or isinstance(content, ToolOutputMixin):
        return content
    if (
        isinstance(content, list)
        and content
        and all(isinstance(item, ToolOutputMixin) for item in content)
    ):
        return content
    if not isinstance(content, str):
        content = _content(content)
    return ToolMessage(
        content, artifact=artifact, tool_call_id=tool_call_id, name=name, status=status
    )


def _content(content: Any) -> Any:
    if isinstance(content, (list, tuple)) and all(map(_is_block, content)):
        return list(content)
    try:
        return json.dumps(content, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(content)


def _is_block(item: Any) -> bool:
    return isinstance(item, str) or (isinstance(item, dict) and item.get("type") in BLOCKS)
