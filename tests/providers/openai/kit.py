"""Streams written for tests, and models that ask the replay server for them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
from tests.replay_server import ReplayServer

from headrace.messages import AIMessageChunk
from headrace.providers.openai import ChatOpenAI

__all__ = [
    "CHAT",
    "KEY",
    "RESPONSES",
    "aclosing_model",
    "call",
    "closing_model",
    "delta",
    "events",
    "response",
    "streamed",
]

KEY = "sk-secret-key"


def delta(content: Any = None, ended: str | None = None, **more: Any) -> dict[str, Any]:
    said = more if content is None else {"content": content, **more}
    choice = {"index": 0, "delta": said, "finish_reason": ended}
    return {"id": "chatcmpl-1", "model": "gpt-test", "choices": [choice]}


def call(arguments: str, **head: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": head.pop("name")} if "name" in head else {})}
    return {"index": 0, "function": function, **head}


CHAT = [
    delta("", role="assistant"),
    delta("Grüß "),
    delta("Gott 🐍"),
    delta(tool_calls=[call("", id="c1", type="function", name="look")]),
    delta(tool_calls=[call('{"where": "Z')]),
    delta(tool_calls=[call('ürich"}')]),
    delta(ended="tool_calls"),
    {
        "id": "chatcmpl-1",
        "model": "gpt-test",
        "choices": [],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 4,
            "total_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    },
]


def response(status: str = "completed", **more: Any) -> dict[str, Any]:
    """A response of the responses API."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1763474589,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": "gpt-test",
        "output": [],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        **more,
    }


def events(*said: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events of the responses API, numbered."""
    return [
        {"type": f"response.{kind}", "sequence_number": number, **more}
        for number, (kind, more) in enumerate(said)
    ]


def _text(output: int, part: int, item: str) -> dict[str, Any]:
    return {"output_index": output, "content_index": part, "item_id": item, "logprobs": []}


RESPONSES = events(
    ("created", {"response": response("in_progress")}),
    ("in_progress", {"response": response("in_progress")}),
    (
        "output_item.added",
        {"output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "summary": []}},
    ),
    (
        "reasoning_summary_part.added",
        {
            "item_id": "rs_1",
            "output_index": 0,
            "summary_index": 0,
            "part": {"type": "summary_text", "text": ""},
        },
    ),
    (
        "reasoning_summary_text.delta",
        {"item_id": "rs_1", "output_index": 0, "summary_index": 0, "delta": "So "},
    ),
    (
        "reasoning_summary_text.delta",
        {"item_id": "rs_1", "output_index": 0, "summary_index": 0, "delta": "it is."},
    ),
    (
        "output_item.done",
        {
            "output_index": 0,
            "item": {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "xyz"},
        },
    ),
    (
        "output_item.added",
        {
            "output_index": 1,
            "item": {"type": "web_search_call", "id": "ws_1", "status": "in_progress"},
        },
    ),
    ("web_search_call.searching", {"output_index": 1, "item_id": "ws_1"}),
    (
        "output_item.done",
        {
            "output_index": 2,
            "item": {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "snakes"},
            },
        },
    ),
    (
        "output_item.added",
        {
            "output_index": 2,
            "item": {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "in_progress",
                "content": [],
                "phase": "final_answer",
            },
        },
    ),
    ("output_text.delta", {**_text(2, 0, "msg_1"), "delta": "Grüß "}),
    ("output_text.delta", {**_text(2, 0, "msg_1"), "delta": "Gott 🐍"}),
    (
        "output_text.annotation.added",
        {
            "output_index": 2,
            "content_index": 0,
            "item_id": "msg_1",
            "annotation_index": 0,
            "annotation": {
                "type": "file_citation",
                "file_id": "f",
                "filename": "a.txt",
                "index": 3,
            },
        },
    ),
    ("output_text.done", {**_text(2, 0, "msg_1"), "text": "Grüß Gott 🐍"}),
    ("output_text.delta", {**_text(2, 1, "msg_1"), "delta": "And more."}),
    (
        "output_item.added",
        {
            "output_index": 3,
            "item": {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "c1",
                "name": "look",
                "arguments": "",
            },
        },
    ),
    (
        "function_call_arguments.delta",
        {"output_index": 3, "item_id": "fc_1", "delta": '{"where": "Z'},
    ),
    ("function_call_arguments.delta", {"output_index": 3, "item_id": "fc_1", "delta": 'ürich"}'}),
    (
        "output_item.done",
        {
            "output_index": 4,
            "item": {
                "type": "custom_tool_call",
                "id": "ct_1",
                "call_id": "c2",
                "name": "sql",
                "input": "SELECT 1",
            },
        },
    ),
    (
        "refusal.done",
        {"output_index": 5, "content_index": 0, "item_id": "msg_2", "refusal": "No."},
    ),
    ("nobody.knows", {"surprise": {"nested": [1]}}),
    (
        "completed",
        {
            "response": response(
                service_tier="flex",
                usage={
                    "input_tokens": 3,
                    "input_tokens_details": {"cached_tokens": 2},
                    "output_tokens": 4,
                    "output_tokens_details": {"reasoning_tokens": 1},
                    "total_tokens": 7,
                },
            )
        },
    ),
)


def arguments_for(server: ReplayServer, fields: dict[str, Any]) -> dict[str, Any]:
    known = {"model": "gpt-test", "api_key": KEY, "max_retries": 0}
    return {**known, "base_url": f"{server.url}/v1", **fields}


def with_own_clients(cls: Any) -> dict[str, Any]:
    """The reference shares its HTTP clients among models: closing one would close the others'."""
    if cls.__module__.startswith("headrace."):
        return {}
    return {
        "http_client": openai.DefaultHttpxClient(),
        "http_async_client": openai.DefaultAsyncHttpxClient(),
    }


@contextlib.contextmanager
def closing_model(server: ReplayServer, cls: Any = ChatOpenAI, **fields: Any) -> Iterator[Any]:
    """A model whose connections are closed at the end."""
    model = cls(**arguments_for(server, fields), **with_own_clients(cls))
    try:
        yield model
    finally:
        client = getattr(model, "root_client", None)
        (client or model.client._client).close()


@contextlib.asynccontextmanager
async def aclosing_model(
    server: ReplayServer, cls: Any = ChatOpenAI, **fields: Any
) -> AsyncIterator[Any]:
    """A model whose asynchronous connections are closed at the end."""
    model = cls(**arguments_for(server, fields), **with_own_clients(cls))
    try:
        yield model
    finally:
        client = getattr(model, "root_async_client", None)
        await (client or model.async_client._client).close()


def streamed(
    server: ReplayServer,
    asynchronous: bool,
    seen: list[AIMessageChunk] | None = None,
    *,
    cls: Any = ChatOpenAI,
    said: Any = "hi",
    **fields: Any,
) -> list[AIMessageChunk]:
    """What a model streams, gathered in `seen` as it comes."""
    chunks = [] if seen is None else seen

    async def gather() -> None:
        async with aclosing_model(server, cls, **fields) as model:
            async for chunk in model.astream(said):
                chunks.append(chunk)

    if asynchronous:
        asyncio.run(gather())
        return chunks
    with closing_model(server, cls, **fields) as model:
        for chunk in model.stream(said):
            chunks.append(chunk)
    return chunks
