"""What a tool returned or raised, as what its caller gets."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from headrace.exceptions import ToolException
from headrace.messages.tool import ToolMessage, ToolOutputMixin
from headrace.utils.classes import derives_by_name

if TYPE_CHECKING:
    from headrace.tools.base import BaseTool

__all__ = ["Status", "formatted", "handling", "split", "stand_in"]

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


def handling(tool: BaseTool, error: Exception) -> Any:
    """Give what a tool says is to be done about an error; nothing about most."""
    if isinstance(error, ToolException):
        return tool.handle_tool_error
    # pydantic's first version raises its own, where the program uses that
    old = sys.modules.get("pydantic.v1.error_wrappers")
    if isinstance(error, ValidationError) or (old and isinstance(error, old.ValidationError)):
        return tool.handle_validation_error
    return None


def stand_in(handling: Any, error: Exception) -> Any:
    """Give the content that stands for an error.

    Raises:
        ValueError: If `handling` is nothing that could say.
    """
    if isinstance(handling, str):
        return handling
    if callable(handling):
        return handling(error)
    of_tool = isinstance(error, ToolException)
    if not isinstance(handling, bool):
        field = "handle_tool_error" if of_tool else "handle_validation_error"
        raise ValueError(
            f"Got unexpected type of `{field}`. Expected bool, str or callable. "
            f"Received: {handling}"
        )
    if not of_tool:
        return "Tool input validation error"
    return error.args[0] if error.args else "Tool execution error"


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
    """Whether a tool may return this as it is; LangGraph's `Command` is such an output, too."""
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
