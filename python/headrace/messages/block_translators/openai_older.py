"""Responses messages of langchain-openai 0.3, which keep parts outside the content."""

from __future__ import annotations

import json
from typing import Any

from headrace.messages.ai import AIMessage
from headrace.messages.block_translators.common import Blocks, is_last, only_part

__all__ = ["as_responses"]

_CALL_IDS = "__openai_function_call_ids__"
"""Key of the item ids of tool calls."""

_SIGNS = ("reasoning", "tool_outputs", "refusal", _CALL_IDS)
"""Keys in `additional_kwargs` that only those messages have."""

_ORDER = (
    "reasoning",
    "code_interpreter_call",
    "mcp_call",
    "image_generation_call",
    "text",
    "refusal",
    "function_call",
    "computer_call",
    "mcp_list_tools",
    "mcp_approval_request",
)
"""The order in which the parts of an answer came, as far as it is known; others are behind."""


def as_responses(message: AIMessage) -> Blocks:
    """Return the content in the form of the Responses API.

    Args:
        message: A message whose content is a list.

    Returns:
        The content; for a message of langchain-openai 0.3, with the parts kept outside it.
    """
    content: Any = message.content
    if not _is_older(message):
        return list(content)
    beside = message.additional_kwargs
    blocks: Blocks = []
    if beside.get("reasoning"):
        blocks.append({"type": "reasoning", **beside["reasoning"]})
    if beside.get("refusal"):
        blocks.append({"type": "refusal", "refusal": beside["refusal"]})
    own_id = {"id": message.id} if str(message.id).startswith("msg_") else {}
    texts = [block for block in content if block.get("type") == "text"]
    blocks += [{**block, **own_id} for block in texts]
    blocks += _calls(message)
    outputs = beside.get("tool_outputs") or []
    others = [block for block in content if block.get("type") != "text"]
    unknown = [block for block in outputs if _place(block) == len(_ORDER)]
    blocks += [block for block in outputs if _place(block) < len(_ORDER)]
    return sorted(blocks, key=_place) + others + unknown


def _place(block: Any) -> int:
    kind = block.get("type") if isinstance(block, dict) else None
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _is_older(message: AIMessage) -> bool:
    if not all(isinstance(block, dict) for block in message.content):
        return False
    of_response = str(message.response_metadata.get("id")).startswith("resp_")
    of_message = str(message.id).startswith("msg_")
    return any(key in message.additional_kwargs for key in _SIGNS) or (of_message and of_response)


def _calls(message: AIMessage) -> Blocks:
    part = None if is_last(message) else only_part(message)
    if part is not None:
        calls = [(part.get("name"), part.get("args"), part.get("id"))]
    else:
        calls = [
            (call["name"], json.dumps(call["args"], ensure_ascii=False), call["id"])
            for call in message.tool_calls
        ]
    ids = message.additional_kwargs.get(_CALL_IDS) or {}
    return [
        {
            "type": "function_call",
            "name": name,
            "arguments": arguments,
            "call_id": call_id,
            **({"id": ids[call_id]} if ids.get(call_id) else {}),
        }
        for name, arguments, call_id in calls
    ]
