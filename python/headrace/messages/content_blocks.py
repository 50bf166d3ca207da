"""The content of a message as typed blocks, for any provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators import (
    anthropic,
    get_translator,
    google_genai,
    langchain_v0,
    openai,
)
from headrace.messages.block_translators.common import is_last, missing_calls, part_block
from headrace.messages.block_translators.groq import reasoning_of
from headrace.messages.content import KNOWN_BLOCK_TYPES, ContentBlock

if TYPE_CHECKING:
    from headrace.messages.base import BaseMessage

__all__ = ["content_blocks_of"]


def content_blocks_of(message: BaseMessage) -> list[ContentBlock]:
    """Return the content as typed blocks.

    A message with a provider (`response_metadata["model_provider"]`) is translated by that
    provider's translator. For other messages, each block is converted from any known form, and
    unknown blocks become `non_standard` blocks. Tool calls and reasoning from outside the content
    are added.

    Args:
        message: The message.

    Returns:
        The blocks. If the content is typed already (`output_version` is `"v1"`), it is returned as
        is.
    """
    content: Any = message.content
    if not isinstance(message, AIMessage):
        return _read(content)
    metadata = message.response_metadata
    if metadata.get("output_version") == "v1" and isinstance(content, list):
        return content
    is_chunk = isinstance(message, AIMessageChunk)
    if is_chunk:
        blocks = _translated(message, "translate_content_chunk")
        if blocks is not None:
            return blocks
    blocks = _translated(message, "translate_content")
    if blocks is not None and not is_chunk:
        return blocks
    if blocks is None:
        blocks = _read(content) + missing_calls(message, content)
    parts = message.tool_call_chunks if isinstance(message, AIMessageChunk) else []
    if parts and not content and not is_last(message):
        # They stand for the calls that have come of them so far.
        calls = ("tool_call", "invalid_tool_call")
        blocks = [block for block in blocks if block["type"] not in calls]
        blocks += map(part_block, parts)
    if not any(block.get("type") == "reasoning" for block in blocks):
        blocks = reasoning_of(message) + blocks
    return blocks


def _translated(message: AIMessage, way: str) -> list[Any] | None:
    """Return the result of the provider's translator; None if it is missing or declines."""
    provider = message.response_metadata.get("model_provider")
    translator = get_translator(provider) if provider else None
    if translator is None:
        return None
    try:
        return translator[way](message)
    except NotImplementedError:
        return None


def _read(content: Any) -> list[Any]:
    """Convert each block from any known form."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [_block(item) for item in content if isinstance(item, (str, dict))]


_READERS = (
    langchain_v0.read_input,
    openai.read_input,
    anthropic.read_input,
    google_genai.read_input,
)


def _block(item: str | dict[str, Any]) -> ContentBlock:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    block = item
    # A block that was wrapped as unknown is converted again.
    while block.get("type") == "non_standard" and isinstance(block.get("value"), dict):
        block = block["value"]
    for read in _READERS:
        try:
            made = read(block)
        except (KeyError, TypeError, AttributeError):
            continue
        if made is not None:
            return cast("ContentBlock", made)
    kind = block.get("type")
    known = isinstance(kind, str) and kind in KNOWN_BLOCK_TYPES
    return cast("ContentBlock", block if known else {"type": "non_standard", "value": block})
