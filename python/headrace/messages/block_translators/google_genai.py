"""Messages of Google's GenAI as typed content blocks."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators.common import (
    Block,
    Blocks,
    base64_text,
    each,
    extras,
    missing_calls,
)
from headrace.messages.content import Citation, create_citation

__all__ = [
    "read_input",
    "translate_content",
    "translate_content_chunk",
    "translate_grounding_metadata_to_citations",
]

_DATA_URL = re.compile(r"data:([^;]+);base64,(.+)")


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message, whole or a chunk.

    Returns:
        The blocks of the content, with grounding sources as citations of the first text; audio from
        outside the content; the tool calls.
    """
    content: Any = message.content
    is_text = isinstance(content, str)
    items = ([content] if content else []) if is_text else content
    blocks = each(
        ({"type": "text", "text": item} if isinstance(item, str) else item for item in items),
        lambda item: [_block(item)],
    )
    citations = translate_grounding_metadata_to_citations(
        message.response_metadata.get("grounding_metadata") or {}
    )
    if citations:
        for place, block in enumerate(blocks):
            if block["type"] == "text":
                blocks[place] = {**block, "annotations": citations}
                break
    calls, sounds = _missing_calls(message, blocks), _sounds(message)
    outside = calls + sounds if is_text else sounds + calls
    return [*blocks, *outside, *_refusal(message.response_metadata)]


_REFUSAL_REASONS = frozenset({"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST"})
"""The finish reasons with which Gemini blocks an answer."""


def _refusal(metadata: Block) -> Blocks:
    """Return a refusal block if Gemini blocked the answer or the prompt."""
    reasons = {}
    finish = _reason(metadata.get("finish_reason"))
    if finish in _REFUSAL_REASONS:
        reasons["finish_reason"] = finish
    feedback = metadata.get("prompt_feedback")
    if isinstance(feedback, dict):
        block = _reason(feedback.get("block_reason"))
        if block and block != "BLOCKED_REASON_UNSPECIFIED":
            reasons["block_reason"] = block
    if not reasons:
        return []
    text = metadata.get("finish_message") or ""
    return [{"type": "refusal", "refusal": text, "extras": reasons}]


