"""What goes wrong between a model and its provider, and what is seen of it."""

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from tests.providers.anthropic_kit import HELLO, KEY, ended, failure, ours, started, text
from tests.replay_server import Answer, ReplayServer, Request, sse

from headrace.exceptions import (
    ContextOverflowError,
    MissingKeyError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelStreamError,
    ModelTimeoutError,
)
from headrace.output_parsers import StrOutputParser
from headrace.providers.anthropic import ChatAnthropic

PIECES = sse(HELLO)
AT_ONCE = {"retry-after-ms": "1"}
"""What makes the SDK repeat a request without waiting."""


def error_event(kind: str, message: str = "no") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def in_turn(*answers: Answer) -> Callable[[Request], Answer]:
    """Answer the first request with the first, and the last for ever."""
    rest = list(answers)
    return lambda _: rest.pop(0) if rest[1:] else rest[0]


def both_ways(server: ReplayServer, **fields: Any) -> Iterator[tuple[list[str], Any]]:
    """The texts that arrived and the error that ended them, in each way."""
    model = ours(server.url, **fields)
    came: list[str] = []
    failed: Any = None
    try:
        for chunk in model.stream("Hi"):
            came.append(chunk.text)
    except Exception as error:
        failed = error
    finally:
        model._client.close()
    yield came, failed

    async def go() -> tuple[list[str], Any]:
        came = []
        try:
            async for chunk in model.astream("Hi"):
                came.append(chunk.text)
        except Exception as error:
            return came, error
        finally:
            await model._async_client.close()
        return came, None

    yield asyncio.run(go())


@pytest.mark.parametrize("pieces", [2, 4])
def test_a_connection_that_breaks(pieces: int) -> None:
    with ReplayServer(answer=lambda _: Answer(PIECES, drop_after=pieces)) as server:
        for came, failed in both_ways(server):
            assert "".join(came) == "".join(["Hel", "lo "][: pieces - 2])
            assert isinstance(failed, ModelConnectionError)
            assert failed.is_retryable
            assert failed.__cause__ is not None
            assert len(server.requests) < 3  # an answer that has begun is not asked for again


@pytest.mark.parametrize("first", [failure(429, "rate_limit_error", headers=AT_ONCE)])
def test_too_often_and_then_not(first: Answer) -> None:
    for _ in range(2):
        with ReplayServer(answer=in_turn(first, Answer.streaming(HELLO))) as server:
            model = ours(server.url)
            assert model.invoke("Hi", stream=True).text == "Hello wörld 🙂"
            model._client.close()
            assert [request.headers["x-stainless-retry-count"] for request in server.requests] == [
                "0",
                "1",
            ]


STATUSES = [
    (400, "invalid_request_error", "no", ModelInvalidRequestError, anthropic.BadRequestError),
    (400, "invalid_request_error", "prompt is too long: 9", ContextOverflowError, None),
    (401, "authentication_error", "no", ModelAuthenticationError, anthropic.AuthenticationError),
    (403, "permission_error", "no", ModelPermissionDeniedError, anthropic.PermissionDeniedError),
    (404, "not_found_error", "no", ModelNotFoundError, anthropic.NotFoundError),
    (413, "request_too_large", "no", ModelInvalidRequestError, None),
    (429, "rate_limit_error", "no", ModelRateLimitError, anthropic.RateLimitError),
    (500, "api_error", "no", ModelAPIError, anthropic.InternalServerError),
    (529, "overloaded_error", "no", ModelAPIError, anthropic.OverloadedError),
]


@pytest.mark.parametrize(("status", "kind", "message", "cls", "sdk"), STATUSES)
def test_statuses(status: int, kind: str, message: str, cls: Any, sdk: Any) -> None:
    with ReplayServer(answer=lambda _: failure(status, kind, message)) as server:
        for came, failed in both_ways(server, max_retries=0):
            assert came == []
            assert isinstance(failed, cls)
            assert isinstance(failed, sdk or anthropic.APIStatusError)
            assert failed.status_code == status
            assert message in str(failed)
            assert failed.body["error"]["type"] == kind
            assert type(failed.__cause__).__module__.startswith("anthropic")


