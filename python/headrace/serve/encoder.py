"""Encoders: each protocol turns frames of the log into bytes of a response."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from typing_extensions import override

from headrace.serve.log import Frame

__all__ = ["Encoder", "FrameEncoder", "sse"]


class Encoder(ABC):
    """An encoder of one stream."""

    content_type: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}
    ping: ClassVar[bytes] = b": ping\n\n"

    def begin(self) -> bytes:
        """Return what precedes the first frame."""
        return b""

    @abstractmethod
    def encode(self, number: int, frame: bytes) -> bytes:
        """Return a frame's bytes."""

    def end(self) -> bytes:
        """Return what follows the last frame."""
        return b""


class FrameEncoder(Encoder):
    """An encoder that keeps state. It calls a method of its own for each type of frame."""

    @override
    def encode(self, number: int, frame: bytes) -> bytes:
        data: Frame = orjson.loads(frame)
        method = getattr(self, f"_on_{data['type']}", None)
        return b"" if method is None else method(data)


def sse(data: Any) -> bytes:
    """Return an event of a `text/event-stream` with JSON data."""
    return b"data: " + orjson.dumps(data) + b"\n\n"
