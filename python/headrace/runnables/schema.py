"""The names of `langchain_core.runnables.schema`: the types of events."""

from headrace.events.schema import (
    BaseStreamEvent,
    CustomStreamEvent,
    EventData,
    StandardStreamEvent,
    StreamEvent,
)

__all__ = [
    "BaseStreamEvent",
    "CustomStreamEvent",
    "EventData",
    "StandardStreamEvent",
    "StreamEvent",
]
