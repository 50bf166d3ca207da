"""Conversion of content blocks to the form of Anthropic's API."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from headrace.messages import is_data_content_block

__all__ = [
    "api_block",
    "call_block",
    "call_id",
    "read_input",
    "text_block",
]

_DATA_URL = re.compile(r"data:(?P<media_type>image/.+);base64,(?P<data>.+)")
_WEB_URL = re.compile(r"https?://")
_CALL_ID = re.compile(r"[a-zA-Z0-9_-]+")

_KEPT: dict[str, tuple[str, ...]] = {
    "text": ("type", "text", "cache_control", "citations"),
    "thinking": ("type", "thinking", "cache_control", "signature"),
    "redacted_thinking": ("type", "cache_control", "data"),
    "server_tool_use": ("type", "id", "input", "name", "server_name", "cache_control"),
    "mcp_tool_use": ("type", "id", "input", "name", "server_name", "cache_control"),
    "tool_search_tool_result": ("type", "content", "tool_use_id", "cache_control"),
    **dict.fromkeys(
        (
            "code_execution_tool_result",
            "bash_code_execution_tool_result",
            "text_editor_code_execution_tool_result",
            "mcp_tool_result",
            "web_search_tool_result",
            "web_fetch_tool_result",
        ),
        ("type", "content", "tool_use_id", "is_error", "cache_control", "retrieved_at"),
    ),
}
"""The keys of a block that the API accepts, by type. It refuses blocks with other keys, such as the
`index` that streaming adds."""

_ABOUT_A_DOCUMENT = ("cache_control", "citations", "title", "context")


def call_id(given: Any) -> Any:
    """Convert the id of a tool call to one that the API accepts.

    Other providers use ids with characters that the API refuses. A hash replaces such an id, so a
    call and its result keep the same id. An empty id is returned unchanged.
    """
    if not given or _CALL_ID.fullmatch(given):
        return given
    return f"toolu_{hashlib.sha256(given.encode()).hexdigest()[:24]}"


def call_block(name: Any, args: Any, id: Any) -> dict[str, Any]:
    """Return a block for a tool call."""
    return {"type": "tool_use", "name": name, "input": args, "id": call_id(id)}


def read_input(text: Any) -> Any:
    """Parse streamed arguments; return empty ones if they are not JSON."""
    try:
        return json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}


def text_block(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a text block with only the keys that the API accepts."""
    made = _kept(block, "text")
    if made.get("citations"):
        made["citations"] = [
            {key: value for key, value in one.items() if key != "file_id" or value is not None}
            for one in made["citations"]
        ]
    return made


def api_block(
    block: Any, calls: Mapping[Any, Any], *, ours: bool, foreign: bool = False
) -> dict[str, Any] | None:
    """Convert a block of a message to the form of the API.

    Args:
        block: The block: a string, or a dictionary with a `type`.
        calls: The message's tool calls, by id. They override the blocks of the same calls.
        ours: Whether the message is from one of Anthropic's models.
        foreign: Whether the message is from another provider's model, whose own blocks are left
            out.

    Returns:
        The block; None if it is left out.

    Raises:
        ValueError: If it is not a block, or not one that the API accepts.
    """
    if isinstance(block, str):
        return {"type": "text", "text": block}
    if not isinstance(block, dict):
        raise ValueError(f"Content blocks must be str or dict, instead was: {type(block)}")
    if "type" not in block:
        raise ValueError("Dict content block must have a type key")
    kind = block["type"]
    if kind in ("reasoning", "function_call") and not ours:
        return None  # a block of another provider, unknown to this API
    if foreign and kind in ("thinking", "redacted_thinking"):
        return None  # the API accepts its own signatures only
    if kind == "image_url":
        return {"type": "image", "source": _image(block["image_url"]["url"])}
    if is_data_content_block(block):
        return _data_block(block)
    if kind == "text":
        # the API refuses empty texts
        return text_block(block) if block.get("text", "").strip() else None
    if kind == "tool_use":
        return _tool_use(block, calls)
    if kind == "tool_result":
        return _tool_result(block)
    if kind in _KEPT:
        return _kept_block(block, kind)
    if kind == "advisor_tool_result":
        return {key: value for key, value in block.items() if key != "index"}
    return None if foreign else block


