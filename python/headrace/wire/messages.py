"""Message chunks from deltas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.messages import AIMessageChunk
from headrace.wire.deltas import (
    Block,
    Delta,
    End,
    Error,
    Extra,
    Finish,
    Info,
    Reasoning,
    Refusal,
    Start,
    Text,
    ToolArguments,
    ToolStart,
    Usage,
)
from headrace.wire.fields import call_chunk

__all__ = ["to_message", "to_message_and_info"]


def to_message(
    deltas: Sequence[Delta] | None, metadata: Mapping[str, Any], *, blocks: bool
) -> AIMessageChunk | None:
    """Return the message chunk of one event.

    Args:
        deltas: The deltas of the event.
        metadata: The response metadata of each chunk, such as `model_provider`.
        blocks: If true, content is a list of blocks, even if it is empty.

    Returns:
        The chunk, with all facts about the answer in its metadata; None if no delta belongs into
        a message.

    Raises:
        ModelError: If the provider reports an error, or the stream is truncated.
    """
    if deltas is None:
        return None
    if len(deltas) == 1:
        # most events have one delta, most of them a block of text
        delta = deltas[0]
        if type(delta) is Text:
            content: Any = delta.text if delta.block is None else [delta.block]
            return AIMessageChunk(content, response_metadata=metadata)
    info: dict[str, Any] = {}
    message = _message(deltas, metadata, info, blocks=blocks)
    if message is not None and info:
        message.response_metadata = {**info, **metadata}
    return message


def to_message_and_info(
    deltas: Sequence[Delta] | None, metadata: Mapping[str, Any], *, blocks: bool
) -> tuple[AIMessageChunk | None, dict[str, Any]]:
    """Return the message chunk of one event, and separately the facts about the answer."""
    if deltas is None:
        return None, {}
    info: dict[str, Any] = {}
    return _message(deltas, metadata, info, blocks=blocks), info


def _message(
    deltas: Sequence[Any], metadata: Mapping[str, Any], info: dict[str, Any], *, blocks: bool
) -> AIMessageChunk | None:
    text = ""
    content: list[Any] = []
    calls: list[Any] = []
    extra: dict[str, Any] = {}
    usage: Any = None
    position: Any = None
    id: str | None = None
    is_empty = bool(deltas)
    for delta in deltas:
        kind = type(delta)
        if kind is End:
            continue
        if kind is ToolArguments or kind is ToolStart:
            if delta.block is not None:
                content.append(delta.block)
            elif not delta.in_message:
                continue
            if delta.in_message:
                calls.append(call_chunk(delta.name, delta.arguments, delta.id, delta.key))
        elif kind is Text or kind is Reasoning or kind is Refusal:
            if delta.block is not None:
                content.append(delta.block)
            elif kind is Text:
                text += delta.text
            elif not delta.in_message:
                continue
            elif kind is Reasoning:
                extra["reasoning_content"] = extra.get("reasoning_content", "") + delta.text
            else:
                extra["refusal"] = extra.get("refusal", "") + delta.text
        elif kind is Block:
            content.append(delta.block)
            if delta.call is not None:
                calls.append(delta.call)
        elif kind is Usage:
            usage = delta.counts
        elif kind is Extra:
            known: Any = extra.get(delta.name)
            # Two calls of one event may have fields.
            is_table = isinstance(known, dict) and isinstance(delta.value, dict)
            extra[delta.name] = {**known, **delta.value} if is_table else delta.value
        elif kind is Info:
            info.update(delta.metadata)
        elif kind is Finish:
            info.update(delta.metadata)
            if delta.is_last:
                position = "last"
        elif kind is Start:
            id = delta.id
            info.update(delta.metadata)
        elif kind is Error:
            raise delta.exception()
        is_empty = False
    if is_empty:
        return None
    whole: Any = text
    if content or blocks:
        whole = [{"type": "text", "text": text}, *content] if text else content
    return AIMessageChunk(
        whole,
        id=id,
        additional_kwargs=extra,
        response_metadata=metadata,
        tool_call_chunks=calls,
        usage_metadata=usage,
        chunk_position=position,
    )
