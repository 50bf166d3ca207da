"""The kinds of handlers that make models stream."""

from headrace.callbacks.taps import OutputTap as _StreamingCallbackHandler

__all__ = ["_StreamingCallbackHandler", "_V2StreamingCallbackHandler"]


class _V2StreamingCallbackHandler:
    """Marks a handler that wants the events of content blocks, by `on_stream_event`."""
