"""Marking messages that a program and no person added to a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import NotRequired, TypedDict

from headrace.messages.base import BaseMessage
from headrace.messages.human import HumanMessage

__all__ = ["NotificationMetadata", "add_notification_metadata", "get_notification_metadata"]


class NotificationMetadata(TypedDict):
    """The source of a message that a program added."""

    source: str
    data: NotRequired[dict[str, Any]]


def add_notification_metadata(
    message: HumanMessage, *, source: str, data: Mapping[str, Any] | None = None
) -> HumanMessage:
    """Mark a message as a notification that a program added.

    Args:
        message: The message; it is not changed.
        source: The part of the program that adds it.
        data: Other data of that part.

    Returns:
        A copy of the message with the mark in its `additional_kwargs`; earlier marks are replaced.
    """
    marks: dict[str, Any] = {"lc_source": source}
    if data is not None:
        marks["lc_data"] = dict(data)
    kept = {key: value for key, value in message.additional_kwargs.items() if key != "lc_data"}
    return message.model_copy(update={"additional_kwargs": {**kept, **marks}})


def get_notification_metadata(message: BaseMessage) -> NotificationMetadata | None:
    """Read the mark that `add_notification_metadata` leaves.

    Args:
        message: The message.

    Returns:
        The mark, or None.
    """
    source = message.additional_kwargs.get("lc_source")
    if not isinstance(source, str):
        return None
    data = message.additional_kwargs.get("lc_data")
    return {"source": source, "data": dict(data)} if isinstance(data, dict) else {"source": source}
