"""What a provider streamed, event by event, as the chunks of a message.

Read are the streams of OpenAI (chat completions, completions, responses) and of those that speak
the same, and of Anthropic (messages). An event that adds nothing to the message gives no chunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from headrace.exceptions import ModelStreamError
from headrace.language_models.answers import said
from headrace.language_models.anthropic_events import AnthropicEvents, RecordedEvent
from headrace.language_models.openai_chat_events import chat_chunk, text_of_choice
from headrace.language_models.openai_events import chat_usage, failure_of
from headrace.language_models.openai_response_events import ResponseEvents
from headrace.messages import AIMessageChunk

__all__ = ["ProviderEvents", "chunks_of", "events_in"]

_Event = Mapping[str, Any]


def events_in(path: str | PathLike[str]) -> list[dict[str, Any]]:
    """Read the events of a recording.

    Args:
        path: A file with the data of one server-sent event a line, with or without `data:`.

    Returns:
        The events.

    Raises:
        ValueError: If a line is neither an event nor one of the other lines of such streams.
    """
    events = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        data = line.removeprefix("data:").strip()
        if not data or data == "[DONE]" or line.startswith((":", "event:", "id:", "retry:")):
            continue
        try:
            event = json.loads(data)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: no JSON: {error}") from error
        if not isinstance(event, dict):
            raise ValueError(f"{path}, line {number}: no event, but {type(event).__name__}")
        events.append(event)
    return events


def chunks_of(events: Iterable[_Event]) -> Iterator[AIMessageChunk]:
    """Give the chunks that a provider's events are, of which the last says so.

    Args:
        events: The events, parsed from JSON.

    Yields:
        The chunks.

    Raises:
        ModelStreamError: If the provider reports an error.
    """
    reader = ProviderEvents()
    held: AIMessageChunk | None = None
    for event in events:
        for chunk in reader.read(event):
            if held is not None:
                yield held
            held = chunk
    if held is not None:
        held.chunk_position = "last"
        yield held


class ProviderEvents:
    """Reads the events of one stream."""

    __slots__ = ("_messages", "_responses")

    def __init__(self) -> None:
        self._responses = ResponseEvents()
        self._messages = AnthropicEvents()

    def read(self, event: _Event) -> Iterator[AIMessageChunk]:
        """Give what an event adds.

        Args:
            event: Its data.

        Yields:
            At most one chunk.

        Raises:
            ModelStreamError: If the provider reports an error.
        """
        kind = str(event.get("type") or "")
        if isinstance(event.get("choices"), list):
            yield from _completion(event)
        elif kind.startswith("response."):
            chunk = self._responses.read(event)
            if chunk is not None:
                yield chunk
        elif kind.startswith(("message_", "content_block_")):
            chunk = self._messages.read(RecordedEvent(event))
            if chunk is not None:
                if kind == "message_start":
                    chunk.id = event["message"].get("id")
                yield chunk
        elif kind == "error" or isinstance(event.get("error"), dict):
            raise ModelStreamError(failure_of(event.get("error") or event))


def _completion(event: _Event) -> Iterator[AIMessageChunk]:
    """OpenAI's completions and chat completions, and those of the many that speak the same."""
    first = event["choices"][0] if event["choices"] else {}
    if "text" in first:
        yield from _text(event)
        return
    if "message" in first:
        # a whole answer, which is one event
        event = {**event, "choices": [{**first, "delta": first["message"]}]}
    chunk = chat_chunk(event)
    if chunk is None:
        return
    message: Any = chunk.message
    message.id = event.get("id")
    if chunk.generation_info:
        message.response_metadata = said(chunk)
    yield message


def _text(event: _Event) -> Iterator[AIMessageChunk]:
    found = text_of_choice(event)
    if found is None:
        return
    text, info = found
    known = {**(info or {}), "model_name": event.get("model"), "model_provider": "openai"}
    usage = event.get("usage")
    yield AIMessageChunk(
        content=text,
        id=event.get("id"),
        response_metadata=_said(known),
        usage_metadata=chat_usage(usage) if usage else None,
    )


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}
