"""Conversion of a complete message to content-block events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace.language_models.chunks_to_events import (
    block_delta,
    block_start,
    blocks_of,
    finished_block,
    message_finish,
    message_start,
)

if TYPE_CHECKING:
    from headrace.messages import BaseMessage

__all__ = ["amessage_to_events", "message_to_events"]


def message_to_events(
    msg: BaseMessage, *, message_id: str | None = None
) -> Iterator[dict[str, Any]]:
    """Convert a complete message to the events that streaming it would have produced.

    Args:
        msg: The message, such as one from a cache or a checkpoint.
        message_id: The id of the message; by default its own.

    Yields:
        The events; each block has at most one delta.
    """
    yield message_start(msg, message_id)
    for index, (_, block) in enumerate(blocks_of(msg)):
        yield block_start(index, block)
        delta = block_delta(index, block)
        if delta is not None:
            yield delta
        content = finished_block(block)
        yield {"event": "content-block-finish", "index": index, "content": content}
    yield message_finish(getattr(msg, "usage_metadata", None), msg.response_metadata)


async def amessage_to_events(
    msg: BaseMessage, *, message_id: str | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Async version of `message_to_events`."""
    for event in message_to_events(msg, message_id=message_id):
        yield event
