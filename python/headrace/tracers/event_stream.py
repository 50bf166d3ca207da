"""The types of stream events, under LangChain's import path."""

from headrace.events.schema import (
    CustomStreamEvent,
    EventData,
    StandardStreamEvent,
    StreamEvent,
)

__all__ = ["CustomStreamEvent", "EventData", "StandardStreamEvent", "StreamEvent"]
