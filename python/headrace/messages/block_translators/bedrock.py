"""Messages of Bedrock's `invoke` as typed content blocks: those of Anthropic's models."""

from __future__ import annotations

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators import anthropic
from headrace.messages.block_translators.common import Blocks, is_last, missing_calls, part_block

__all__ = ["translate_content", "translate_content_chunk"]


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message.

    Returns:
        The blocks.

    Raises:
        NotImplementedError: If the model is not Anthropic's.
    """
    if "claude" not in message.response_metadata.get("model_name", "").lower():
        raise NotImplementedError
    blocks = anthropic.translate_content(message)
    return blocks + missing_calls(message, blocks)


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum of chunks, of any model.

    Args:
        message: The chunk.

    Returns:
        The blocks; empty if the chunk has only response metadata.
    """
    content = message.content
    if content == "" and not message.additional_kwargs and not message.tool_calls:
        return []
    blocks = anthropic.translate_content(message)
    if not content and not is_last(message):
        blocks += map(part_block, message.tool_call_chunks)
    return blocks
