"""Following one long tool call, its parsed arguments read at each event.

The peers are the SDKs' own helpers, which are given the very same events: OpenAI's stream state
with a strict tool, and Anthropic's message stream. No network, no decoding: what is timed is adding
up and parsing.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from anthropic.lib.streaming import MessageStream
from anthropic.types import RawMessageStreamEvent
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk
from pydantic import TypeAdapter

from headrace.following import follow
from race import Contender, race

SIZES = (300, 3_000)
PIECE = 4


def arguments(pieces: int) -> list[str]:
    """Arguments of a call, nested, in about so many pieces."""
    rows: list[dict[str, Any]] = []
    size = len('{"rows": []}')
    while size < pieces * PIECE:
        n = len(rows)
        row = {"id": n, "name": f"place number {n}", "at": [n * 0.5, n * 0.25], "open": n % 2 == 0}
        rows.append(row)
        size += len(json.dumps(row)) + 2
    text = json.dumps({"rows": rows})
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def chat(pieces: int) -> list[ChatCompletionChunk]:
    """The call as OpenAI streams it."""

    def chunk(ended: str | None = None, **delta: Any) -> ChatCompletionChunk:
        return ChatCompletionChunk.model_validate(
            {
                "id": "c",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "delta": delta, "finish_reason": ended}],
            }
        )

    def call(arguments: str, **head: Any) -> ChatCompletionChunk:
        function = {"arguments": arguments, **head.pop("function", {})}
        return chunk(tool_calls=[{"index": 0, "function": function, **head}])

    first = call("", id="call_0", type="function", function={"name": "show"})
    return [first, *map(call, arguments(pieces)), chunk()]


def messages(pieces: int) -> list[Any]:
    """The call as Anthropic streams it."""
    message = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    block = {"type": "tool_use", "id": "call_0", "name": "show", "input": {}}
    events = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": piece},
            }
            for piece in arguments(pieces)
        ),
    ]
    return TypeAdapter(list[RawMessageStreamEvent]).validate_python(events)


class Raw:
    """A stream as the SDK's helper reads it."""

    response = None

    def __init__(self, events: list[Any]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[Any]:
        return iter(self._events)

    def close(self) -> None:
        """Nothing is open."""


def followed(events: list[Any]) -> Any:
    arguments = None
    for _, answer in follow(events):
        if answer.tool_calls:
            arguments = answer.tool_calls[0].arguments
    return arguments


TOOL = {
    "type": "function",
    "function": {"name": "show", "strict": True, "parameters": {"type": "object"}},
}


def by_openai(events: list[Any]) -> Any:
    state = ChatCompletionStreamState(input_tools=[TOOL])  # type: ignore[list-item]
    parsed = None
    for event in events:
        for one in state.handle_chunk(event):
            if one.type == "tool_calls.function.arguments.delta":
                parsed = one.parsed_arguments
    return parsed


def by_anthropic(events: list[Any]) -> Any:
    parsed = None
    for event in MessageStream(Raw(events), output_format=None):  # type: ignore[arg-type]
        if event.type == "input_json":
            parsed = event.snapshot
    return parsed


WAYS: dict[str, tuple[Callable[[int], list[Any]], Callable[[list[Any]], Any]]] = {
    "openai": (chat, by_openai),
    "anthropic": (messages, by_anthropic),
}


@pytest.mark.parametrize("provider", WAYS)
def bench_following_a_tool_call(provider: str, record: Callable[..., None], benchmark: Any) -> None:
    make, helper = WAYS[provider]
    contenders = {}
    for size in SIZES:
        events = make(size)
        assert followed(events) == helper(events)
        contenders[f"follow, {size}"] = Contender(partial(followed, events), len(events))
        contenders[f"helper, {size}"] = Contender(partial(helper, events), len(events), rounds=3)
    benchmark(followed, make(SIZES[0]))
    # in one race, so that the noise of a busy machine meets both sizes
    times = race(contenders, rounds=15)
    record(f"following a tool call, {provider}", **times)
    few, many = SIZES
    # parsing all again at each event would make it ten times
    assert times[f"follow, {many}"] < times[f"follow, {few}"] * 4
    assert times[f"helper, {few}"] > times[f"follow, {few}"] * 5
    assert times[f"helper, {many}"] > times[f"follow, {many}"] * 20
