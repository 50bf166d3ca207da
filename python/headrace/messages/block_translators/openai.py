"""OpenAI's messages as typed content blocks: those of its chat completions, and of Responses."""

from __future__ import annotations

import re

from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.block_translators.common import (
    Block,
    Blocks,
    call_block,
    is_last,
    others,
    part_block,
)
from headrace.messages.block_translators.openai_older import as_responses
from headrace.messages.block_translators.openai_responses import translate_responses
from headrace.messages.content import (
    convert_to_openai_data_block,
    convert_to_openai_image_block,
    create_audio_block,
    create_file_block,
    create_image_block,
)

__all__ = [
    "convert_to_openai_data_block",
    "convert_to_openai_image_block",
    "read_input",
    "translate_content",
    "translate_content_chunk",
]

_DATA_URL = re.compile(r"^data:(?P<mime_type>[^;]+);base64,(?P<base64>.+)$")


def translate_content(message: AIMessage) -> Blocks:
    """Return the content blocks of a message.

    Args:
        message: The message. Text content is from chat completions, other content from
            Responses.

    Returns:
        The blocks.
    """
    if not isinstance(message.content, str):
        return translate_responses(message, as_responses(message))
    return [*_text(message), *map(call_block, message.tool_calls), *_refusal(message)]


def translate_content_chunk(message: AIMessageChunk) -> Blocks:
    """Return the content blocks of a chunk, or of a sum; tool calls stay chunks until the end.

    Args:
        message: The chunk.

    Returns:
        The blocks.
    """
    if not isinstance(message.content, str) or is_last(message):
        return translate_content(message)
    return [*_text(message), *map(part_block, message.tool_call_chunks), *_refusal(message)]


def _text(message: AIMessage) -> Blocks:
    return [{"type": "text", "text": message.content}] if message.content else []


def _refusal(message: AIMessage) -> Blocks:
    refusal = message.additional_kwargs.get("refusal")
    return [{"type": "refusal", "refusal": refusal}] if refusal else []


def read_input(block: Block) -> Block | None:
    """Read an image, a sound or a file for a model, in the form of the chat completions.

    Args:
        block: A block in any form.

    Returns:
        The typed block, or None where it is not in this provider's form.
    """
    kind = block.get("type")
    inner = block.get(kind) if kind in ("image_url", "input_audio", "file") else None
    if not inner or not isinstance(inner, dict):
        return None
    more = others(block, "type", str(kind))
    if kind == "image_url":
        url = inner.get("url")
        if more.keys() - {"detail"} or not isinstance(url, str):
            return None
        more.update(_named(inner, "image_url", "url", "detail"))
        if "detail" in inner:
            more["detail"] = inner["detail"]
        return dict(create_image_block(**(_data(url) or {"url": url}), **more))
    if kind == "input_audio":
        data, form = inner.get("data"), inner.get("format")
        if not isinstance(data, str) or not isinstance(form, str):
            return None
        more.update(_named(inner, "audio", "data", "format"))
        return dict(create_audio_block(base64=data, mime_type=f"audio/{form}", **more))
    return _file(inner, more)


def _file(inner: Block, more: Block) -> Block | None:
    data, id = inner.get("file_data"), inner.get("file_id")
    if isinstance(id, str):
        more.update(_named(inner, "file", "file_id"))
        return dict(create_file_block(file_id=id, **more))
    read = _data(data) if isinstance(data, str) else None
    if read is None:
        return None
    more.update(_named(inner, "file", "file_data", "filename"))
    made = {"base64": read["base64"], "filename": inner.get("filename")}
    # These files are PDFs, regardless of their declared type.
    return dict(create_file_block(**made, mime_type="application/pdf", **more))


def _data(url: str) -> dict[str, str] | None:
    """Return the parts of a data URL."""
    found = _DATA_URL.match(url)
    return found.groupdict() if found else None


def _named(inner: Block, prefix: str, *known: str) -> Block:
    """Return the other fields of the inner dictionary, with a prefix against name conflicts."""
    return {f"{prefix}_{key}": value for key, value in others(inner, *known).items()}
