"""Conversion of messages to the items of the responses API."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from headrace.messages import AIMessage, BaseMessage, ChatMessage, SystemMessage, ToolMessage
from headrace.providers.openai.messages import message_for
from headrace.providers.openai.typed_blocks import items_of_blocks
from headrace.wire.openai_responses import WHOLE_ITEMS

__all__ = ["response_input"]

_BREAKPOINT = "prompt_cache_breakpoint"
_AS_THEY_ARE = (WHOLE_ITEMS | {"custom_tool_call", "function_call"}) - {"image_generation_call"}
_ITEMS_OF_OTHERS = (
    "apply_patch_call_output",
    "configuration_update",
    "mcp_approval_response",
    "tool_search_output",
)
_TOOL_RESULT_BLOCKS = ("file", "image_url", "input_file", "input_image", "input_text", "text")


def response_input(
    messages: Sequence[BaseMessage], *, store: bool | None = None
) -> list[dict[str, Any]]:
    """Convert a conversation to the form of the responses API.

    Args:
        messages: The conversation so far.
        store: Whether the server stores answers. If it does not, no item refers to a stored one.

    Returns:
        The items.
    """
    items: list[dict[str, Any]] = []
    for message in messages:
        if isinstance(message, ChatMessage) and message.role == "assistant":
            _add_answer(items, AIMessage(message.content), store)
        elif isinstance(message, AIMessage):
            _add_answer(items, message, store)
        elif isinstance(message, ToolMessage):
            items.append(_tool_result(message))
        else:
            _add_said(items, message)
    return items


# -- messages of users, the system and tools -------------------------------------------------------


def _add_said(items: list[dict[str, Any]], message: BaseMessage) -> None:
    made = message_for("responses", message)
    # the API has no names
    made.pop("name", None)
    content = made["content"]
    if made["role"] not in ("user", "system", "developer"):
        items.append(made)
        return
    if isinstance(content, list):
        blocks: list[Any] = []
        for block in content:
            given = block
            if isinstance(given, str):
                given = {"type": "text", "text": given}
            if given.get("type") == "non_standard":
                given = given["value"]
            kind = given.get("type")
            if kind is None:
                raise ValueError(f"a block of content says its `type`; this one does not: {given}")
            if kind in ("text", "image_url", "file"):
                blocks.append(_input_block(given))
            elif kind in ("input_text", "input_image", "input_file"):
                blocks.append(given)
            elif kind in _ITEMS_OF_OTHERS or (
                kind == "additional_tools" and isinstance(message, SystemMessage)
            ):
                items.append(given)
            elif made["role"] != "user":
                warnings.warn(
                    f"the responses API has no input of the type {kind!r}: the block was left out "
                    "of a system message",
                    stacklevel=2,
                )
        if not blocks:
            return
        made["content"] = blocks
    items.append({**made, "type": "message"})


def _input_block(block: dict[str, Any]) -> dict[str, Any]:
    """Convert a block of chat completions to the form of the responses API."""
    kind = block.get("type")
    if kind == "text":
        made = {"type": "input_text", "text": block["text"]}
    elif kind == "image_url":
        image = block["image_url"]
        made = {"type": "input_image", "image_url": image["url"]}
        if image.get("detail"):
            made["detail"] = image["detail"]
    elif kind == "file":
        made = {"type": "input_file", **block["file"]}
    else:
        return block
    return {**made, _BREAKPOINT: block[_BREAKPOINT]} if _BREAKPOINT in block else made


def _tool_result(message: ToolMessage) -> dict[str, Any]:
    special = _computer_result(message) or _custom_result(message)
    if special is not None:
        return special
    output = message_for("responses", message)["content"]
    if isinstance(output, list):
        given = [
            block["value"]
            if isinstance(block, dict) and block.get("type") == "non_standard"
            else block
            for block in output
        ]
        known = all(
            isinstance(block, dict) and block.get("type") in _TOOL_RESULT_BLOCKS for block in given
        )
        output = [_input_block(block) for block in given] if known else _written(given)
    elif not isinstance(output, str):
        output = _written(output)
    return {"type": "function_call_output", "output": output, "call_id": message.tool_call_id}


def _written(value: Any) -> str:
    import json

    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def _computer_result(message: ToolMessage) -> dict[str, Any] | None:
    """Return the item for a screenshot of a computer that the model uses, or None."""
    more = message.additional_kwargs
    is_one = more.get("type") == "computer_call_output"
    made: dict[str, Any] | None = None
    shown: Any = None
    if isinstance(message.content, str):
        shown = {"type": "input_image", "image_url": message.content} if is_one else None
    else:
        for block in message.content:
            if not isinstance(block, dict):
                continue
            if is_one and block.get("type") == "input_image":
                shown = block
                break
            value = block.get("value") if block.get("type") == "non_standard" else None
            if isinstance(value, dict) and value.get("type") == "computer_call_output":
                made = dict(value)
                break
    if shown is not None:
        made = {"call_id": message.tool_call_id, "type": "computer_call_output", "output": shown}
    if made is not None and "acknowledged_safety_checks" in more:
        made["acknowledged_safety_checks"] = more["acknowledged_safety_checks"]
    return made


def _custom_result(message: ToolMessage) -> dict[str, Any] | None:
    """Return the item for the output of a custom tool, or None."""
    for block in message.content:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "custom_tool_call_output":
            return {
                "type": "custom_tool_call_output",
                "call_id": message.tool_call_id,
                "output": block.get("output") or "",
            }
        value = block.get("value") if block.get("type") == "non_standard" else None
        if isinstance(value, dict) and value.get("type") == "custom_tool_call_output":
            return value
    return None


# -- messages of the model -------------------------------------------------------------------------


def _add_answer(items: list[dict[str, Any]], message: AIMessage, store: bool | None) -> None:
    made = message_for("responses", message)
    content = made.get("content")
    if isinstance(content, str):
        text = {"type": "output_text", "text": content, "annotations": []}
        items.append({"type": "message", "role": "assistant", "content": [text]})
    elif content:
        blocks = [
            {"type": "text", "text": block} if isinstance(block, str) else block
            for block in content
        ]
        for block in items_of_blocks(blocks, message.tool_calls):
            _add_block(items, block, store)
    known = {
        item["call_id"]
        for item in items
        if item.get("type") in ("function_call", "custom_tool_call") and "call_id" in item
    }
    for call in made.get("tool_calls") or ():
        if call["id"] not in known:
            items.append({"type": "function_call", **call["function"], "call_id": call["id"]})


def _add_block(items: list[dict[str, Any]], block: dict[str, Any], store: bool | None) -> None:
    kind = block.get("type")
    if kind in ("text", "output_text", "refusal"):
        _add_text(items, block, store)
    elif kind == "reasoning":
        # without the encrypted content, a server that stores nothing does not know it
        if store is not False or block.get("encrypted_content"):
            items.append(_unnumbered(block))
    elif kind == "image_generation_call":
        whole = _unnumbered(block)
        if store is not False:
            items.append({"type": kind, "id": block["id"]})
        elif set(whole) - {"type", "id"}:
            items.append(whole)
    elif kind in _AS_THEY_ARE:
        items.append(_unnumbered(block))


def _add_text(items: list[dict[str, Any]], block: dict[str, Any], store: bool | None) -> None:
    """Add a text to the item that it came from, or as a new item."""
    if block["type"] == "refusal":
        part = {"type": "refusal", "refusal": block["refusal"]}
    elif block.get("text") is None:
        return
    else:
        annotations = [_annotation(one) for one in block.get("annotations") or ()]
        part = {"type": "output_text", "text": block["text"], "annotations": annotations}
    id, phase = block.get("id"), block.get("phase")
    item = next((one for one in items if id and one.get("id") == id), None)
    if item is None:
        item = {"type": "message", "content": [], "role": "assistant"}
        # ids generated by headrace are unknown to the server
        if store is not False and id and not id.startswith("lc_"):
            item["id"] = id
        items.append(item)
    item.setdefault("content", []).append(part)
    if phase is not None:
        item["phase"] = phase


def _annotation(annotation: dict[str, Any]) -> dict[str, Any]:
    if annotation.get("type") == "file_citation" and "file_index" in annotation:
        given = dict(annotation)
        given["index"] = given.pop("file_index")
        return given
    return annotation


def _unnumbered(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block without the indexes that merge chunks."""
    made = {name: value for name, value in block.items() if name != "index"}
    if isinstance(made.get("summary"), list):
        made["summary"] = [
            {name: value for name, value in part.items() if name != "index"}
            for part in made["summary"]
        ]
    return made
