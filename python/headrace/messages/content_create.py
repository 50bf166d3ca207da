"""Making content blocks, each with an id."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from headrace.messages.content_types import (
    Annotation,
    AudioContentBlock,
    Citation,
    FileContentBlock,
    ImageContentBlock,
    NonStandardContentBlock,
    PlainTextContentBlock,
    ReasoningContentBlock,
    TextContentBlock,
    ToolCall,
    VideoContentBlock,
)

__all__ = [
    "create_audio_block",
    "create_citation",
    "create_file_block",
    "create_image_block",
    "create_non_standard_block",
    "create_plaintext_block",
    "create_reasoning_block",
    "create_text_block",
    "create_tool_call",
    "create_video_block",
    "ensure_id",
]


def ensure_id(id_val: str | None) -> str:
    """Return the id, or a new one if it is None."""
    return id_val or f"lc_{uuid4()}"


def _made(type: str, id: str | None, given: dict[str, Any], extras: dict[str, Any]) -> Any:
    block: dict[str, Any] = {"type": type, "id": ensure_id(id)}
    block.update({key: value for key, value in given.items() if value is not None})
    rest = {key: value for key, value in extras.items() if value is not None}
    if rest:
        block["extras"] = rest
    return block


def create_text_block(
    text: str,
    *,
    annotations: list[Annotation] | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> TextContentBlock:
    """Create a text block, with a new id by default."""
    given = {"text": text, "annotations": annotations, "index": index}
    return _made("text", id, given, kwargs)  # type: ignore[no-any-return]


def create_reasoning_block(
    reasoning: str | None = None,
    *,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> ReasoningContentBlock:
    """Create a reasoning block."""
    given = {"reasoning": reasoning, "index": index}
    return _made("reasoning", id, given, kwargs)  # type: ignore[no-any-return]


def create_image_block(
    *,
    url: str | None = None,
    base64: str | None = None,
    file_id: str | None = None,
    mime_type: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> ImageContentBlock:
    """Create an image block."""
    given = {
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "mime_type": mime_type,
        "index": index,
    }
    return _made("image", id, given, kwargs)  # type: ignore[no-any-return]


def create_video_block(
    *,
    url: str | None = None,
    base64: str | None = None,
    file_id: str | None = None,
    mime_type: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> VideoContentBlock:
    """Create a video block."""
    given = {
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "mime_type": mime_type,
        "index": index,
    }
    return _made("video", id, given, kwargs)  # type: ignore[no-any-return]


def create_audio_block(
    *,
    url: str | None = None,
    base64: str | None = None,
    file_id: str | None = None,
    mime_type: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> AudioContentBlock:
    """Create an audio block."""
    given = {
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "mime_type": mime_type,
        "index": index,
    }
    return _made("audio", id, given, kwargs)  # type: ignore[no-any-return]


def create_file_block(
    *,
    url: str | None = None,
    base64: str | None = None,
    file_id: str | None = None,
    mime_type: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> FileContentBlock:
    """Create a file block."""
    given = {
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "mime_type": mime_type,
        "index": index,
    }
    return _made("file", id, given, kwargs)  # type: ignore[no-any-return]


def create_plaintext_block(
    text: str | None = None,
    url: str | None = None,
    base64: str | None = None,
    file_id: str | None = None,
    title: str | None = None,
    context: str | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> PlainTextContentBlock:
    """Create a plain text document block."""
    given = {
        "mime_type": "text/plain",
        "text": text,
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "title": title,
        "context": context,
        "index": index,
    }
    return _made("text-plain", id, given, kwargs)  # type: ignore[no-any-return]


def create_citation(
    *,
    url: str | None = None,
    title: str | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    cited_text: str | None = None,
    id: str | None = None,
    **kwargs: Any,
) -> Citation:
    """Create a citation."""
    given = {
        "url": url,
        "title": title,
        "start_index": start_index,
        "end_index": end_index,
        "cited_text": cited_text,
    }
    return _made("citation", id, given, kwargs)  # type: ignore[no-any-return]


def create_tool_call(
    name: str,
    args: dict[str, Any],
    *,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> ToolCall:
    """Create a tool call block."""
    given = {"name": name, "args": args, "index": index}
    return _made("tool_call", id, given, kwargs)  # type: ignore[no-any-return]


def create_non_standard_block(
    value: dict[str, Any],
    *,
    id: str | None = None,
    index: int | str | None = None,
) -> NonStandardContentBlock:
    """Create a block of provider-specific data."""
    given = {"value": value, "index": index}
    return _made("non_standard", id, given, {})  # type: ignore[no-any-return]
