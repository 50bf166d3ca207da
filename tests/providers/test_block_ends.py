"""Content blocks of a stream finish when the provider's events end them."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import pytest
from tests.providers.anthropic_kit import block as anthropic_block
from tests.providers.anthropic_kit import call as tool_use
from tests.providers.anthropic_kit import ended, ours, started, text
from tests.providers.openai import kit
from tests.replay_server import ReplayServer

from headrace.callbacks import BaseCallbackHandler
from headrace.compat import exact
from headrace.language_models.chat_model_stream import ChatModelStream
from headrace.language_models.chunks_to_events import chunks_to_events
from headrace.outputs import ChatGenerationChunk

try:
    from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
except ImportError:  # langchain-tests is not in the test group
    assert_valid_event_stream = None

WEATHER = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
OPTIONS: dict[str, Any] = {"anthropic": {"tools": [WEATHER]}, "responses": {}, "chat": {}}


class Tokens(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []

    def on_llm_new_token(self, token: Any, **about: Any) -> None:
        self.tokens.append(token)


def events_of(said: list[Any], kind: str, config: Any) -> tuple[list[Any], Any, list[Any]]:
    """Return the events of an answer, their message, and the answer in chunks."""
    with ReplayServer(said) as server, ExitStack() as stack:
        if kind == "anthropic":
            model: Any = ours(server.url)
            stack.callback(model._client.close)
        else:
            responses = kind == "responses"
            model = stack.enter_context(kit.closing_model(server, use_responses_api=responses))
        stream = model.stream_events("hi", config, version="v3", **OPTIONS[kind])
        events = list(stream)
        return events, stream.output, list(model.stream("hi", **OPTIONS[kind]))


async def aevents_of(said: list[Any], kind: str, config: Any) -> tuple[list[Any], Any, list[Any]]:
    with ReplayServer(said) as server:
        async with AsyncExitStack() as stack:
            if kind == "anthropic":
                model: Any = ours(server.url)
                stack.push_async_callback(model._async_client.close)
            else:
                responses = kind == "responses"
                opening = kit.aclosing_model(server, use_responses_api=responses)
                model = await stack.enter_async_context(opening)
            stream = await model.astream_events("hi", config, version="v3", **OPTIONS[kind])
            events = [event async for event in stream]
            chunks = [chunk async for chunk in model.astream("hi", **OPTIONS[kind])]
            return events, await stream.output, chunks


def read(said: list[Any], kind: str, is_async: bool, is_watched: bool) -> list[Any]:
    """Return the events of an answer, after comparing their message with that of its chunks."""
    tokens = Tokens()
    config = {"callbacks": [tokens]} if is_watched else None
    if is_async:
        events, output, chunks = asyncio.run(aevents_of(said, kind, config))
    else:
        events, output, chunks = events_of(said, kind, config)
    if assert_valid_event_stream is not None:
        assert_valid_event_stream(events)
    late = ChatModelStream(message_id=output.id)
    for event in chunks_to_events(iter([ChatGenerationChunk(message=one) for one in chunks])):
        late.dispatch(event)
    for field in ("content", "tool_calls", "usage_metadata", "response_metadata"):
        assert getattr(output, field) == getattr(late.output_message, field)
    # a stream of chunks may add one that only marks the end
    assert len(tokens.tokens) in ((len(chunks), len(chunks) - 1) if is_watched else (0,))
    return events


def outline(events: list[Any]) -> list[str]:
    """Return the starts and ends among events, with the deltas between them as dots."""
    kinds = {"content-block-start": "+", "content-block-finish": "-", "content-block-delta": "."}
    lines: list[str] = []
    for event in events:
        kind = event["event"]
        line = (
            kinds[kind] + (str(event["index"]) if kind[-5:] != "delta" else "")
            if "index" in event
            else kind
        )
        if line != "." or lines[-1] != ".":
            lines.append(line)
    return lines


THOUGHT = anthropic_block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "hm"},
    {"type": "signature_delta", "signature": "s"},
)
ANTHROPIC = [
    started(),
    *THOUGHT,
    *text(1, "I ", "look."),
    *tool_use(2, "c1", "f", '{"a"', ": 1}"),
    *tool_use(3, "c2", "f"),
    *ended("tool_use"),
]


BOTH = pytest.mark.parametrize("is_async", [False, True])
WATCHED = pytest.mark.parametrize("is_watched", [False, True])


@BOTH
@WATCHED
def test_blocks_of_anthropic(is_async: bool, is_watched: bool) -> None:
    events = read(ANTHROPIC, "anthropic", is_async, is_watched)
    assert outline(events) == [
        *("message-start", "+0", ".", "-0", "+1", ".", "-1"),
        *("+2", ".", "-2", "+3", "-3", "message-finish"),
    ]


@BOTH
@WATCHED
def test_blocks_of_responses(is_async: bool, is_watched: bool) -> None:
    events = read(kit.RESPONSES, "responses", is_async, is_watched)
    assert " ".join(outline(events)) == (
        "message-start +0 . -0 +1 +2 -1 -2 +3 . -3 +4 . +5 . +6 -6 +7 -4 -5 -7 message-finish"
    )


@BOTH
@WATCHED
def test_calls_of_chat_completions(is_async: bool, is_watched: bool) -> None:
    events = read(kit.CHAT, "chat", is_async, is_watched)
    assert " ".join(outline(events)) == "message-start +0 . +1 . -1 -0 message-finish"


def test_text_after_its_end_starts_another_block() -> None:
    said = [started(), *text(0, "a"), *text(0, "b")[1:], *ended()]
    with exact():
        events, output, _ = events_of(said, "anthropic", None)
    if assert_valid_event_stream is not None:
        assert_valid_event_stream(events)
    assert outline(events) == ["message-start", "+0", ".", "-0", "+1", ".", "-1", "message-finish"]
    assert output.text == "ab"
