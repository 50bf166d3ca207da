"""The content of a message as typed blocks, whoever its provider is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from headrace.messages.content import KNOWN_BLOCK_TYPES, ContentBlock, ensure_id

if TYPE_CHECKING:
    from headrace.messages.base import BaseMessage

__all__ = ["content_blocks_of", "of_older_form", "of_openai"]

_DATA_URL = re.compile(r"data:(?P<mime_type>[^;]+);base64,(?P<base64>.+)", re.DOTALL)


def content_blocks_of(message: BaseMessage) -> list[ContentBlock]:
    """Give the content as typed blocks.

    What stands in a provider's own form is translated where it is known, and a block of type
    `non_standard` where it is not. Tool calls that do not stand in the content come behind it.

    Args:
        message: The message.

    Returns:
        The blocks.
    """
    content = message.content
    provider = message.response_metadata.get("model_provider")
    given = ([content] if content else []) if isinstance(content, str) else content
    blocks = [_block(block, provider) for block in given]
    reasoning = message.additional_kwargs.get("reasoning_content")
    calls = (
        getattr(message, "tool_calls", None) if "tool_calls" in message.__known_fields__ else None
    )
    if calls is not None and reasoning and isinstance(reasoning, str):
        blocks.insert(0, {"type": "reasoning", "reasoning": reasoning})
    translated = isinstance(content, list) and provider is not None
    if calls and not translated:
        known = {block.get("id") for block in blocks if block["type"] == "tool_call"}
        for call in calls:
            if call["id"] not in known:
                block = {"type": "tool_call", "id": call["id"], "name": call["name"]}
                blocks.append({**block, "args": call["args"]})
    return cast("list[ContentBlock]", blocks)


def _block(block: Any, provider: str | None) -> dict[str, Any]:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    made = _of_anthropic_model(block) if provider == "anthropic" else None
    made = made or of_openai(block) or _of_anthropic(block) or of_older_form(block)
    if made is None:
        if block.get("type") in KNOWN_BLOCK_TYPES:
            return cast("dict[str, Any]", block)
        made = {"type": "non_standard", "value": block}
    return made


def of_openai(block: dict[str, Any]) -> dict[str, Any] | None:
    """Images, sounds and files as OpenAI's chat completions have them."""
    kind = block.get("type")
    inner = block.get(kind) if kind in ("image_url", "input_audio", "file") else None
    if not isinstance(inner, dict):
        return None
    made: dict[str, Any] = {"id": ensure_id(block.get("id"))}
    if kind == "image_url":
        made = {"type": "image", **made, **_address(inner["url"])}
        if inner.get("detail"):
            made["extras"] = {"detail": inner["detail"]}
        return made
    if kind == "input_audio":
        return {
            "type": "audio",
            **made,
            "base64": inner["data"],
            "mime_type": f"audio/{inner['format']}",
        }
    made = {"type": "file", **made}
    if "file_id" in inner:
        made["file_id"] = inner["file_id"]
    if "file_data" in inner:
        made.update(_address(inner["file_data"]))
    if inner.get("filename"):
        made["extras"] = {"filename": inner["filename"]}
    return made


def _address(url: str) -> dict[str, str]:
    data = _DATA_URL.match(url)
    return {"base64": data["base64"], "mime_type": data["mime_type"]} if data else {"url": url}


def _of_anthropic(block: dict[str, Any]) -> dict[str, Any] | None:
    """Images and documents as Anthropic has them."""
    source = block.get("source")
    kinds = {"image": "image", "document": "file"}
    kind = kinds.get(str(block.get("type")))
    if kind is None or not isinstance(source, dict):
        return None
    if source.get("type") == "base64":
        return {"type": kind, "base64": source["data"], "mime_type": source["media_type"]}
    if source.get("type") == "url":
        return {"type": kind, "url": source["url"]}
    if source.get("type") == "file":
        return {"type": kind, "file_id": source["file_id"]}
    if source.get("type") == "text":
        return {"type": "text-plain", "text": source["data"], "mime_type": "text/plain"}
    return None


def _of_anthropic_model(block: dict[str, Any]) -> dict[str, Any] | None:
    """What Anthropic's models say."""
    kind = block.get("type")
    index = {"index": block["index"]} if "index" in block else {}
    if kind == "thinking":
        made: dict[str, Any] = {
            "type": "reasoning",
            "reasoning": block.get("thinking", ""),
            **index,
        }
        if "signature" in block:
            made["extras"] = {"signature": block["signature"]}
        return made
    if kind == "tool_use":
        call = {"name": block["name"], "args": block.get("input", {}), "id": block["id"]}
        return {"type": "tool_call", **call, **index}
    if kind == "input_json_delta":
        call = {"name": None, "args": block.get("partial_json", ""), "id": None}
        return {"type": "tool_call_chunk", **call, **index}
    return None


def of_older_form(block: dict[str, Any]) -> dict[str, Any] | None:
    """Blocks of data as langchain-core 0.3 had them."""
    source = block.get("source_type")
    if source is None:
        return None
    made: dict[str, Any] = {"type": block["type"]}
    if source == "url":
        made["url"] = block["url"]
    elif source == "base64":
        made["base64"] = block["data"]
    elif source == "id":
        made["file_id"] = block["id"]
    elif source == "text":
        made.update(type="text-plain", text=block["text"])
    if "mime_type" in block:
        made["mime_type"] = block["mime_type"]
    rest = {
        key: value
        for key, value in block.items()
        if key not in {"type", "source_type", "url", "data", "id", "text", "mime_type", "metadata"}
    }
    extras = {**rest, **(block.get("metadata") or {})}
    if extras:
        made["extras"] = extras
    return made
