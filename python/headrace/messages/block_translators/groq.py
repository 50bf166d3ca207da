"""Groq's messages as typed content blocks."""

from __future__ import annotations

import json
import re
from typing import Any

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators.common import Block, Blocks, call_block, extras

__all__ = ["reasoning_of", "translate_content", "translate_content_chunk"]

# Quotes inside of the code are not always escaped.
_CODE = re.compile(r'\s*\{\s*"code"\s*:\s*"(.*)"\s*\}\s*', re.DOTALL)


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message, whole or a chunk.

    Returns:
        The reasoning, the server tools, the text and the tool calls.
    """
    blocks = reasoning_of(message)
    for number, tool in enumerate(message.additional_kwargs.get("executed_tools") or ()):
        if isinstance(tool, dict):
            blocks += _executed(tool, str(number))
    if isinstance(message.content, str) and message.content:
        blocks.append({"type": "text", "text": message.content})
    return blocks + [call_block(call) for call in message.tool_calls]


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum of chunks."""
    return translate_content(message)


def reasoning_of(message: AIMessage) -> Blocks:
    """Return reasoning from outside the content, as at most one block."""
    reasoning = message.additional_kwargs.get("reasoning_content")
    return [{"type": "reasoning", "reasoning": reasoning}] if isinstance(reasoning, str) else []


def _executed(tool: Block, id: str) -> Blocks:
    """Return a call and its result, or nothing if the arguments cannot be parsed."""
    kind, given = tool.get("type"), tool.get("arguments")
    is_code = kind == "python" or (kind == "function" and tool.get("name") == "python")
    arguments: Any = given
    if given and isinstance(given, str):
        try:
            arguments = json.loads(given)
        except json.JSONDecodeError:
            arguments = _code(given, escaped=kind == "python") if is_code else None
            if arguments is None:
                return []
    blocks: Blocks = []
    if isinstance(arguments, dict):
        name = "web_search" if kind == "search" else "code_interpreter" if is_code else ""
        blocks.append({"type": "server_tool_call", "name": name, "id": id, "args": arguments})
    if tool.get("output"):
        made = {"type": "server_tool_result", "tool_call_id": id, "output": tool["output"]}
        more = extras(tool, "type", "arguments", "index", "output")
        blocks.append({**made, "status": "success", **more})
    return blocks


def _code(text: str, *, escaped: bool) -> Block | None:
    """Return the code from JSON arguments, or from arguments that are only the code."""
    if not escaped:
        return {"code": text}
    code = _CODE.fullmatch(text)
    return {"code": code[1]} if code else None