def test_a_whole_answer_fails_alike() -> None:
    with ReplayServer(answer=lambda _: failure(500, "api_error")) as server:
        model = ours(server.url, max_retries=0)
        with pytest.raises(ModelAPIError):
            model.invoke("Hi")
        with pytest.raises(ModelAPIError):
            model.get_num_tokens_from_messages([])
        model._client.close()

        async def go() -> None:
            with pytest.raises(ModelAPIError):
                await model.ainvoke("Hi")
            await model._async_client.close()

        asyncio.run(go())


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("overloaded_error", ModelStreamError),
        ("api_error", ModelAPIError),
        ("rate_limit_error", ModelRateLimitError),
        ("invalid_request_error", ModelInvalidRequestError),
        ("something_new", ModelStreamError),
    ],
)
def test_an_error_in_mid_stream(kind: str, cls: Any) -> None:
    events = [*HELLO[:3], error_event(kind, "busy"), *HELLO[3:]]
    with ReplayServer(events) as server:
        for came, failed in both_ways(server):
            assert "".join(came) == "Hel"
            assert isinstance(failed, cls)
            assert isinstance(failed, anthropic.APIStatusError)
            assert "busy" in str(failed)


def test_an_empty_stream() -> None:
    with ReplayServer([]) as server:
        for came, failed in both_ways(server):
            assert came == []
            assert isinstance(failed, ValueError)
            assert "No generation chunks" in str(failed)


def test_an_event_that_is_no_json() -> None:
    pieces = [*PIECES[:3], b"event: content_block_delta\ndata: {oops\n\n"]
    with ReplayServer(answer=lambda _: Answer(pieces)) as server:
        for came, failed in both_ways(server):
            assert "".join(came) == "Hel"
            assert isinstance(failed, ValueError)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(PIECES, wait=30), ""),
        (Answer(PIECES, hang_after=4), "Hello "),
    ],
    ids=["before the first chunk", "between chunks"],
)
def test_a_timeout(answer: Answer, expected: str) -> None:
    with ReplayServer(answer=lambda _: answer) as server:
        for came, failed in both_ways(server, timeout=0.5, max_retries=0):
            assert "".join(came) == expected
            assert isinstance(failed, ModelTimeoutError)
            assert server.requests[-1].ended.wait(10)


def test_a_provider_that_is_not_there() -> None:
    with ReplayServer([]) as server:
        url = server.url
    model = ours(url, max_retries=0)
    with pytest.raises(ModelConnectionError) as caught:
        list(model.stream("Hi"))
    assert isinstance(caught.value, anthropic.APIConnectionError)


def leaving(server: ReplayServer) -> Request:
    """Wait until the server has seen its client leave."""
    request = server.requests[-1]
    assert request.left.wait(10)
    return request


def test_who_leaves_closes_the_request() -> None:
    with ReplayServer(answer=lambda _: Answer(PIECES, hang_after=4)) as server:
        model = ours(server.url)
        stream = model.stream("Hi")
        next(stream)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        leaving(server)
        for _ in (model | StrOutputParser()).stream("Hi"):
            break
        leaving(server)
        assert len(server.requests) == 2
        model._client.close()


async def test_who_leaves_closes_the_request_async() -> None:
    with ReplayServer(answer=lambda _: Answer(PIECES, hang_after=4)) as server:
        model = ours(server.url)
        stream = model.astream("Hi")
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        assert await asyncio.to_thread(leaving, server)

        async def read() -> None:
            async for _ in model.astream("Hi"):
                pass

        task = asyncio.create_task(read())
        while len(server.requests) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(leaving, server)
        await model._async_client.close()


