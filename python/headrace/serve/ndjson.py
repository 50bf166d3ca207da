"""Chat NDJSON: one frame a line, with its number as `seq`; the same frames as server-sent events."""

from __future__ import annotations

from headrace.serve.encoder import Encoder

__all__ = ["NdjsonEncoder", "SseEncoder"]


class NdjsonEncoder(Encoder):
    """Frames as lines of JSON."""

    content_type = "application/x-ndjson"
    ping = b'{"type":"ping"}\n'

    def encode(self, number: int, frame: bytes) -> bytes:
        return b'{"seq":%d,%b\n' % (number, frame[1:])


class SseEncoder(Encoder):
    """Frames as server-sent events, whose `id` an `EventSource` sends back to resume."""

    content_type = "text/event-stream"

    def encode(self, number: int, frame: bytes) -> bytes:
        return b'id: %d\ndata: {"seq":%d,%b\n\n' % (number, number, frame[1:])