def _kept(block: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key in _KEPT[kind]}


def _kept_block(block: dict[str, Any], kind: str) -> dict[str, Any]:
    made = _kept(block, kind)
    if kind == "thinking" and "signature" in made:
        made.setdefault("thinking", "")
    elif kind in ("server_tool_use", "mcp_tool_use"):
        if block.get("input") == {} and "partial_json" in block:
            made["input"] = read_input(block["partial_json"]) or {}
    elif "tool_use_id" in made:
        made["tool_use_id"] = call_id(made["tool_use_id"])
    return made


def _tool_use(block: dict[str, Any], calls: Mapping[Any, Any]) -> dict[str, Any]:
    call = calls.get(block["id"])
    if call is not None and not block.get("caller"):
        made = call_block(call["name"], call["args"], call["id"])
    else:
        args = block.get("input") or read_input(block.get("partial_json"))
        made = call_block(block["name"], args, block["id"])
        if block.get("caller"):
            made["caller"] = block["caller"]
    if block.get("toolset_name"):
        made["toolset_name"] = block["toolset_name"]
    return made


def _tool_result(block: dict[str, Any]) -> dict[str, Any]:
    content = block.get("content")
    if isinstance(content, list):
        if any(isinstance(one, dict) and one.get("type") == "tool_reference" for one in content):
            known = ("type", "content", "tool_use_id", "cache_control")
            made = {key: value for key, value in block.items() if key in known}
        else:
            blocks = [api_block(one, {}, ours=False) for one in content]
            made = {**block, "content": [one for one in blocks if one is not None]}
    else:
        made = dict(block)
    if "tool_use_id" in made:
        made["tool_use_id"] = call_id(made["tool_use_id"])
    return made


def _image(url: str) -> dict[str, str]:
    """Return the source of an image with a URL, as in OpenAI's API."""
    # A match never contains a line break; searching a text with one takes quadratic time.
    data = None if "\n" in url else _DATA_URL.fullmatch(url)
    if data:
        return {"type": "base64", **data.groupdict()}
    if _WEB_URL.match(url):
        return {"type": "url", "url": url}
    raise ValueError(
        "Malformed url parameter. Must be either an image URL (https://example.com/image.jpg) "
        "or base64 encoded string (data:image/png;base64,'/9j/4AAQSk'...)"
    )


def _data_block(block: dict[str, Any]) -> dict[str, Any]:
    """Convert a data block, in LangChain's current or older form, to that of the API."""
    kind = block["type"]
    if kind == "image":
        made = {"type": "image", "source": _source(block, "image", None)}
    elif kind == "file":
        made = {"type": "document", "source": _source(block, "file", "application/pdf")}
    elif kind == "text-plain":
        made = {"type": "document", "source": _text_source(block)}
    else:
        raise ValueError(f"Block of type {kind} is not supported.")
    for key in _ABOUT_A_DOCUMENT:
        for place in (block, block.get("extras"), block.get("metadata")):
            if place and key in place:
                made[key] = place[key]
                break
    return made


def _source(block: dict[str, Any], what: str, media_type: str | None) -> dict[str, Any]:
    older = block.get("source_type")
    if "url" in block:
        if what == "image" and block["url"].startswith("data:"):
            return _image(block["url"])
        return {"type": "url", "url": block["url"]}
    if "base64" in block or older == "base64":
        named = block["mime_type"] if media_type is None else block.get("mime_type") or media_type
        data = block.get("base64") or block.get("data", "")
        return {"type": "base64", "media_type": named, "data": data}
    if what == "file" and older == "text":
        return _text_source(block)
    if "file_id" in block:
        return {"type": "file", "file_id": block["file_id"]}
    if older == "id":
        return {"type": "file", "file_id": block["id"]}
    raise ValueError(
        f"Anthropic only supports 'url', 'base64', or 'id' keys for {what} content blocks."
    )


def _text_source(block: dict[str, Any]) -> dict[str, Any]:
    named = block.get("mime_type") or "text/plain"
    return {"type": "text", "media_type": named, "data": block["text"]}
