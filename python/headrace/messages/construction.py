"""Message arguments that need conversion. Called by the core."""

from __future__ import annotations

import json
from typing import Any

from headrace.messages.tool_calls import (
    default_tool_chunk_parser,
    default_tool_parser,
    tool_call,
    tool_call_chunk,
)

__all__ = ["from_blocks", "from_raw_calls", "settle_blocks", "to_chunks", "tool_content"]


def from_blocks(blocks: Any, is_ai: bool, tool_calls: Any) -> tuple[Any, list[Any] | None]:
    """Return the content for given blocks, and their tool calls unless calls are given."""
    if not is_ai or tool_calls is not None:
        return blocks, None
    calls = [
        tool_call(name=block["name"], args=block["args"], id=block.get("id"))
        for block in blocks
        if isinstance(block, dict) and block.get("type") == "tool_call"
    ]
    return blocks, calls or None


def from_raw_calls(raw_calls: Any, is_chunk: bool) -> Any:
    """Return the tool calls in `additional_kwargs`, as chunks for a chunk; none if malformed."""
    try:
        return default_tool_chunk_parser(raw_calls) if is_chunk else default_tool_parser(raw_calls)
    except Exception:  # noqa: BLE001 - malformed calls must not prevent creating a message
        return [] if is_chunk else ([], [])


def to_chunks(tool_calls: Any, invalid_tool_calls: Any) -> list[Any]:
    """Convert tool calls to tool call chunks."""
    chunks = [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call.get("id"))
        for call in tool_calls or ()
    ]
    chunks += [
        tool_call_chunk(name=call.get("name"), args=call.get("args"), id=call.get("id"))
        for call in invalid_tool_calls or ()
    ]
    return chunks


def tool_content(content: Any) -> Any:
    """Convert the result of a tool to text unless it is text or content blocks."""
    if isinstance(content, tuple):
        content = list(content)
    if isinstance(content, list):
        return [item if isinstance(item, (str, dict)) else str(item) for item in content]
    return content if isinstance(content, str) else str(content)


def settle_blocks(content: Any, tool_calls: Any) -> None:
    """Convert tool call chunks in typed content to tool calls, at the end of a stream."""
    calls = {call["id"]: call for call in tool_calls or ()}
    for place, block in enumerate(content):
        if not isinstance(block, dict):
            continue
        kind, id, args = block.get("type"), block.get("id"), block.get("args") or "{}"
        if kind == "tool_call_chunk" and id and id in calls:
            content[place] = {key: calls[id][key] for key in ("type", "name", "args", "id")}
            if "extras" in block:
                content[place]["extras"] = block["extras"]
        elif kind in ("server_tool_call", "server_tool_call_chunk") and isinstance(args, str):
            try:
                value = json.loads(args)
            except json.JSONDecodeError:
                continue
            if isinstance(value, dict):
                block.update(type="server_tool_call", args=value)
