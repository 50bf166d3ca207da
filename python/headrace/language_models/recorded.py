"""Message chunks of recorded provider streams, in the formats of `headrace.wire`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from headrace.messages import AIMessageChunk
from headrace.wire.fields import without_none
from headrace.wire.formats import WireDecoder
from headrace.wire.messages import to_message

__all__ = ["chunks_of", "events_in"]

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
    """Yield the message chunks of a recorded stream; the last one is marked as such.

    Args:
        events: The events, parsed from JSON.

    Yields:
        The chunks.

    Raises:
        ModelStreamError: If the provider reports an error.
    """
    decoder = WireDecoder()
    held: AIMessageChunk | None = None
    for event in events:
        chunk = _chunk(decoder, event)
        if chunk is not None:
            if held is not None:
                yield held
            held = chunk
    if held is not None:
        held.chunk_position = "last"
        yield held


def _chunk(decoder: WireDecoder, event: _Event) -> AIMessageChunk | None:
    deltas = decoder.decode(event)
    if deltas is None:
        return None
    format = decoder.format
    provider = "anthropic" if format == "messages" else "openai"
    metadata: dict[str, Any] = {}
    if format != "chat" or event.get("choices"):
        metadata["model_provider"] = provider
    if format == "completions":
        metadata.update(without_none({"model_name": event.get("model")}))
    chunk = to_message(deltas, metadata, blocks=format in ("messages", "responses"))
    if chunk is not None and format in ("chat", "completions"):
        chunk.id = event.get("id")
    return chunk
