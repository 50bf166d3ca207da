"""Typed blocks of content, the same for all providers."""

from __future__ import annotations

from typing import Any, Literal
from uuid import uuid4

from typing_extensions import NotRequired, TypedDict

from headrace.messages.tool_calls import InvalidToolCall

__all__ = [
    "KNOWN_BLOCK_TYPES",
    "Annotation",
    "AudioContentBlock",
    "Citation",
    "ContentBlock",
    "DataContentBlock",
    "FileContentBlock",
    "ImageContentBlock",
    "InvalidToolCall",
    "NonStandardAnnotation",
    "NonStandardContentBlock",
    "PlainTextContentBlock",
    "ReasoningContentBlock",
    "ServerToolCall",
    "ServerToolCallChunk",
    "ServerToolResult",
    "TextContentBlock",
    "ToolCall",
    "ToolCallChunk",
    "ToolContentBlock",
    "VideoContentBlock",
    "convert_to_openai_data_block",
    "convert_to_openai_image_block",
    "create_audio_block",
    "create_file_block",
    "create_image_block",
    "create_non_standard_block",
    "create_reasoning_block",
    "create_text_block",
    "create_tool_call",
    "create_video_block",
    "ensure_id",
    "is_data_content_block",
]


class Citation(TypedDict):
    """A source for a text."""

    type: Literal["citation"]
    id: NotRequired[str]
    url: NotRequired[str]
    title: NotRequired[str]
    start_index: NotRequired[int]
    end_index: NotRequired[int]
    cited_text: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class NonStandardAnnotation(TypedDict):
    """What a provider says of a text that none of the others do."""

    type: Literal["non_standard_annotation"]
    value: dict[str, Any]
    id: NotRequired[str]


Annotation = Citation | NonStandardAnnotation
"""What is said of a text."""


class TextContentBlock(TypedDict):
    """A text."""

    type: Literal["text"]
    text: str
    id: NotRequired[str]
    annotations: NotRequired[list[Annotation]]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ReasoningContentBlock(TypedDict):
    """What a model thought."""

    type: Literal["reasoning"]
    id: NotRequired[str]
    reasoning: NotRequired[str]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ToolCall(TypedDict):
    """A request to call a tool."""

    type: Literal["tool_call"]
    id: str | None
    name: str
    args: dict[str, Any]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ToolCallChunk(TypedDict):
    """A part of a request to call a tool."""

    type: Literal["tool_call_chunk"]
    id: str | None
    name: str | None
    args: str | None
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ServerToolCall(TypedDict):
    """A call of a tool that the provider runs itself."""

    type: Literal["server_tool_call"]
    id: str
    name: str
    args: dict[str, Any]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ServerToolCallChunk(TypedDict):
    """A part of such a call."""

    type: Literal["server_tool_call_chunk"]
    name: NotRequired[str]
    args: NotRequired[str]
    id: NotRequired[str]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ServerToolResult(TypedDict):
    """What such a tool returned."""

    type: Literal["server_tool_result"]
    tool_call_id: str
    status: Literal["success", "error"]
    id: NotRequired[str]
    output: NotRequired[Any]
    index: NotRequired[int | str]
    extras: NotRequired[dict[str, Any]]


class ImageContentBlock(TypedDict):
    """An image: by its address, as data, or as a file that the provider has."""

    type: Literal["image"]
    id: NotRequired[str]
    file_id: NotRequired[str]
    mime_type: NotRequired[str]
    index: NotRequired[int | str]
    url: NotRequired[str]
    base64: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class VideoContentBlock(TypedDict):
    """A video: by its address, as data, or as a file that the provider has."""

    type: Literal["video"]
    id: NotRequired[str]
    file_id: NotRequired[str]
    mime_type: NotRequired[str]
    index: NotRequired[int | str]
    url: NotRequired[str]
    base64: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class AudioContentBlock(TypedDict):
    """A sound: by its address, as data, or as a file that the provider has."""

    type: Literal["audio"]
    id: NotRequired[str]
    file_id: NotRequired[str]
    mime_type: NotRequired[str]
    index: NotRequired[int | str]
    url: NotRequired[str]
    base64: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class PlainTextContentBlock(TypedDict):
    """A document that is text."""

    type: Literal["text-plain"]
    mime_type: Literal["text/plain"]
    id: NotRequired[str]
    file_id: NotRequired[str]
    index: NotRequired[int | str]
    url: NotRequired[str]
    base64: NotRequired[str]
    text: NotRequired[str]
    title: NotRequired[str]
    context: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class FileContentBlock(TypedDict):
    """A file: by its address, as data, or as one that the provider has."""

    type: Literal["file"]
    id: NotRequired[str]
    file_id: NotRequired[str]
    mime_type: NotRequired[str]
    index: NotRequired[int | str]
    url: NotRequired[str]
    base64: NotRequired[str]
    extras: NotRequired[dict[str, Any]]


class NonStandardContentBlock(TypedDict):
    """What a provider has that none of the others do."""

    type: Literal["non_standard"]
    value: dict[str, Any]
    id: NotRequired[str]
    index: NotRequired[int | str]


DataContentBlock = (
    ImageContentBlock
    | VideoContentBlock
    | AudioContentBlock
    | PlainTextContentBlock
    | FileContentBlock
)
"""A block of data."""

ToolContentBlock = (
    ToolCall | ToolCallChunk | ServerToolCall | ServerToolCallChunk | ServerToolResult
)
"""A block about a tool."""

ContentBlock = (
    TextContentBlock
    | InvalidToolCall
    | ReasoningContentBlock
    | NonStandardContentBlock
    | DataContentBlock
    | ToolContentBlock
)
"""A block of any kind."""

