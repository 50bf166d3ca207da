"""Conversion of a model's input to the forms that providers and handlers expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from headrace.messages import BaseMessage

# Without the types of content blocks, which take long to define.
from headrace.messages.content_data import convert_to_openai_image_block, is_data_content_block

if TYPE_CHECKING:
    pass

__all__ = ["for_observers", "for_providers", "is_openai_data_block", "pop_output_format"]


def for_providers(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Convert audio and files in messages to typed blocks, from any of their forms.

    Args:
        messages: The messages. They are not modified.

    Returns:
        The messages, with copies of those that had to be converted.
    """
    return _with_blocks(messages, _for_provider)


def for_observers(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Convert images and files in messages to the forms that LangChain's handlers expect.

    Args:
        messages: The messages. They are not modified.

    Returns:
        The messages, with copies of those that had to be converted.
    """
    return _with_blocks(messages, _for_observer)


def _with_blocks(
    messages: Sequence[BaseMessage], change: Callable[[dict[str, Any]], Any]
) -> list[BaseMessage]:
    changed = list(messages)
    for i, message in enumerate(messages):
        content = message.content
        if isinstance(content, str):
            continue
        blocks = [change(block) if isinstance(block, dict) else block for block in content]
        if any(new is not old for new, old in zip(blocks, content, strict=True)):
            changed[i] = message.model_copy(update={"content": blocks})
    return changed


_OLDER_SOURCES = frozenset({"url", "base64", "id", "text"})


def _for_provider(block: dict[str, Any]) -> Any:
    from headrace.messages.block_translators import langchain_v0, openai

    kind = block.get("type")
    if kind in ("input_audio", "file") and is_openai_data_block(block):
        return openai.read_input(block) or block
    if kind in ("image", "audio", "file") and block.get("source_type") in _OLDER_SOURCES:
        return langchain_v0.read_input(block) or block
    return block


def _for_observer(block: dict[str, Any]) -> Any:
    kind = block.get("type")
    if kind == "image" and is_data_content_block(block):
        if "file_id" in block or block.get("source_type") == "id":
            return block
        return convert_to_openai_image_block(block)
    if kind == "file" and is_data_content_block(block) and "base64" in block:
        rest = {key: value for key, value in block.items() if key != "base64"}
        return {**rest, "data": block["base64"], "source_type": "base64"}
    if len(block) == 1 and kind is None:
        ((key, value),) = block.items()
        return {"type": key, key: value}
    return block


def is_openai_data_block(
    block: dict[str, Any], filter_: Literal["image", "audio", "file"] | None = None
) -> bool:
    """Return True if a block is an image, audio or file block of OpenAI's chat completions.

    Args:
        block: The block.
        filter_: The kind that it must have; None for any kind.

    Returns:
        True if it is such a block. Additional keys are allowed, except in an image.
    """
    kind = block.get("type")
    meaning = {"image_url": "image", "input_audio": "audio", "file": "file"}.get(str(kind))
    if meaning is None or filter_ not in (None, meaning):
        return False
    inner = block.get(str(kind))
    if not isinstance(inner, dict):
        return False
    if meaning == "image":
        return block.keys() <= {"type", "image_url", "detail"} and isinstance(inner.get("url"), str)
    if meaning == "audio":
        return isinstance(inner.get("data"), str) and isinstance(inner.get("format"), str)
    return isinstance(inner.get("file_data"), str) or isinstance(inner.get("file_id"), str)


def pop_output_format(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Remove the structured output schema from a call's arguments; only handlers receive it.

    Args:
        kwargs: The arguments. They are modified.

    Returns:
        The options that handlers receive.
    """
    requested = kwargs.pop("ls_structured_output_format", None)
    # Like LangChain: if the newer name is given, the older one is passed to the provider.
    requested = requested or kwargs.pop("structured_output_format", None)
    if not requested:
        return {}
    from headrace.utils.function_calling import convert_to_json_schema

    try:
        schema = convert_to_json_schema(requested["schema"])
    except ValueError:
        return {}
    return {
        "ls_structured_output_format": {"kwargs": requested.get("kwargs", {}), "schema": schema}
    }
