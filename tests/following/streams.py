"""Streams as providers send them, written for these tests, and the real SDKs to read them."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import openai
from tests.replay_server import ReplayServer

from headrace.following import Following, follow

__all__ = ["CHAT", "MESSAGES", "RESPONSES", "aopened", "chat", "followed", "helper_of", "opened"]

ASKED = [{"role": "user", "content": "hi"}]


def _delta(ended: str | None = None, **said: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": said, "finish_reason": ended}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def _call(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
    function = {"arguments": arguments, **({} if name is None else {"name": name})}
    head = {} if name is None else {"id": f"call_{index}", "type": "function"}
    return _delta(tool_calls=[{"index": index, "function": function, **head}])


def chat(pieces: list[str]) -> list[dict[str, Any]]:
    """A chat completion that calls one tool, with its arguments in these pieces."""
    calls = [_call(0, piece) for piece in pieces]
    return [_call(0, "", "look"), *calls, _delta("tool_calls")]


CHAT = [
    _delta(role="assistant", content=""),
    _delta(content="Let me "),
    _delta(content="see."),
    _call(0, "", "look"),
    _call(0, '{"where": "Zü'),
    _call(0, 'rich", "how": [1'),
    _call(0, "2, 3]}"),
    _call(1, "", "wait"),
    _delta("tool_calls"),
    {**_delta(), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
]

_RESPONSE: dict[str, Any] = {
    "id": "r",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "status": "in_progress",
}
_TEXT = {"type": "output_text", "text": '{"a": [1, 2]}', "annotations": []}
_MESSAGE = {"id": "msg", "type": "message", "role": "assistant", "status": "completed"}
_FUNCTION = {"id": "fc", "type": "function_call", "call_id": "call_0", "name": "look"}
_DONE = {
    **_RESPONSE,
    "status": "completed",
    "output": [
        {**_MESSAGE, "content": [_TEXT]},
        {**_FUNCTION, "arguments": '{"where": "here"}', "status": "completed"},
    ],
    "usage": {
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}


def _said(piece: str) -> dict[str, Any]:
    place = {"item_id": "msg", "output_index": 0, "content_index": 0, "logprobs": []}
    return {"type": "response.output_text.delta", "delta": piece, **place}


def _argued(piece: str) -> dict[str, Any]:
    kind = "response.function_call_arguments.delta"
    return {"type": kind, "delta": piece, "item_id": "fc", "output_index": 1}


RESPONSES = [
    {"sequence_number": number, **event}
    for number, event in enumerate(
        [
            {"type": "response.created", "response": _RESPONSE},
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {**_MESSAGE, "status": "in_progress", "content": []},
            },
            {
                "type": "response.content_part.added",
                "item_id": "msg",
                "output_index": 0,
                "content_index": 0,
                "part": {**_TEXT, "text": ""},
            },
            _said('{"a": ['),
            _said("1, 2"),
            _said("]}"),
            {
                "type": "response.output_item.done",
                "output_index": 0,
                "item": _DONE["output"][0],
            },
            {
                "type": "response.output_item.added",
                "output_index": 1,
                "item": {**_FUNCTION, "arguments": "", "status": "in_progress"},
            },
            _argued('{"where": '),
            _argued('"here"}'),
            {
                "type": "response.output_item.done",
                "output_index": 1,
                "item": _DONE["output"][1],
            },
            {"type": "response.completed", "response": _DONE},
        ]
    )
]


def _block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def _json(piece: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": piece}


MESSAGES = [
    {
        "type": "message_start",
        "message": {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    },
    *_block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "s"},
    ),
    {"type": "ping"},
    *_block(
        1,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "Let me "},
        {"type": "text_delta", "text": "see."},
    ),
    *_block(
        2,
        {"type": "tool_use", "id": "call_0", "name": "look", "input": {}},
        _json(""),
        _json('{"where": "Z\\u00'),
        _json('fcrich", "how": [1'),
        _json("2, 3]}"),
    ),
    *_block(3, {"type": "tool_use", "id": "call_1", "name": "wait", "input": {}}),
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    },
    {"type": "message_stop"},
]


def _kind(events: list[dict[str, Any]]) -> str:
    kind = events[0].get("type")
    if not isinstance(kind, str):
        return "chat"
    return "responses" if kind.startswith("response.") else "messages"


@contextlib.contextmanager
def opened(events: list[dict[str, Any]], url: str) -> Iterator[Any]:
    """The stream that the SDK gives, from a client that is closed afterwards."""
    kind = _kind(events)
    if kind == "messages":
        with anthropic.Anthropic(base_url=url, api_key="k", max_retries=0) as client:
            yield client.messages.create(model="m", max_tokens=9, messages=ASKED, stream=True)
        return
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        if kind == "chat":
            yield client.chat.completions.create(model="m", messages=ASKED, stream=True)
        else:
            yield client.responses.create(model="m", input="hi", stream=True)


@contextlib.contextmanager
def followed(events: list[dict[str, Any]], **options: Any) -> Iterator[Following[Any]]:
    """The stream that the SDK gives of a server that sends these events, followed."""
    with (
        ReplayServer(events) as server,
        opened(events, server.url) as stream,
        follow(stream, **options) as following,
    ):
        yield following


@contextlib.asynccontextmanager
async def aopened(events: list[dict[str, Any]], url: str) -> AsyncIterator[Any]:
    """The stream that the asynchronous SDK gives, from a client that is closed afterwards."""
    kind = _kind(events)
    if kind == "messages":
        async with anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as client:
            yield await client.messages.create(model="m", max_tokens=9, messages=ASKED, stream=True)
        return
    async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
        if kind == "chat":
            yield await client.chat.completions.create(model="m", messages=ASKED, stream=True)
        else:
            yield await client.responses.create(model="m", input="hi", stream=True)


def helper_of(events: list[dict[str, Any]], url: str) -> tuple[str, list[Any], Any]:
    """The text, the calls and why it stopped, as the SDK's own accumulating helper has them."""
    kind = _kind(events)
    if kind == "messages":
        with (
            anthropic.Anthropic(base_url=url, api_key="k", max_retries=0) as client,
            client.messages.stream(model="m", max_tokens=9, messages=ASKED) as stream,
        ):
            message = stream.get_final_message()
        blocks = message.content
        text = "".join(block.text for block in blocks if block.type == "text")
        calls = [(block.id, block.name, block.input) for block in blocks if hasattr(block, "input")]
        return text, calls, message.stop_reason
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        if kind == "chat":
            with client.chat.completions.stream(model="m", messages=ASKED) as stream:
                choice = stream.get_final_completion().choices[0]
            called = choice.message.tool_calls or []
            calls = [(one.id, one.function.name, one.function.arguments) for one in called]
            return choice.message.content or "", calls, choice.finish_reason
        with client.responses.stream(model="m", input="hi") as stream:
            response = stream.get_final_response()
    calls = [
        (item.call_id, item.name, item.arguments if item.type == "function_call" else item.input)
        for item in response.output
        if item.type in ("function_call", "custom_tool_call")
    ]
    return response.output_text, calls, response.status
