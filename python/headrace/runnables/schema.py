"""The types of events, where the reference keeps them."""

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