KNOWN_BLOCK_TYPES = frozenset(
    {
        "text",
        "reasoning",
        "tool_call",
        "invalid_tool_call",
        "tool_call_chunk",
        "image",
        "audio",
        "file",
        "text-plain",
        "video",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        "non_standard",
    }
)
"""The types of blocks that all providers share."""

_DATA_TYPES = frozenset({"image", "video", "audio", "text-plain", "file"})


def ensure_id(id_val: str | None) -> str:
    """Give an id, a new one where there is none."""
    return id_val or f"lc_{uuid4()}"


def _made(type: str, id: str | None, given: dict[str, Any], extras: dict[str, Any]) -> Any:
    block: dict[str, Any] = {"type": type, "id": ensure_id(id)}
    block.update({key: value for key, value in given.items() if value is not None})
    rest = {key: value for key, value in extras.items() if value is not None}
    if rest:
        block["extras"] = rest
    return block


def is_data_content_block(block: dict[str, Any]) -> bool:
    """Say whether a block is one of data: an image, a sound, a video, a file, a text document.

    Args:
        block: The block, in the form of today or in that of langchain-core 0.3.

    Returns:
        Whether it is.
    """
    if block.get("type") not in _DATA_TYPES:
        return False
    if any(key in block for key in ("url", "base64", "file_id", "text")):
        return True
    source = block.get("source_type")
    return (
        (source == "url" and "url" in block)
        or (source == "base64" and "data" in block)
        or (source == "id" and "id" in block)
    )


def convert_to_openai_data_block(
    block: dict[str, Any], api: Literal["chat/completions", "responses"] = "chat/completions"
) -> dict[str, Any]:
    """Write a block of data as OpenAI's API takes it.

    Args:
        block: The block.
        api: Which of the two APIs.

    Returns:
        The block in OpenAI's form.

    Raises:
        ValueError: If that API takes no such block.
    """
    kind = block["type"]
    data = block.get("base64") or (block.get("data") if "source_type" in block else None)
    mime_type = block.get("mime_type", "")
    data_url = f"data:{mime_type};base64,{data}" if data is not None else None
    responses = api == "responses"
    if kind == "image":
        url = block.get("url") or data_url
        if url is None:
            raise ValueError("Unsupported source type. Only 'url' and 'base64' are supported.")
        if responses:
            return {"type": "input_image", "image_url": url, **_detail(block)}
        return {"type": "image_url", "image_url": {"url": url, **_detail(block)}}
    if kind == "file":
        file: dict[str, Any]
        if data_url is not None:
            extras = {**block.get("extras", {}), **block.get("metadata", {})}
            name = block.get("filename") or extras.get("filename") or "LC_AUTOGENERATED"
            file = {"file_data": data_url, "filename": name}
        elif block.get("file_id") or block.get("source_type") == "id":
            file = {"file_id": block.get("file_id") or block["id"]}
        elif responses and block.get("url"):
            return {"type": "input_file", "file_url": block["url"]}
        else:
            raise ValueError("OpenAI Chat Completions only supports files as data or by their id.")
        return {"type": "input_file", **file} if responses else {"type": "file", "file": file}
    if kind == "audio":
        if data is None:
            raise ValueError("OpenAI takes a sound only as data.")
        format = mime_type.split("/")[-1]
        return {"type": "input_audio", "input_audio": {"data": data, "format": format}}
    raise ValueError(f"Block of type {kind} is not supported.")


def convert_to_openai_image_block(block: dict[str, Any]) -> dict[str, Any]:
    """Write an image as OpenAI's chat completions take it.

    Args:
        block: The image, by its address or as data.

    Returns:
        The block in OpenAI's form.

    Raises:
        ValueError: If it is neither, or the data have no type.
    """
    if "url" in block:
        return {"type": "image_url", "image_url": {"url": block["url"]}}
    data = block.get("base64") or block.get("data")
    if data is None:
        raise ValueError("Unsupported source type. Only 'url' and 'base64' are supported.")
    if "mime_type" not in block:
        raise ValueError("mime_type key is required for base64 data.")
    url = f"data:{block['mime_type']};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def _detail(block: dict[str, Any]) -> dict[str, Any]:
    detail = block.get("detail") or block.get("extras", {}).get("detail")
    return {"detail": detail} if detail else {}


def create_text_block(
    text: str,
    *,
    annotations: list[Annotation] | None = None,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> TextContentBlock:
    """Make a block of text, with a new id where none is given."""
    given = {"text": text, "annotations": annotations, "index": index}
    return _made("text", id, given, kwargs)  # type: ignore[no-any-return]


def create_reasoning_block(
    reasoning: str | None = None,
    *,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> ReasoningContentBlock:
    """Make a block of what a model thought."""
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
    """Make a block of an image."""
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
    """Make a block of a video."""
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
    """Make a block of a sound."""
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
    """Make a block of a file."""
    given = {
        "url": url,
        "base64": base64,
        "file_id": file_id,
        "mime_type": mime_type,
        "index": index,
    }
    return _made("file", id, given, kwargs)  # type: ignore[no-any-return]


def create_tool_call(
    name: str,
    args: dict[str, Any],
    *,
    id: str | None = None,
    index: int | str | None = None,
    **kwargs: Any,
) -> ToolCall:
    """Make a request to call a tool."""
    given = {"name": name, "args": args, "index": index}
    return _made("tool_call", id, given, kwargs)  # type: ignore[no-any-return]


def create_non_standard_block(
    value: dict[str, Any],
    *,
    id: str | None = None,
    index: int | str | None = None,
) -> NonStandardContentBlock:
    """Make a block of what only one provider has."""
    given = {"value": value, "index": index}
    return _made("non_standard", id, given, {})  # type: ignore[no-any-return]
