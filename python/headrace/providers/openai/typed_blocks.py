"""Conversion of typed blocks, which all providers share, to items of the responses API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["items_of_blocks"]

_STATUS = {"success": "completed", "error": "failed"}
_OWN_OF_MCP = ("arguments", "error", "server_label", "tool_name")


def items_of_blocks(blocks: Sequence[dict[str, Any]], calls: Sequence[Any]) -> list[dict[str, Any]]:
    """Convert the blocks of an answer to items; blocks in the provider's form are unchanged.

    Args:
        blocks: The blocks.
        calls: The tool calls of the answer, for blocks without arguments.

    Returns:
        The items; texts are still blocks.
    """
    given = [_item(block, calls) for block in blocks if "type" in block]
    return list(_paired(_reasoning_joined(given)))


def _item(block: dict[str, Any], calls: Sequence[Any]) -> dict[str, Any]:
    kind, extras = block["type"], block.get("extras") or {}
    if kind == "text" and "annotations" in block:
        return {**block, "annotations": [_annotation(one) for one in block["annotations"]]}
    if kind == "tool_call":
        return _call(block, extras, calls)
    if kind == "server_tool_call" and block.get("name") == "tool_search":
        made = {"id": block["id"], "type": "tool_search_call"}
        if "args" in block:
            made["arguments"] = block["args"]
        return {**made, **_picked(extras, "status", "execution")}
    if kind == "server_tool_result" and extras.get("name") == "tool_search":
        return _search_result(block)
    if kind == "image" and "base64" in block and str(block.get("id", "")).startswith("ig_"):
        made = {"type": "image_generation_call", "result": block["base64"], "id": block["id"]}
        return {**made, **_picked(extras, "status"), **_picked(block, "status")}
    if kind == "non_standard" and "value" in block:
        value: dict[str, Any] = block["value"]
        return value
    return block


def _picked(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name)}


def _call(block: dict[str, Any], extras: dict[str, Any], calls: Sequence[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "function_call", "call_id": block["id"]}
    if "item_id" in extras:
        made["id"] = extras["item_id"]
    same = next((call for call in calls if call["id"] == block["id"]), block)
    name = block.get("name") or same.get("name")
    if name is not None:
        made["name"] = name
    if "arguments" in extras:
        made["arguments"] = extras["arguments"]
    elif "args" in same:
        made["arguments"] = json.dumps(same["args"], separators=(",", ":"))
    return {
        **made,
        **{name: extras[name] for name in ("status", "namespace", "async") if name in extras},
    }


def _search_result(block: dict[str, Any]) -> dict[str, Any]:
    made = {"id": block.get("tool_call_id", ""), "type": "tool_search_output"}
    status = block.get("status")
    if status:
        made["status"] = _STATUS.get(status, status)
    made["execution"] = "server"
    output = block.get("output")
    if isinstance(output, dict) and "tools" in output:
        made["tools"] = output["tools"]
    return made


def _annotation(annotation: dict[str, Any]) -> dict[str, Any]:
    if annotation["type"] == "non_standard_annotation":
        value: dict[str, Any] = annotation["value"]
        return value
    if annotation["type"] != "citation":
        return dict(annotation)
    made: dict[str, Any] = {
        name: annotation[name] for name in ("end_index", "start_index") if name in annotation
    }
    if "url" in annotation:
        if "title" in annotation:
            made["title"] = annotation["title"]
        made.update(type="url_citation", url=annotation["url"], **(annotation.get("extras") or {}))
        return made
    made.update(type="file_citation", **(annotation.get("extras") or {}))
    if "title" in annotation:
        made["filename"] = annotation["title"]
    return made


def _reasoning_joined(blocks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Merge the parts of a summary, which are separate blocks, back into one item."""
    item: dict[str, Any] | None = None
    for block in blocks:
        if block.get("type") != "reasoning" or "summary" in block:
            if item is not None:
                yield item
                item = None
            yield dict(block)
            continue
        part = {"type": "summary_text", "text": block.get("reasoning", "")}
        if item is not None and item.get("id") == block.get("id") and "reasoning" in block:
            item["summary"].append(part)
            continue
        if item is not None:
            yield item
        item = {name: value for name, value in block.items() if name not in ("reasoning", "extras")}
        item.update(block.get("extras") or {})
        item["summary"] = [part] if "reasoning" in block else []
    if item is not None:
        yield item


def _paired(items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Merge the call of a provider's tool and its result back into one item."""
    call: dict[str, Any] | None = None
    for item in items:
        if call is not None:
            if (
                item.get("type") == "server_tool_result"
                and item.get("tool_call_id") == call.get("id")
                and call.get("name") in _JOINING
            ):
                yield _JOINING[call["name"]](call, item)
                call = None
                continue
            yield call
            call = None
        if item.get("type") == "server_tool_call":
            call = item
        else:
            yield item
    if call is not None:
        yield call


def _status(result: dict[str, Any]) -> dict[str, Any]:
    status = result.get("status")
    if status:
        return {"status": _STATUS[status]} if status in _STATUS else {}
    return _picked(result.get("extras") or {}, "status")


def _web_search(call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    action = {"action": call["args"]} if "args" in call else {}
    return {"id": call["id"], **action, **_status(result), "type": "web_search_call"}


def _file_search(call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    made = {"id": call["id"]}
    if "queries" in (call.get("args") or {}):
        made["queries"] = call["args"]["queries"]
    if "output" in result:
        made["results"] = result["output"]
    return {**made, **_status(result), "type": "file_search_call"}


def _code(call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    made = {"id": call["id"]}
    if "code" in (call.get("args") or {}):
        made["code"] = call["args"]["code"]
    made.update(_picked({**(call.get("extras") or {}), **call}, "container_id"))
    if "output" in result:
        made["outputs"] = result["output"]
    return {**made, **_status(result), "type": "code_interpreter_call"}


def _mcp(call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    extras = call.get("extras") or {}
    made: dict[str, Any] = {"id": call["id"], "type": "mcp_call"}
    if "args" in call:
        made["arguments"] = json.dumps(call["args"], separators=(",", ":"))
    elif "arguments" in extras:
        made["arguments"] = extras["arguments"]
    if extras.get("tool_name"):
        made["name"] = extras["tool_name"]
    made.update(_picked(extras, "server_label"))
    made.update(_picked(result.get("extras") or {}, "error"))
    if "output" in result:
        made["output"] = result["output"]
    made.update({name: value for name, value in extras.items() if name not in _OWN_OF_MCP})
    return made


def _mcp_tools(call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    extras = call.get("extras") or {}
    made = {"id": call["id"], "type": "mcp_list_tools", **_picked(extras, "server_label")}
    if "output" in result:
        made["tools"] = result["output"]
    made.update(_picked(result.get("extras") or {}, "error"))
    made.update({name: value for name, value in extras.items() if name not in _OWN_OF_MCP[1:3]})
    return made


_JOINING = {
    "code_interpreter": _code,
    "file_search": _file_search,
    "mcp_list_tools": _mcp_tools,
    "remote_mcp": _mcp,
    "web_search": _web_search,
}
"""Functions that build an item from a call and its result, by tool."""
