"""Recognition of the wire format of an event, for readers that accept all formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from headrace.wire.anthropic import MessagesDecoder
from headrace.wire.decoder import Decoder, error_of
from headrace.wire.deltas import Delta
from headrace.wire.fields import fields_of
from headrace.wire.openai_chat import ChatDecoder
from headrace.wire.openai_completions import CompletionsDecoder
from headrace.wire.openai_responses import ResponsesDecoder

__all__ = ["Format", "WireDecoder", "format_of"]

Format: TypeAlias = Literal["chat", "completions", "responses", "messages"]
"""A wire format: chat completions, completions and responses of OpenAI, messages of Anthropic."""

_DECODERS: dict[Format, Callable[[], Decoder]] = {
    "chat": ChatDecoder,
    "completions": CompletionsDecoder,
    "responses": ResponsesDecoder,
    "messages": MessagesDecoder,
}


def format_of(event: Any) -> Format | None:
    """Return the format of an event; None for events that several formats have, or none.

    Args:
        event: The SDK's object, or a dictionary parsed from JSON.
    """
    fields = fields_of(event)
    kind = fields.get("type")
    if isinstance(kind, str):
        if kind.startswith("response."):
            return "responses"
        if kind.startswith(("message_", "content_block_")):
            return "messages"
    choices = fields.get("choices")
    if isinstance(choices, (list, tuple)):
        for choice in choices:
            if "text" in fields_of(choice):
                return "completions"
        return "chat"
    return "chat" if "choices" in fields else None


class WireDecoder:
    """Decodes the events of a stream in any format, and of several streams in a row."""

    __slots__ = ("_choice", "_current", "_decoders")

    def __init__(self, choice: int = 0) -> None:
        """Create a decoder.

        Args:
            choice: The answer to decode, if a chat completion has several.
        """
        self._choice = choice
        self._decoders: dict[Format, Decoder] = {}
        self._current: Format | None = None

    @property
    def format(self) -> Format | None:
        """The format of the last event that had one."""
        return self._current

    def decode(self, event: Any) -> Sequence[Delta] | None:
        """Return the deltas of an event; see `Decoder`."""
        found = format_of(event)
        if found is None:
            fields = fields_of(event)
            if fields.get("type") == "error" or fields.get("error"):
                return (error_of(fields.get("error") or event),)
            return None
        if found == "chat" and self._current == "completions" and not fields_of(event)["choices"]:
            # the last event of a completion, with the token counts
            found = "completions"
        self._current = found
        decoder = self._decoders.get(found)
        if decoder is None:
            decoder = ChatDecoder(self._choice) if found == "chat" else _DECODERS[found]()
            self._decoders[found] = decoder
        return decoder.decode(event)

    def close(self) -> Sequence[Delta]:
        """Return an error if the answer has not ended; see `Decoder`."""
        return () if self._current is None else self._decoders[self._current].close()
