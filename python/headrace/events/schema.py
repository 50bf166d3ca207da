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
    """The data of an event."""

    input: Any
    """The input of the run: at the start if known, otherwise at the end."""
    output: Any
    """The whole output, at the end."""
    chunk: Any
    """A chunk of the output."""
    error: BaseException
    """The exception of a failed run."""
    tool_call_id: str | None
    """The id of the failed tool call."""


class BaseStreamEvent(TypedDict):
    """Base class of events."""

    event: str
    """The event name: `on_KIND_start`, `on_KIND_stream`, `on_KIND_end`, ..."""
    run_id: str
    """The id of the run."""
    tags: NotRequired[list[str]]
    """The tags of the run, including inherited ones."""
    metadata: NotRequired[dict[str, Any]]
    """The metadata of the run, including inherited metadata."""
    parent_ids: list[str]
    """The ids of the ancestors, root first; empty in version `v1`."""
    created_at: NotRequired[datetime]
    """The creation time in UTC; only with `created_at=True`."""


class StandardStreamEvent(BaseStreamEvent):
    """An event in the lifecycle of a run."""

    data: EventData
    """The data of the event."""
    name: str
    """The name of the runnable."""


class CustomStreamEvent(BaseStreamEvent):
    """A custom event; see `headrace.callbacks.dispatch_custom_event`."""

    event: Literal["on_custom_event"]  # type: ignore[misc]
    """Always `on_custom_event`."""
    name: str
    """The name of the event."""
    data: Any
    """The data of the event."""


StreamEvent: TypeAlias = Union[StandardStreamEvent, CustomStreamEvent]  # noqa: UP007 - an alias
