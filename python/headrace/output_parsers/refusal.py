"""Refusals: answers in which the model declines, in place of the requested data."""

from __future__ import annotations

from typing import Any

from headrace.exceptions import ModelRefusalError
from headrace.messages import AIMessage, AIMessageChunk

__all__ = ["raise_if_refused", "raise_if_stopped"]


def raise_if_refused(message: Any) -> None:
    """Check a whole answer for a refusal.

    Raises:
        ModelRefusalError: If the model refused.
    """
    if isinstance(message, AIMessage):
        for block in message.content_blocks:
            if block.get("type") == "refusal":
                raise ModelRefusalError.from_refusal(block, raw_message=message)


def raise_if_stopped(last: Any) -> None:
    """Check the last chunk of a stream for a refusal, which Anthropic reports as the stop reason.

    Raises:
        ModelRefusalError: If the model refused.
    """
    if isinstance(last, AIMessageChunk) and last.response_metadata.get("stop_reason") == "refusal":
        raise_if_refused(last)
