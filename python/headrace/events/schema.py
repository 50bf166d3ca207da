"""The types of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias, Union

from typing_extensions import NotRequired, TypedDict

__all__ = [
    "BaseStreamEvent",
    "CustomStreamEvent",
    "EventData",
    "StandardStreamEvent",
    "StreamEvent",
]


class EventData(TypedDict, total=False):
    """What an event tells."""

    input: Any
    """The input of the run: at its start where it is known then, else at its end."""
    output: Any
    """The whole output, at the end."""
    chunk: Any
    """A part of the output."""
    error: BaseException
    """What the run failed with."""
    tool_call_id: str | None
    """Which call of a tool failed."""


class BaseStreamEvent(TypedDict):
    """What all events have."""

    event: str
    """What happened: `on_KIND_start`, `on_KIND_stream`, `on_KIND_end` and so on."""
    run_id: str
    """Which run it happened to."""
    tags: NotRequired[list[str]]
    """The run's labels, inherited ones among them."""
    metadata: NotRequired[dict[str, Any]]
    """Facts about the run, inherited ones among them."""
    parent_ids: list[str]
    """The runs above it, the root first; empty in version `v1`."""
    created_at: NotRequired[datetime]
    """When the event was made, in UTC; only where it was asked for."""


class StandardStreamEvent(BaseStreamEvent):
    """An event of a run's course."""

    data: EventData
    """What it tells."""
    name: str
    """What the runnable is called."""


class CustomStreamEvent(BaseStreamEvent):
    """An event of a run's own making; see `headrace.callbacks.dispatch_custom_event`."""

    event: Literal["on_custom_event"]  # type: ignore[misc]
    """Always `on_custom_event`."""
    name: str
    """What the event is called."""
    data: Any
    """What it tells."""


StreamEvent: TypeAlias = Union[StandardStreamEvent, CustomStreamEvent]  # noqa: UP007 - an alias