def _reason(value: Any) -> str:
    """Return the name of a reason, which may be a member of an SDK's enum."""
    return str(getattr(value, "name", value)).rsplit(".", 1)[-1] if value else ""


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum of chunks."""
    return translate_content(message)


def translate_grounding_metadata_to_citations(
    grounding_metadata: dict[str, Any],
) -> list[Citation]:
    """Convert grounding metadata to citations.

    Args:
        grounding_metadata: Google's metadata: `grounding_chunks` are the sources, and
            `grounding_supports` map parts of the text to them.

    Returns:
        A citation for each source of each part.
    """
    sources = grounding_metadata.get("grounding_chunks") or []
    return [
        _citation(grounding_metadata, support, place, sources[place])
        for support in grounding_metadata.get("grounding_supports") or []
        for place in support.get("grounding_chunk_indices") or []
        if place < len(sources)
    ]


def _citation(metadata: Block, support: Block, place: int, source: Block) -> Citation:
    segment = support.get("segment") or {}
    web, maps = source.get("web") or {}, source.get("maps") or {}
    about = {
        "web_search_queries": metadata.get("web_search_queries", []),
        "grounding_chunk_index": place,
        "confidence_scores": support.get("confidence_scores") or [],
    }
    if maps.get("placeId"):
        about["place_id"] = maps["placeId"]
    return create_citation(
        url=maps.get("uri") or web.get("uri"),
        title=maps.get("title") or web.get("title"),
        start_index=segment.get("start_index"),
        end_index=segment.get("end_index"),
        cited_text=segment.get("text"),
        google_ai_metadata=about,
    )


def _missing_calls(message: AIMessage, blocks: Blocks) -> Blocks:
    """Return the tool calls that are missing from the content, with the indexes of their chunks."""
    parts = message.tool_call_chunks if isinstance(message, AIMessageChunk) else []
    indexes = {part["id"]: part["index"] for part in parts if part["index"] is not None}
    return [
        {**call, **({"index": f"lc_tc_{indexes[call['id']]}"} if call["id"] in indexes else {})}
        for call in missing_calls(message, blocks)
    ]


def _sounds(message: AIMessage) -> Blocks:
    audio = message.additional_kwargs.get("audio")
    if not isinstance(audio, bytes) or not audio:
        return []
    return [{"type": "audio", "base64": base64_text(audio), "mime_type": "audio/wav"}]


# --- what a model says ---------------------------------------------------------------------------


def _block(item: Block) -> Block:
    read = _READERS.get(item.get("type", ""))
    made = read(item) if read else {"type": "non_standard", "value": item}
    index = item.get("index")
    return made if index is None else {**made, "index": index}


def _image(item: Block) -> Block:
    """Convert an image given as a data URL or as base64."""
    url = item["image_url"]["url"]
    data_url = _DATA_URL.match(url)
    if data_url:
        return {"type": "image", "base64": data_url[2], "mime_type": data_url[1]}
    try:
        data = base64.b64decode(url, validate=True)
    except ValueError:
        data = b""
    if not data:
        return {"type": "non_standard", "value": item}
    return {"type": "image", "base64": url, **_guessed_type(data)}


def _guessed_type(data: bytes) -> Block:
    try:
        import filetype  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return {}
    kind = filetype.guess(data)
    return {"mime_type": kind.mime} if kind and kind.mime else {}


def _thinking(item: Block) -> Block:
    made = {"type": "reasoning", "reasoning": item.get("thinking", "")}
    signature = item.get("signature")
    return {**made, "extras": {"signature": signature}} if signature else made


def _call(item: Block) -> Block:
    made = {"name": item.get("name", ""), "args": item.get("args", {}), "id": item.get("id", "")}
    return {"type": "tool_call", **made}


def _file(item: Block) -> Block:
    made = {"type": "file", "url": item.get("file_uri", "")}
    mime_type = item.get("mime_type")
    return {**made, "mime_type": mime_type} if mime_type else made


def _code(item: Block) -> Block:
    language = item.get("language", "python")
    return {
        "type": "server_tool_call",
        "name": "code_interpreter",
        "args": {"code": item.get("executable_code", ""), "language": language},
        "id": item.get("id", ""),
    }


def _result(item: Block) -> Block:
    outcome = item.get("outcome", 1)
    made: Block = {
        "type": "server_tool_result",
        "tool_call_id": item.get("tool_call_id", ""),
        "status": "success" if outcome == 1 else "error",
        "output": item.get("code_execution_result", ""),
    }
    return made if outcome is None else {**made, "extras": {"outcome": outcome}}


def _typed_result(item: Block) -> Block:
    made = _result(item)
    return {**made, "extras": {"block_type": item["type"], **made.get("extras", {})}}


_READERS: dict[str, Callable[[Block], Block]] = {
    "text": dict,
    "image_url": _image,
    "function_call": _call,
    "file_data": _file,
    "thinking": _thinking,
    "executable_code": _code,
    "code_execution_result": _typed_result,
}


# --- system and human messages --------------------------------------------------------------


def read_input(block: Block) -> Block | None:
    """Read what is said to a model; its images and documents are also those of Bedrock's Converse.

    Args:
        block: A block in any form.

    Returns:
        The typed block, or None where it is not in this provider's form.
    """
    if len(block) == 1:
        for key in ("text", "document", "image"):
            if block.get(key):
                return _media(key, block[key])
    kind = block.get("type")
    if kind == "file_data":
        return _file(block) if "file_uri" in block else None
    if kind == "function_call":
        return _call(block) if "name" in block else None
    if kind == "executable_code":
        return _code(block)
    return _result(block) if kind == "code_execution_result" else None


def _media(key: str, media: Any) -> Block | None:
    if key == "text":
        return {"type": "text", "text": media}
    if not isinstance(media, dict) or "format" not in media:
        return None
    form, source, made = media["format"], media.get("source", {}), {}
    if key == "document" and form == "txt" and "text" in source:
        made = {"type": "text-plain", "text": source["text"], "mime_type": "text/plain"}
    elif "bytes" in source and (key == "image" or form == "pdf"):
        data = source["bytes"]
        made = {
            "type": "image" if key == "image" else "file",
            "base64": data if isinstance(data, str) else base64_text(data),
            "mime_type": f"image/{form}" if key == "image" else "application/pdf",
        }
    return {**made, **extras(media, "format", "source")} if made else None
