"""Steps of a recorded provider stream: which document each event starts, extends or ends.

The formats are those of `headrace.wire`. Events without text or tool calls have no steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from headrace import wire
from headrace.wire.formats import WireDecoder

__all__ = ["End", "EventReader", "Failure", "Kind", "Piece", "Start", "Step"]


class Kind(Enum):
    """The kind of a document in a stream."""

    TEXT = "text"
    """Text of the model: JSON or prose."""
    TOOL = "tool call"
    """The arguments of a tool call: JSON."""
    CUSTOM = "custom tool call"
    """The input of a tool that takes any text: JSON or not."""


@dataclass(frozen=True, slots=True)
class Start:
    """A document starts."""

    key: Hashable
    kind: Kind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A document continues; if it is not open, it starts."""

    key: Hashable
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class End:
    """A document ends; without a key, all open documents end."""

    key: Hashable = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The provider reports an error."""

    message: str


Step = Start | Piece | End | Failure


class EventReader:
    """Converts the events of a stream to steps."""

    __slots__ = ("_custom", "_decoder")

    def __init__(self) -> None:
        """Create a reader for one recording, which may hold several answers."""
        self._decoder = WireDecoder()
        self._custom: set[Hashable] = set()

    def read(self, event: Any) -> Iterator[Step]:
        """Yield the steps of an event.

        Args:
            event: The data of the event, parsed from JSON. Anything else has no steps.

        Yields:
            The steps, in order.
        """
        for delta in self._decoder.decode(event) or ():
            yield from self._steps(delta)

    def _steps(self, delta: wire.Delta) -> Iterator[Step]:
        if isinstance(delta, wire.Text):
            if delta.text:
                yield Piece(("text", delta.key), Kind.TEXT, delta.text)
        elif isinstance(delta, wire.ToolStart):
            key = ("call", delta.key)
            kind = Kind.TOOL if delta.is_json else Kind.CUSTOM
            if not delta.is_json:
                self._custom.add(key)
            yield Start(key, kind, delta.name or "")
            if delta.arguments:
                yield Piece(key, kind, delta.arguments)
        elif isinstance(delta, wire.ToolArguments):
            key = ("call", delta.key)
            if delta.arguments:
                yield Piece(key, Kind.CUSTOM if key in self._custom else Kind.TOOL, delta.arguments)
        elif isinstance(delta, wire.End):
            yield End(("call" if delta.is_tool else "text", delta.key))
        elif isinstance(delta, (wire.Start, wire.Finish)):
            self._custom.clear()
            yield End()
        elif isinstance(delta, wire.Error):
            yield Failure(delta.message)
