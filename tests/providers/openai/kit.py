"""Streams written for tests, and models that ask the replay server for them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from tests.replay_server import ReplayServer

from headrace.messages import AIMessageChunk
from headrace.providers.openai import ChatOpenAI

__all__ = ["CHAT", "KEY", "aclosing_model", "call", "closing_model", "delta", "streamed"]

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


def arguments_for(server: ReplayServer, fields: dict[str, Any]) -> dict[str, Any]:
    known = {"model": "gpt-test", "api_key": KEY, "max_retries": 0}
    return {**known, "base_url": f"{server.url}/v1", **fields}


@contextlib.contextmanager
def closing_model(server: ReplayServer, cls: Any = ChatOpenAI, **fields: Any) -> Iterator[Any]:
    """A model whose connections are closed at the end."""
    model = cls(**arguments_for(server, fields))
    try:
        yield model
    finally:
        model.root_client.close()


@contextlib.asynccontextmanager
async def aclosing_model(
    server: ReplayServer, cls: Any = ChatOpenAI, **fields: Any
) -> AsyncIterator[Any]:
    """A model whose asynchronous connections are closed at the end."""
    model = cls(**arguments_for(server, fields))
    try:
        yield model
    finally:
        await model.root_async_client.close()


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
