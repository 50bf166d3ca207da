"""How decoders treat odd servers, by default and inside `exact()`."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from tests.differences import check_table

from headrace.compat import exact
from headrace.wire import Start, ToolArguments, ToolStart, Usage
from headrace.wire.anthropic import MessagesDecoder
from headrace.wire.openai_chat import ChatDecoder
from headrace.wire.openai_responses import ResponsesDecoder
from headrace.wire.streams import StreamWatch


def chat_calls(*pieces: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    decoder = ChatDecoder()
    found = []
    for piece in pieces:
        for delta in decoder.decode({"choices": [{"delta": {"tool_calls": [piece]}}]}) or ():
            assert isinstance(delta, ToolStart | ToolArguments)
            found.append((delta.key, delta.id, delta.name))
    return found


def pieces_of_calls() -> Any:
    return chat_calls(
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}},
        {"index": 1, "id": "b", "function": {"name": "null", "arguments": "}"}},
    )


def late_content() -> Any:
    decoder = ResponsesDecoder()
    item = {"id": "i", "type": "function_call", "call_id": "a", "name": "f", "arguments": ""}
    decoder.decode({"type": "response.output_item.added", "item": item})
    done = {"type": "response.output_item.done", "item": {**item, "arguments": "{}"}}
    deltas = decoder.decode(done) or ()
    return [delta.arguments for delta in deltas if isinstance(delta, ToolArguments)]


def input_twice() -> Any:
    block = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}
    event = {"type": "content_block_start", "index": 0, "content_block": block}
    (start,) = MessagesDecoder().decode(event) or ()
    assert isinstance(start, ToolStart)
    return start.arguments


def lost_counts() -> Any:
    decoder = MessagesDecoder()
    usage = {"input_tokens": 7, "output_tokens": 1}
    (start,) = decoder.decode({"type": "message_start", "message": {"usage": usage}}) or ()
    assert isinstance(start, Start)
    end = {"type": "message_delta", "delta": {}, "usage": {"input_tokens": 0, "output_tokens": 5}}
    (counts,) = (d for d in decoder.decode(end) or () if isinstance(d, Usage))
    return counts.counts["input_tokens"]


def places_of_messages() -> Any:
    decoder = MessagesDecoder()
    call = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
    start = {"type": "message_start", "message": {}}
    block = {"type": "content_block_start", "index": 0, "content_block": call}
    deltas = [delta for event in (start, block) * 2 for delta in decoder.decode(event) or ()]
    return [delta.key for delta in deltas if isinstance(delta, ToolStart)]


class Body:
    """A stream whose server has sent no `[DONE]`."""

    _decoder = response = object()


def truncated() -> Any:
    try:
        StreamWatch(Body()).check_end(ChatDecoder().close())
    except Exception as error:
        return type(error).__name__
    return "whole"


DIFFERENCES: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "pieces-of-calls": (
        pieces_of_calls,
        [(0, "a", "f"), (1, "b", "null")],
        [(0, "a", "f"), (0, None, None)],
    ),
    "content-in-final-events": (late_content, [], ["{}"]),
    "input-at-start": (input_twice, '{"x": 1}', ""),
    "counts-lost-at-the-end": (lost_counts, 0, 7),
    "several-messages": (places_of_messages, [0, 0], [0, 1]),
    "truncated-streams": (truncated, "whole", "ModelConnectionError"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    look, langchain, headrace = DIFFERENCES[name]
    for context, expected in ((exact(), langchain), (nullcontext(), headrace)):
        with context:
            assert look() == expected


def test_the_table() -> None:
    check_table("Streams of odd servers", __file__, DIFFERENCES)
