"""Messages of Bedrock's `converse` as typed content blocks."""

from __future__ import annotations

from typing import Any

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators.common import (
    Block,
    Blocks,
    each,
    extras,
    index_of,
    non_standard,
    only_part,
    others,
    part_block,
    text_block,
    tool_use,
)

__all__ = ["translate_content", "translate_content_chunk"]


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message, whole or a chunk.

    Returns:
        The blocks; empty if the message has only response metadata.
    """
    content: Any = message.content
    if content == "" and not message.additional_kwargs and not message.tool_calls:
        return []
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return each(content, lambda block: [_block(block, message)])


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum of chunks."""
    return translate_content(message)


def _block(block: Block, message: AIMessage) -> Block:
    kind = block.get("type")
    if kind == "text":
        return text_block(block, _citation)
    if kind == "reasoning_content":
        return _reasoning(block)
    if kind == "tool_use":
        return tool_use(block, message)
    part = only_part(message) if kind == "input_json_delta" else None
    return non_standard(block) if part is None else part_block(part)


def _reasoning(block: Block) -> Block:
    inner = block.get("reasoning_content") or {}
    made = {"type": "reasoning"}
    if inner.get("text"):
        made["reasoning"] = inner["text"]
    more = {key: inner[key] for key in ("signature", "redacted_content") if inner.get(key)}
    more.update(others(block, "type", "reasoning_content", "index", "extras"))
    return {**made, **({"extras": more} if more else {}), **index_of(block)}


def _citation(citation: Block) -> Block:
    made = {"type": "citation"}
    if "title" in citation:
        made["title"] = citation["title"]
    source = citation.get("source_content")
    if source and isinstance(source, list) and all(isinstance(part, dict) for part in source):
        made["cited_text"] = "".join(part.get("text", "") for part in source)
    return {**made, **extras(citation, "type", "source_content", "title", "index", "extras")}