def numbered(request: Request) -> Answer:
    """An answer with what was asked in each of its chunks."""
    asked = request.body["messages"][0]["content"]
    events = [started(), *text(0, *[f"{asked} "] * 5), *ended()]
    return Answer.streaming(events, cut=50, delay=0.001)


async def test_many_streams_at_once() -> None:
    with ReplayServer(answer=numbered) as server:
        model = ours(server.url)

        async def one(i: int) -> None:
            said = [chunk.text async for chunk in model.astream(f"n{i}")]
            assert [piece for piece in said if piece] == [f"n{i} "] * 5

        await asyncio.gather(*(one(i) for i in range(200)))
        opened = server.connections
        await asyncio.gather(*(one(i) for i in range(20)))
        assert server.connections == opened  # they were given back
        pool = model._async_client._client._transport._pool
        assert all(connection.is_idle() for connection in pool.connections)
        await model._async_client.close()


def test_many_streams_at_once_in_threads() -> None:
    with ReplayServer(answer=numbered) as server:
        model = ours(server.url)
        seen: dict[int, list[str]] = {}

        def one(i: int) -> None:
            seen[i] = [chunk.text for chunk in model.stream(f"n{i}") if chunk.text]

        threads = [threading.Thread(target=one, args=(i,)) for i in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == {i: [f"n{i} "] * 5 for i in range(40)}
        model._client.close()


def test_an_event_loop_after_another() -> None:
    with ReplayServer(HELLO) as server:
        model = ours(server.url)

        async def go() -> str:
            answer = await model.ainvoke("Hi", stream=True)
            await asyncio.sleep(0)
            await model._async_client.close()
            return str(answer.text)

        assert [asyncio.run(go()) for _ in range(3)] == ["Hello wörld 🙂"] * 3
        assert len(model._connection.clients._by_loop) == 1


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with ReplayServer(HELLO) as server:
        model = ChatAnthropic(model="claude-next", base_url=server.url)
        with pytest.raises(MissingKeyError, match="ANTHROPIC_API_KEY"):
            list(model.stream("Hi"))
        headers = {"Authorization": "Bearer of-another-kind"}
        other = ChatAnthropic(model="claude-next", base_url=server.url, default_headers=headers)
        assert len(list(other.stream("Hi"))) > 1
        assert server.requests[-1].headers["authorization"] == "Bearer of-another-kind"
        for one in (model, other):
            one._client.close()


def test_keys_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token, header = "token-of-a-server", "Bearer key-in-a-header"
    servers = [{"type": "url", "url": "https://e.com", "name": "e", "authorization_token": token}]
    secrets = [KEY, "key-in-a-header", token]
    leaky = f"no such key: {' '.join(secrets)}"
    with ReplayServer(answer=lambda _: failure(401, "authentication_error", leaky)) as server:
        fields = {"default_headers": {"Authorization": header}, "mcp_servers": servers}
        model = ours(server.url, max_retries=0, **fields)
        with pytest.raises(ModelError) as caught:
            model.invoke("Hi")
        model._client.close()
    told = [repr(model), str(model), repr(model.to_json()), repr(model._get_ls_params())]
    told += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    told += [repr(caught.value.body), repr(model.bind_tools([]))]  # type: ignore[attr-defined]
    logged = [record.getMessage() for record in caplog.records]
    # the SDK's own log of requests, at its most talkative, shows the body: the servers are in it
    logged = [line for line in logged if not line.startswith("Request options")]
    for secret in secrets:
        assert not any(secret in one for one in [*told, *logged])


def test_a_model_that_has_asked_can_be_copied() -> None:
    with ReplayServer(HELLO) as server:
        model = ours(server.url)
        list(model.stream("Hi"))
        other = model.model_copy(update={"temperature": 0.5})
        assert other.temperature == 0.5
        again = pickle.loads(pickle.dumps(ours(server.url)))
        assert again.model == model.model
        model._client.close()
