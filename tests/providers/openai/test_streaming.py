"""Streams of a server that speaks like OpenAI, through the SDK."""

import asyncio
from typing import Any

import pytest
from tests.providers.openai.kit import CHAT, KEY, aclosing_model, closing_model, streamed
from tests.replay_server import Answer, ReplayServer

from headrace.messages import message_chunk_to_message


@pytest.mark.parametrize("cut", [None, 1, 7, 64])
def test_chat_completion_survives_any_cut(cut: int | None, asynchronous: bool) -> None:
    with ReplayServer(CHAT, cut=cut) as server:
        chunks = streamed(server, asynchronous)
    message = message_chunk_to_message(chunks[0] + chunks[1:])
    assert message.content == "Grüß Gott 🐍"
    (made,) = message.tool_calls
    assert (made["name"], made["args"], made["id"]) == ("look", {"where": "Zürich"}, "c1")
    assert message.usage_metadata == {
        "input_tokens": 3,
        "output_tokens": 4,
        "total_tokens": 7,
        "input_token_details": {"cache_read": 2},
        "output_token_details": {"reasoning": 1},
    }
    assert message.response_metadata == {
        "finish_reason": "tool_calls",
        "model_name": "gpt-test",
        "model_provider": "openai",
    }
    assert [chunk.chunk_position for chunk in chunks[-2:]] == [None, "last"]


def test_what_is_asked_is_what_the_fields_say() -> None:
    with ReplayServer(CHAT) as server:
        asked = {"temperature": 0.5, "max_tokens": 7, "stop": ["x"], "seed": 1}
        with closing_model(server, stream_usage=True, **asked) as model:
            list(model.stream([("system", "be brief"), ("human", "hi")], top_p=0.9))
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "gpt-test",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_completion_tokens": 7,
        "stop": ["x"],
        "seed": 1,
        "top_p": 0.9,
    }


def test_leaving_closes_the_request(asynchronous: bool) -> None:
    answer = Answer.streaming(CHAT, hang_after=3)

    async def leave(server: ReplayServer) -> None:
        async with aclosing_model(server) as model:
            chunks = model.astream("hi")
            async for chunk in chunks:
                assert chunk.content == ""
                break
            await chunks.aclose()
            assert await asyncio.to_thread(server.requests[0].left.wait, 10)

    with ReplayServer(answer=lambda _: answer) as server:
        if asynchronous:
            asyncio.run(leave(server))
            return
        with closing_model(server) as model:
            chunks = model.stream("hi")
            assert next(chunks).content == ""
            chunks.close()
            assert server.requests[0].left.wait(10)


def test_cancelling_closes_the_request() -> None:
    answer = Answer.streaming(CHAT, hang_after=3)
    seen: list[Any] = []

    async def cancel(server: ReplayServer) -> None:
        async def read() -> None:
            async for chunk in model.astream("hi"):
                seen.append(chunk.content)

        async with aclosing_model(server) as model:
            task = asyncio.create_task(read())
            while len(seen) < 3:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.requests[0].left.wait, 10)

    with ReplayServer(answer=lambda _: answer) as server:
        asyncio.run(cancel(server))
    assert seen == ["", "Grüß ", "Gott 🐍"]


def test_a_model_serves_one_event_loop_after_another() -> None:
    with ReplayServer(CHAT) as server, closing_model(server) as model:

        async def ask() -> str:
            try:
                chunks = [chunk async for chunk in model.astream("hi")]
                return str((chunks[0] + chunks[1:]).content)
            finally:
                await model.root_async_client.close()

        assert [asyncio.run(ask()) for _ in range(2)] == ["Grüß Gott 🐍"] * 2
