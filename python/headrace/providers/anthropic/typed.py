"""Conversion of typed blocks, which all providers share, to Anthropic's own form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from headrace.providers.anthropic.blocks import read_input

__all__ = ["native_blocks", "unwrapped"]

_OF_A_CALL = ("caller", "toolset_name")


def unwrapped(block: dict[str, Any]) -> dict[str, Any]:
    """Return the provider's block inside a `non_standard` block; other blocks unchanged."""
    value = block.get("value")
    return value if block.get("type") == "non_standard" and isinstance(value, dict) else block


def native_blocks(blocks: Iterable[Any], *, ours: bool) -> list[Any]:
    """Convert typed blocks to Anthropic's form.

    Args:
        blocks: The content of a message whose output version is v1.
        ours: Whether the message is from one of Anthropic's models. If not, only text and tool
            calls are converted.

    Returns:
        The blocks.
    """
    made = (_native(block, ours) for block in blocks)
    return [block for block in made if block is not None]


def _native(block: Any, ours: bool) -> Any:
    kind = block["type"]
    if kind == "text":
        return _text(block, ours)
    if kind in ("tool_call", "tool_call_chunk"):
        return _call(block)
    if kind == "invalid_tool_call":
        id, name = block.get("id"), block.get("name")
        if ours and id and name and isinstance(id, str) and isinstance(name, str):
            return {"type": "tool_use", "name": name, "input": {}, "id": id}
        return None
    if ours and kind in _OURS:
        return _OURS[kind](block)
    return block


def _text(block: Mapping[str, Any], ours: bool) -> dict[str, Any]:
    if not (ours and "annotations" in block):
        return {"type": "text", "text": block.get("text", "")}
    made: dict[str, Any] = {"type": "text"}
    made["citations"] = [_citation(one) for one in block["annotations"]]
    if "text" in block:
        made["text"] = block["text"]
    return made


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    args = block.get("args")
    if block["type"] == "tool_call_chunk":
        args = read_input(args) if isinstance(args, str) else args or {}
    elif "args" not in block:
        args = {}
    extras = block.get("extras", {})
    return {
        "type": "tool_use",
        "name": block.get("name", ""),
        "input": args,
        "id": block.get("id", ""),
        **{key: extras[key] for key in _OF_A_CALL if key in extras},
    }


def _reasoning(block: Mapping[str, Any]) -> dict[str, Any]:
    made = {"type": "thinking"}
    if "reasoning" in block:
        made["thinking"] = block["reasoning"]
    signature = block.get("extras", {}).get("signature")
    if signature:
        made["signature"] = signature
    return made


def _server_call(block: Mapping[str, Any]) -> dict[str, Any]:
    name, extras = block.get("name", ""), block.get("extras", {})
    made: dict[str, Any] = {"type": "server_tool_use", "input": block.get("args", {})}
    if "id" in block:
        made["id"] = block["id"]
    if extras.get("partial_json"):
        made.update(input={}, partial_json=extras["partial_json"])
    if name == "remote_mcp":
        made["type"] = "mcp_tool_use"
        for ours, theirs in (("name", "tool_name"), ("server_name", "server_name")):
            if theirs in extras:
                made[ours] = extras[theirs]
    else:
        made["name"] = "code_execution" if name == "code_interpreter" else name
    return made


def _server_result(block: Mapping[str, Any]) -> dict[str, Any]:
    kind = block.get("extras", {}).get("block_type", "")
    made: dict[str, Any] = {"type": kind}
    if "output" in block:
        made["content"] = block["output"]
    if kind == "mcp_tool_result":
        made["is_error"] = block.get("status") == "error"
    if "tool_call_id" in block:
        made["tool_use_id"] = block["tool_call_id"]
    return made


_OURS: dict[str, Callable[[Any], Any]] = {
    "reasoning": _reasoning,
    "server_tool_call": _server_call,
    "server_tool_result": _server_result,
    "non_standard": lambda block: block.get("value", block),
}


def _citation(given: Any) -> Any:
    """Convert a citation to Anthropic's form; its keys decide its type."""
    if given["type"] == "non_standard_annotation":
        return given["value"]
    extras = given.get("extras", {})
    if given["type"] != "citation":
        return given
    made: dict[str, Any] = {}
    if given.get("cited_text"):
        made["cited_text"] = given["cited_text"]
    title = given.get("title")
    if "url" in given:
        made.update(type="web_search_result_location", url=given["url"])
        if "title" in given:
            made["title"] = title
    elif "search_result_index" in extras:
        made["type"] = "search_result_location"
        if title:
            made["title"] = title
    else:
        for found, kind in _LOCATIONS:
            if found in extras:
                made["type"] = kind
                break
        else:
            return given
        if title:
            made["document_title"] = title
    return {**extras, **made}


_LOCATIONS = (
    ("start_char_index", "char_location"),
    ("start_block_index", "content_block_location"),
    ("start_page_number", "page_location"),
)
