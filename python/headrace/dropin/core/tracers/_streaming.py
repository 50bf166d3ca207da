"""The kinds of handlers that make models stream."""

from headrace.callbacks.taps import BlockEventTap as _V2StreamingCallbackHandler
from headrace.callbacks.taps import OutputTap as _StreamingCallbackHandler

__all__ = ["_StreamingCallbackHandler", "_V2StreamingCallbackHandler"]
