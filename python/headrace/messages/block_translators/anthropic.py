"""Anthropic's messages as typed content blocks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators.common import (
    Block,
    Blocks,
    each,
    extras,
    index_of,
    is_last,
    non_standard,
    only_part,
    others,
    part_block,
    text_block,
    tool_use,
)

__all__ = ["read_input", "translate_content", "translate_content_chunk"]


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message, whole or a chunk.

    Returns:
        The blocks.
    """
    content: Any = message.content
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    blocks = each(content, lambda block: [_reader(block)(block, message)])
    refused = message.response_metadata.get("stop_reason") == "refusal"
    if refused and all(block["type"] != "refusal" for block in blocks):
        blocks.append(_stop_refusal(message.response_metadata))
    return blocks


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum of chunks."""
    return translate_content(message)


def _reader(block: Block) -> Callable[[Block, AIMessage], Block]:
    kind = block.get("type")
    read = _READERS.get(kind) if kind else None
    if read is None and kind and kind.endswith("_tool_result"):
        read = _result
    return read or _unknown


def _unknown(block: Block, message: AIMessage) -> Block:
    return non_standard(block)


def _text(block: Block, message: AIMessage) -> Block:
    return text_block(block, _citation)


def _refusal(block: Block, message: AIMessage) -> Block:
    made = {"type": "refusal", "refusal": block.get("refusal", "")}
    more = {"extras": block["extras"]} if block.get("extras") else {}
    return {**made, **more, **index_of(block)}


def _stop_refusal(metadata: Block) -> Block:
    """Return the refusal block of an answer whose stop reason is a refusal."""
    details = metadata.get("stop_details")
    details = details if isinstance(details, dict) else {}
    category = details.get("category")
    return {
        "type": "refusal",
        "refusal": details.get("explanation") or "",
        **({"extras": {"category": category}} if category else {}),
    }


def _thinking(block: Block, message: AIMessage) -> Block:
    made = {"type": "reasoning", "reasoning": block.get("thinking", "")}
    return {**made, **index_of(block), **extras(block, "type", "thinking", "index", "extras")}


def _tool_use(block: Block, message: AIMessage) -> Block:
    more = {key: block[key] for key in ("caller", "toolset_name") if key in block}
    return {**tool_use(block, message), **({"extras": more} if more else {})}


def _arguments(block: Block, message: AIMessage) -> Block:
    """Return a chunk of arguments: of a tool call of the message, or of a server tool call."""
    if not isinstance(message, AIMessageChunk):
        return non_standard(block)
    part = only_part(message)
    if part is not None:
        return part_block(part)
    made = {"type": "server_tool_call_chunk", "args": block.get("partial_json", "")}
    return {**made, **index_of(block)}


def _server_call(block: Block, message: AIMessage) -> Block:
    """Return a server tool call; for an MCP tool, the name of the server is an extra."""
    own = {}
    if block["type"] == "mcp_tool_use":
        name = "remote_mcp"
        if "name" in block:
            own["tool_name"] = block["name"]
    else:
        name = block.get("name", "")
        name = "code_interpreter" if name == "code_execution" else name
    arguments = block.get("input", {})
    known = ["type", "name", "input", "id", "index"]
    streaming = isinstance(message, AIMessageChunk) and not is_last(message)
    if streaming and block.get("input") == {} and "partial_json" not in block:
        kind, arguments = "server_tool_call_chunk", ""
    else:
        kind = "server_tool_call"
        if block.get("input") == {} and "partial_json" in block:
            arguments = _object(block["partial_json"])
        known.append("partial_json")
    own.update(others(block, *known))
    made = {"type": kind, "name": name, "args": arguments, "id": block.get("id", "")}
    return {**made, **index_of(block), **({"extras": own} if own else {})}


def _object(text: str) -> Block:
    """Return the JSON object in a text, or an empty one if there is not (yet) one."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _result(block: Block, message: AIMessage) -> Block:
    output = block.get("content")
    failed = block.get("is_error") or (isinstance(output, dict) and output.get("error_code"))
    more = others(block, "type", "tool_use_id", "content", "is_error", "index")
    return {
        "type": "server_tool_result",
        "tool_call_id": block.get("tool_use_id", ""),
        "status": "error" if failed else "success",
        "extras": {"block_type": block["type"], **more},
        **({"output": output} if output else {}),
        **index_of(block),
    }


_READERS: dict[str, Callable[[Block, AIMessage], Block]] = {
    "text": _text,
    "refusal": _refusal,
    "thinking": _thinking,
    "tool_use": _tool_use,
    "input_json_delta": _arguments,
    "server_tool_use": _server_call,
    "mcp_tool_use": _server_call,
}

_IN_DOCUMENT = {
    "char_location",
    "content_block_location",
    "page_location",
    "search_result_location",
}


def _citation(citation: Block) -> Block:
    kind = citation.get("type")
    on_the_web = kind == "web_search_result_location"
    lacks = "cited_text" not in citation or (on_the_web and "url" not in citation)
    if lacks or not (on_the_web or kind in _IN_DOCUMENT):
        return {"type": "non_standard_annotation", "value": citation}
    made = {"type": "citation", "cited_text": citation["cited_text"]}
    known = ["type", "cited_text", "title", "index", "extras"]
    known.append("url" if on_the_web else "document_title")
    if on_the_web:
        made["url"] = citation["url"]
    if not on_the_web and "document_title" in citation:
        made["title"] = citation["document_title"]
    elif citation.get("title"):
        made["title"] = citation["title"]
    return {**made, **extras(citation, *known)}


_SOURCES = {
    "base64": {"base64": "data", "mime_type": "media_type"},
    "url": {"url": "url"},
    "file": {"id": "file_id"},
}
"""The fields of the typed block and their names in the source, for each kind of source."""


def read_input(block: Block) -> Block | None:
    """Read an image or a document for a model.

    Args:
        block: A block in any form.

    Returns:
        The typed block, or None where it is not in this provider's form.
    """
    kind, source = block.get("type"), block.get("source")
    if kind not in ("image", "document") or not isinstance(source, dict):
        return None
    more = extras(block, "type", "source")
    if kind == "document" and source.get("type") == "text" and "data" in source:
        mime_type = block.get("media_type", "text/plain")
        return {"type": "text-plain", "text": source["data"], "mime_type": mime_type, **more}
    fields = _SOURCES.get(source.get("type", ""))
    if fields is None or any(given not in source for given in fields.values()):
        return None
    made = {field: source[given] for field, given in fields.items()}
    return {"type": "image" if kind == "image" else "file", **made, **more}
