"""The types of events, where the reference uses them."""

from headrace.events.schema import (
    CustomStreamEvent,
    EventData,
    StandardStreamEvent,
    StreamEvent,
)

__all__ = ["CustomStreamEvent", "EventData", "StandardStreamEvent", "StreamEvent"]
