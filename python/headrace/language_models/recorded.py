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

from headrace.language_models.anthropic_events import AnthropicEvents, RecordedEvent
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
        RuntimeError: If the provider reports an error.
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

    __slots__ = ("_messages",)

    def __init__(self) -> None:
        self._messages = AnthropicEvents()

    def read(self, event: _Event) -> Iterator[AIMessageChunk]:
        """Give what an event adds.

        Args:
            event: Its data.

        Yields:
            At most one chunk.

        Raises:
            RuntimeError: If the provider reports an error.
        """
        kind = str(event.get("type") or "")
        if isinstance(event.get("choices"), list):
            yield _completion(event)
        elif kind.startswith("response."):
            yield from _response(kind.removeprefix("response."), event)
        elif kind.startswith(("message_", "content_block_")):
            chunk = self._messages.read(RecordedEvent(event))
            if kind == "message_start" and chunk is not None:
                chunk.id = event["message"].get("id")
            if chunk is not None:
                yield chunk
        elif kind == "error" or isinstance(event.get("error"), dict):
            raise _failure(event.get("error") or event)


def _completion(event: _Event) -> AIMessageChunk:
    """OpenAI's completions and chat completions, and those of the many that speak the same."""
    choices = [choice for choice in event["choices"] if choice.get("index") in (0, None)]
    choice = choices[0] if choices else {}
    delta = choice.get("delta") or choice.get("message") or {}
    content = choice.get("text") or delta.get("content") or ""
    ended = choice.get("finish_reason")
    metadata = {
        "finish_reason": ended,
        "model_name": event.get("model") if ended else None,
        "system_fingerprint": event.get("system_fingerprint") if ended else None,
        "model_provider": "openai",
    }
    more = {
        "reasoning_content": delta.get("reasoning_content") or delta.get("reasoning"),
        "refusal": delta.get("refusal"),
        "function_call": delta.get("function_call"),
    }
    given = event.get("usage") or (event.get("x_groq") or {}).get("usage")
    return AIMessageChunk(
        content=content,
        id=event.get("id"),
        additional_kwargs=_said(more),
        response_metadata=_said(metadata),
        tool_call_chunks=[_called(call) for call in delta.get("tool_calls") or ()],
        usage_metadata=_openai_usage(given) if given else None,
    )


def _called(call: _Event) -> dict[str, Any]:
    function = call.get("function") or {}
    return _call(
        function.get("name") or None,
        function.get("arguments"),
        call.get("id") or None,
        call.get("index"),
    )


def _response(kind: str, event: _Event) -> Iterator[AIMessageChunk]:
    """OpenAI's responses: items by index, and the texts in them by another."""
    index = event.get("output_index")
    if kind == "created":
        response = event["response"]
        metadata = {"model_provider": "openai", "id": response.get("id")}
        yield AIMessageChunk(content=[], id=response.get("id"), response_metadata=_said(metadata))
    elif kind == "output_text.delta":
        yield _block({"type": "text", "text": event["delta"]}, index)
    elif kind in ("reasoning_summary_text.delta", "reasoning_text.delta"):
        yield _block({"type": "reasoning", "reasoning": event["delta"]}, index)
    elif kind == "refusal.delta":
        yield _block({"type": "refusal", "refusal": event["delta"]}, index)
    elif kind == "output_item.added" and event["item"].get("type") == "function_call":
        item = event["item"]
        call = _call(item.get("name"), item.get("arguments") or "", item.get("call_id"), index)
        yield AIMessageChunk(content=[], tool_call_chunks=[call])
    elif kind == "function_call_arguments.delta":
        call = _call(None, event["delta"], None, index)
        yield AIMessageChunk(content=[], tool_call_chunks=[call])
    elif kind in ("completed", "incomplete"):
        response = event["response"]
        metadata = {
            "model_name": response.get("model"),
            "status": response.get("status"),
            "incomplete_details": response.get("incomplete_details"),
        }
        usage = response.get("usage")
        yield AIMessageChunk(
            content=[],
            response_metadata=_said(metadata),
            usage_metadata=_response_usage(usage) if usage else None,
        )
    elif kind == "failed":
        raise _failure((event.get("response") or {}).get("error") or event)


def _block(block: dict[str, Any], index: Any) -> AIMessageChunk:
    return AIMessageChunk(content=[{**block, "index": index}])


def _call(name: Any, args: Any, id: Any, index: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "index": index}


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


def _openai_usage(given: _Event) -> Any:
    return _usage(
        given.get("prompt_tokens"),
        given.get("completion_tokens"),
        (given.get("prompt_tokens_details") or {}).get("cached_tokens"),
        (given.get("completion_tokens_details") or {}).get("reasoning_tokens"),
    )


def _response_usage(given: _Event) -> Any:
    return _usage(
        given.get("input_tokens"),
        given.get("output_tokens"),
        (given.get("input_tokens_details") or {}).get("cached_tokens"),
        (given.get("output_tokens_details") or {}).get("reasoning_tokens"),
    )


def _usage(
    read: int | None,
    written: int | None,
    cached: int | None,
    reasoned: int | None,
) -> Any:
    usage: dict[str, Any] = {
        "input_tokens": read or 0,
        "output_tokens": written or 0,
        "total_tokens": (read or 0) + (written or 0),
    }
    if cached is not None:
        usage["input_token_details"] = {"cache_read": cached}
    if reasoned is not None:
        usage["output_token_details"] = {"reasoning": reasoned}
    return usage


def _failure(error: Any) -> RuntimeError:
    message = error.get("message") if isinstance(error, Mapping) else error
    return RuntimeError(f"The provider reports an error: {message or error}")
