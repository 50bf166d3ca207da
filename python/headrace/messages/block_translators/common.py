"""Functions shared by the translators."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any

from headrace.messages.ai import AIMessage, AIMessageChunk

__all__ = [
    "Block",
    "Blocks",
    "base64_text",
    "call_block",
    "each",
    "extras",
    "index_of",
    "is_last",
    "missing_calls",
    "non_standard",
    "only_part",
    "others",
    "part_block",
    "text_block",
    "tool_use",
]

Block = dict[str, Any]
Blocks = list[Any]
"""A list of content blocks, whose types the translators know and mypy need not."""


def each(blocks: Iterable[Any], read: Callable[[Block], Iterable[Block]]) -> Blocks:
    """Translate blocks one by one.

    Args:
        blocks: The blocks of a message. Plain texts are skipped.
        read: Returns the typed blocks of one block.

    Returns:
        The typed blocks. A block with missing fields is wrapped in a `non_standard` block, so that
        odd data from a provider does not raise an error.
    """
    made: Blocks = []
    for block in blocks:
        if not isinstance(block, dict):
            continue
        try:
            made.extend(read(block))
        except (KeyError, TypeError, AttributeError):
            made.append(non_standard(block))
    return made


def non_standard(block: Block, prefix: str = "") -> Block:
    """Wrap an unknown block, and move its index to the wrapper."""
    value = {key: part for key, part in block.items() if key != "index"}
    return {"type": "non_standard", "value": value, **index_of(block, prefix)}


def others(block: Block, *known: str) -> Block:
    """Return the fields of a block beyond the known ones."""
    return {key: value for key, value in block.items() if key not in known}


def extras(block: Block, *known: str) -> Block:
    """Return the fields of a block beyond the known ones as `extras`, if there are any."""
    rest = others(block, *known)
    return {"extras": rest} if rest else {}


def index_of(block: Block, prefix: str = "") -> Block:
    """Return the index of a block as a field, with an optional prefix; empty if it has none."""
    if "index" not in block:
        return {}
    return {"index": f"{prefix}{block['index']}" if prefix else block["index"]}


def base64_text(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode()


# --- calls of tools ------------------------------------------------------------------------------


def is_last(message: AIMessage) -> bool:
    """Return True if a message is the last chunk of a stream."""
    return isinstance(message, AIMessageChunk) and message.chunk_position == "last"


def only_part(message: AIMessage) -> Any:
    """Return the tool call chunk of a message, if it has exactly one."""
    if isinstance(message, AIMessageChunk) and len(message.tool_call_chunks) == 1:
        return message.tool_call_chunks[0]
    return None


def call_block(call: Any) -> Block:
    """Write a tool call as a block."""
    return {
        "type": "tool_call",
        "name": call["name"],
        "args": call["args"],
        "id": call.get("id"),
    }


def part_block(part: Any) -> Block:
    """Write a part of a tool call as a block."""
    made = {key: part.get(key) for key in ("name", "id", "args")}
    index = part.get("index")
    return {"type": "tool_call_chunk", **made, **({} if index is None else {"index": index})}


def missing_calls(message: AIMessage, blocks: Iterable[Any]) -> Blocks:
    """Return the tool calls with an id that are not among the blocks, as blocks."""
    known = {
        str(block.get("id"))
        for block in blocks
        if isinstance(block, dict) and block.get("type") == "tool_call"
    }
    calls: list[Block] = [dict(call) for call in message.tool_calls]
    return [
        {**call_block(call), **{key: call[key] for key in ("index", "extras") if key in call}}
        for call in calls
        if call.get("id") and str(call["id"]) not in known
    ]


# --- what the models of Anthropic have in common with those behind Bedrock -----------------------


def text_block(block: Block, cite: Callable[[Block], Block]) -> Block:
    """Read a text and its citations."""
    cited = block.get("citations")
    if cited:
        made = {"text": block.get("text", ""), "annotations": [cite(one) for one in cited]}
    else:
        made = {"text": block["text"]}
    return {"type": "text", **made, **index_of(block)}


def tool_use(block: Block, message: AIMessage) -> Block:
    """Return a tool call block: the chunk if the message has exactly one, else the parsed call."""
    part = only_part(message)
    if part is not None and not is_last(message):
        return part_block(part)
    calls, id = message.tool_calls, block.get("id")
    if len(calls) != 1:
        calls = [call for call in calls if id and call.get("id") == id]
    raw = {key: block.get(given, none) for key, given, none in _TOOL_USE}
    return {**call_block(calls[0] if calls else raw), **index_of(block)}


_TOOL_USE: tuple[tuple[str, str, Any], ...] = (
    ("name", "name", ""),
    ("args", "input", {}),
    ("id", "id", ""),
)
