"""What goes wrong on the way: a clear error, after the chunks that had arrived."""

import asyncio
import threading
from collections import Counter
from typing import Any

import openai
import pytest
from tests.providers.openai.kit import (
    CHAT,
    KEY,
    RESPONSES,
    aclosing_model,
    closing_model,
    delta,
    response,
    streamed,
)
from tests.replay_server import Answer, ReplayServer, Request

from headrace.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelRateLimitError,
    ModelStreamError,
    ModelTimeoutError,
)
from headrace.providers.openai import ChatOpenAI

SAID = ["", "Grüß ", "Gott 🐍"]


def failing(
    answer: Answer, asynchronous: bool, kind: type[Exception], **fields: Any
) -> tuple[list[Any], Any]:
    """The texts that came before the error, and the error."""
    seen: list[Any] = []
    with ReplayServer(answer=lambda _: answer) as server, pytest.raises(kind) as raised:
        streamed(server, asynchronous, seen, **fields)
    return [chunk.content for chunk in seen], raised.value


def test_connection_dropped_half_way(asynchronous: bool) -> None:
    answer = Answer.streaming(CHAT, drop_after=3)
    seen, error = failing(answer, asynchronous, ModelConnectionError)
    assert seen == SAID
    assert error.is_retryable
    assert isinstance(error.__cause__, Exception)
    assert not isinstance(error.__cause__, ModelError)


def test_timeout_before_the_answer(asynchronous: bool) -> None:
    answer = Answer.streaming(CHAT, hang_after=0)
    seen, error = failing(answer, asynchronous, ModelTimeoutError, timeout=0.5)
    assert seen == []
    assert error.is_retryable


def test_timeout_between_chunks(asynchronous: bool) -> None:
    answer = Answer.streaming(CHAT, hang_after=3)
    seen, error = failing(answer, asynchronous, ModelTimeoutError, timeout=0.5)
    assert seen == SAID
    assert isinstance(error, type(error.__cause__))
    assert str(error)


def test_no_server(asynchronous: bool) -> None:
    with ReplayServer(CHAT) as server:
        pass
    with pytest.raises(ModelConnectionError) as raised:
        streamed(server, asynchronous)
    assert isinstance(raised.value, openai.APIConnectionError)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (500, "broken", ModelAPIError),
        (401, f"bad key {KEY}", ModelAuthenticationError),
        (429, "slow down", ModelRateLimitError),
        (400, "maximum context length is 5 tokens", ContextOverflowError),
    ],
)
def test_status(status: int, message: str, kind: type[Exception], asynchronous: bool) -> None:
    answer = Answer.whole({"error": {"message": message, "code": "c"}}, status=status)
    seen, error = failing(answer, asynchronous, kind)
    assert seen == []
    assert isinstance(error, openai.APIStatusError)
    assert error.status_code == status
    assert isinstance(error.__cause__, openai.APIStatusError)
    told = f"{error!r} {error} {error.message} {error.body} {error.__cause__!r}"
    assert message.replace(KEY, "**********") in told
    assert KEY not in told


def test_429_then_success_is_the_retry_of_the_sdk(asynchronous: bool) -> None:
    answers = iter(
        [
            Answer.whole({"error": {}}, status=429, headers={"retry-after-ms": "1"}),
            Answer.streaming(CHAT),
        ]
    )
    with ReplayServer(answer=lambda _: next(answers)) as server:
        chunks = streamed(server, asynchronous, max_retries=1)
    assert len(server.requests) == 2
    assert str((chunks[0] + chunks[1:]).content) == "Grüß Gott 🐍"


def test_error_event_in_mid_stream(asynchronous: bool) -> None:
    answer = Answer.streaming([*CHAT[:3], {"error": {"message": "overloaded", "code": "busy"}}])
    seen, error = failing(answer, asynchronous, ModelStreamError)
    assert seen == SAID
    assert "overloaded" in str(error)
    assert isinstance(error, ValueError)
    assert isinstance(error, openai.APIError)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"type": "error", "code": "busy", "message": "overloaded"}, "busy: overloaded"),
        (
            {"type": "response.failed", "response": response("failed", error={"message": "no"})},
            "no",
        ),
        ({"type": "response.failed", "response": response("failed")}, "Response resp_1 failed."),
    ],
)
def test_failure_of_a_response(event: Any, says: str, asynchronous: bool) -> None:
    answer = Answer.streaming([RESPONSES[0], event])
    seen, error = failing(answer, asynchronous, ModelStreamError, use_responses_api=True)
    assert seen == [[]]
    assert says in str(error)


