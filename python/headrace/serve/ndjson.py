"""Chat NDJSON: one frame a line, numbered by `seq`; and the same as server-sent events."""

from __future__ import annotations

from typing_extensions import override

from headrace.serve.encoder import Encoder

__all__ = ["NdjsonEncoder", "SseEncoder"]


class NdjsonEncoder(Encoder):
    """Frames as lines of JSON."""

    content_type = "application/x-ndjson"
    ping = b'{"type":"ping"}\n'

    @override
    def encode(self, number: int, frame: bytes) -> bytes:
        return b'{"seq":%d,%b\n' % (number, frame[1:])


class SseEncoder(Encoder):
    """Frames as server-sent events, whose `id` an `EventSource` sends back to resume."""

    content_type = "text/event-stream"

    @override
    def encode(self, number: int, frame: bytes) -> bytes:
        return b'id: %d\ndata: {"seq":%d,%b\n\n' % (number, number, frame[1:])
