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

    __slots__ = ("_input_tokens", "_responses", "_tools")

    def __init__(self) -> None:
        self._responses = ResponseEvents()
        self._input_tokens: dict[str, Any] = {}
        # Which of Anthropic's blocks call a tool of ours; those that call one of theirs do not.
        self._tools: set[Any] = set()

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
            yield from self._message(kind, event)
        elif kind == "error" or isinstance(event.get("error"), dict):
            raise ModelStreamError(failure_of(event.get("error") or event))

    def _message(self, kind: str, event: _Event) -> Iterator[AIMessageChunk]:
        """Anthropic's messages: blocks one after another, each of a type of its own."""
        index = event.get("index")
        if kind == "message_start":
            message = event["message"]
            # what was read is said here, what was written at the end
            self._input_tokens = dict(message.get("usage") or {})
            self._tools.clear()
            metadata = {"model_name": message.get("model"), "model_provider": "anthropic"}
            yield AIMessageChunk(content=[], id=message.get("id"), response_metadata=metadata)
        elif kind == "content_block_start":
            block = dict(event["content_block"])
            call = []
            if block.get("type") == "tool_use":
                self._tools.add(index)
                call = [_call(block.get("name"), "", block.get("id"), index)]
                block["input"] = {}
            if block.get("type") == "text" and not block.get("text"):
                return
            yield AIMessageChunk(content=[{**block, "index": index}], tool_call_chunks=call)
        elif kind == "content_block_delta":
            yield from _block_delta(event["delta"], index, index in self._tools)
        elif kind == "message_delta":
            usage = {**self._input_tokens, **(event.get("usage") or {})}
            ended = {"stop_reason": (event.get("delta") or {}).get("stop_reason")}
            yield AIMessageChunk(
                content=[], response_metadata=_said(ended), usage_metadata=_anthropic_usage(usage)
            )


def _block_delta(delta: _Event, index: Any, calls: bool) -> Iterator[AIMessageChunk]:
    kind = str(delta.get("type"))
    if kind == "input_json_delta":
        call = _call(None, delta.get("partial_json") or "", None, index)
        block = {**delta, "index": index}
        yield AIMessageChunk(content=[block], tool_call_chunks=[call] if calls else [])
    elif kind in ("text_delta", "thinking_delta", "signature_delta"):
        named = "thinking" if kind == "signature_delta" else kind.removesuffix("_delta")
        yield AIMessageChunk(content=[{**delta, "type": named, "index": index}])


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


def _call(name: Any, args: Any, id: Any, index: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "index": index}


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


def _anthropic_usage(given: _Event) -> Any:
    cached = given.get("cache_read_input_tokens")
    created = given.get("cache_creation_input_tokens")
    # the provider counts what came from the cache beside what it read, not in it
    read = (given.get("input_tokens") or 0) + (cached or 0) + (created or 0)
    return _usage(read, given.get("output_tokens"), cached, None, created)


def _usage(
    read: int | None,
    written: int | None,
    cached: int | None,
    reasoned: int | None,
    created: int | None = None,
) -> Any:
    usage: dict[str, Any] = {
        "input_tokens": read or 0,
        "output_tokens": written or 0,
        "total_tokens": (read or 0) + (written or 0),
    }
    details = _said({"cache_read": cached, "cache_creation": created})
    if details:
        usage["input_token_details"] = details
    if reasoned is not None:
        usage["output_token_details"] = {"reasoning": reasoned}
    return usage