def test_empty_stream(asynchronous: bool) -> None:
    seen, error = failing(Answer.streaming([]), asynchronous, ModelStreamError)
    assert seen == []
    assert "empty stream" in str(error)


def test_a_response_that_does_not_end(asynchronous: bool) -> None:
    answer = Answer.streaming(RESPONSES[:-1])
    seen, error = failing(answer, asynchronous, ModelConnectionError, use_responses_api=True)
    assert len(seen) > 10
    assert "ended before" in str(error)


def test_unknown_events_are_passed_over(asynchronous: bool) -> None:
    unknown = [
        {"type": "response.nobody.knows", "what": [1]},
        {"type": "keepalive", "sequence_number": 1},
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "novelty"}},
    ]
    answer = Answer.streaming([RESPONSES[0], *unknown, RESPONSES[-1]])
    with ReplayServer(answer=lambda _: answer) as server:
        chunks = streamed(server, asynchronous, use_responses_api=True)
    assert len(chunks) == 2
    odd = [CHAT[1], {"id": "x", "object": "surprise"}, {"choices": []}, CHAT[-2]]
    with ReplayServer(odd) as server:
        assert "".join(c.text for c in streamed(server, asynchronous)) == "Grüß "


def ask(server: ReplayServer, asynchronous: bool, **fields: Any) -> Any:
    """Ask for a whole answer."""

    async def ask_async() -> Any:
        async with aclosing_model(server, **fields) as model:
            return await model.ainvoke("hi")

    if asynchronous:
        return asyncio.run(ask_async())
    with closing_model(server, **fields) as model:
        return model.invoke("hi")


def test_not_an_answer(asynchronous: bool) -> None:
    page = Answer([b"<html>Not found</html>"], content_type="text/html")
    with ReplayServer(answer=lambda _: page) as server:
        for responses in (False, True):
            with pytest.raises(ModelStreamError, match=r"127\.0\.0\.1.* web page .*Not found"):
                ask(server, asynchronous, use_responses_api=responses)


def test_an_error_of_the_consumer_is_left_alone() -> None:
    with ReplayServer(CHAT) as server, closing_model(server) as model:
        chunks = model._stream([])
        next(chunks)
        with pytest.raises(TimeoutError, match="mine"):
            chunks.throw(TimeoutError("mine"))


def answer_for(request: Request) -> Answer:
    """Say what was asked, in many pieces."""
    asked = request.body["messages"][0]["content"]
    return Answer.streaming([*(delta(f"{asked} ") for _ in range(5)), delta(ended="stop")], cut=50)


def test_200_concurrent_streams_do_not_mix() -> None:
    async def read(model: ChatOpenAI, asked: str) -> str:
        return "".join([chunk.text async for chunk in model.astream(asked)])

    async def ask_all(server: ReplayServer) -> list[str]:
        async with aclosing_model(server) as model:
            asked = [read(model, f"q{n}") for n in range(200)]
            answers = await asyncio.gather(*asked)
            pool = model.root_async_client._client._transport._pool
            busy = [one for one in pool.connections if not (one.is_idle() or one.is_closed())]
            assert busy == []
            assert not pool._requests
            return answers

    with ReplayServer(answer=answer_for) as server:
        assert asyncio.run(ask_all(server)) == [f"q{n} " * 5 for n in range(200)]
    assert len(server.requests) == 200


def test_threads_share_a_model() -> None:
    answers: Counter[str] = Counter()
    with ReplayServer(answer=answer_for) as server, closing_model(server) as model:

        def read(asked: str) -> None:
            answers["".join(chunk.text for chunk in model.stream(asked))] += 1

        threads = [threading.Thread(target=read, args=(f"q{n}",)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        pool = model.root_client._client._transport._pool
        assert all(one.is_idle() or one.is_closed() for one in pool.connections)
    assert answers == {f"q{n} " * 5: 1 for n in range(20)}
