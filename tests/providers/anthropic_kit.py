"""Streams of Anthropic's, and both libraries' models that read them."""

from collections.abc import Iterable
from typing import Any

import langchain_anthropic
from langchain_anthropic import _client_utils
from tests.replay_server import Answer

from headrace.providers.anthropic import ChatAnthropic

Event = dict[str, Any]

KEY = "sk-ant-very-secret"
MODEL = "claude-sonnet-4-6"
WEATHER = {
    "name": "weather",
    "description": "Say how the weather is.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def ours(url: str, **fields: Any) -> ChatAnthropic:
    return ChatAnthropic(**{"model": MODEL, "api_key": KEY, "base_url": url, **fields})


def theirs(url: str, **fields: Any) -> Any:
    # The clients are cached by address. Tests close theirs, and a later server may get the port.
    _client_utils._get_default_httpx_client.cache_clear()
    _client_utils._get_default_async_httpx_client.cache_clear()
    cls = langchain_anthropic.ChatAnthropic
    return cls(**{"model": MODEL, "api_key": KEY, "base_url": url, **fields})


def both(url: str, fields: dict[str, Any]) -> tuple[ChatAnthropic, Any]:
    return ours(url, **fields), theirs(url, **fields)


def started(**usage: Any) -> Event:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 1, **usage},
    }
    return {"type": "message_start", "message": message}


def ended(reason: str | None = "end_turn", *, usage: Any = None, **delta: Any) -> list[Event]:
    counts = {"input_tokens": 5, "output_tokens": 7, **(usage or {})}
    return [
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None, **delta},
            "usage": counts,
        },
        {"type": "message_stop"},
    ]


def block(index: int, opening: Event, *deltas: Event) -> list[Event]:
    return [
        {"type": "content_block_start", "index": index, "content_block": opening},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(index: int, *pieces: str) -> list[Event]:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return block(index, {"type": "text", "text": ""}, *deltas)


def call(index: int, id: str, name: str, *pieces: str, **more: Any) -> list[Event]:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    opening = {"type": "tool_use", "id": id, "name": name, "input": {}, **more}
    return block(index, opening, *deltas)


HELLO = [started(), *text(0, "Hel", "lo ", "wörld 🙂"), *ended()]


def whole_message(*content: Any, **more: Any) -> Answer:
    """A message that is not streamed."""
    message = started()["message"] | {"content": list(content), "stop_reason": "end_turn"}
    return Answer.whole(message | more)


def failure(status: int, kind: str, message: str = "no", **fields: Any) -> Answer:
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return Answer.whole(error, status=status, **fields)


def shown(chunk: Any) -> dict[str, Any]:
    """What a chunk says, its id apart, which is the run's."""
    seen = chunk.model_dump()
    seen["id"] = str(seen["id"]).split("-")[0]
    return seen


def trace(chunks: Iterable[Any]) -> list[Any]:
    """Each chunk, and the total after it."""
    seen, total = [], None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
        seen.append((shown(chunk), shown(total)))
    return seen
