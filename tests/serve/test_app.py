"""The application over HTTP: streams, resuming, stopping, limits and errors."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

httpx = pytest.importorskip("httpx", reason="httpx is not installed")
pytest.importorskip("starlette", reason="starlette is not installed")

from starlette.applications import Starlette  # noqa: E402

from headrace.language_models import ReplayChatModel  # noqa: E402
from headrace.runnables import RunnableGenerator, RunnableLambda  # noqa: E402
from headrace.serve import Limits, MemoryLog, add_routes, create_app  # noqa: E402
from headrace.serve.replay_agent import replay_agent  # noqa: E402

QUESTION = {"messages": [{"role": "user", "content": "What is the weather in Rome?"}]}


def client(app: Any, **options: Any) -> Any:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", **options)


def frames(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


class Gated:
    """A runnable that yields one word, waits for its gate, and yields another."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.closed = asyncio.Event()
        self.runnable = RunnableGenerator(self.words)

    async def words(self, inputs: AsyncIterator[Any]) -> AsyncIterator[str]:
        try:
            async for _ in inputs:
                yield "one "
                await self.gate.wait()
                yield "two"
        finally:
            self.closed.set()


async def test_an_agent_streams_reasoning_a_tool_and_text():
    async with client(create_app(replay_agent(0))) as http:
        response = await http.post("/chat", json=QUESTION)
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["x-accel-buffering"] == "no"
    found = frames(response.text)
    assert [frame["seq"] for frame in found] == list(range(1, len(found) + 1))
    kinds = list(dict.fromkeys(frame["type"] for frame in found))
    assert kinds == [
        "reasoning",
        "tool_call_start",
        "tool_call_delta",
        "tool_call",
        "tool_result",
        "token",
        "usage",
        "done",
    ]
    call = next(frame for frame in found if frame["type"] == "tool_call")
    assert call["args"] == {"city": "Rome"}
    pieces = [frame["args"] for frame in found if frame["type"] == "tool_call_delta"]
    assert json.loads("".join(pieces)) == {"city": "Rome"}
    result = next(frame for frame in found if frame["type"] == "tool_result")
    assert result["id"] == call["id"]
    assert "scattered clouds" in result["result"]
    assert "in Rome" in "".join(frame["content"] for frame in found if frame["type"] == "token")


async def test_any_position_resumes_in_any_protocol():
    async with client(create_app(replay_agent(0))) as http:
        first = await http.post("/chat", json={**QUESTION, "resumable": True})
        whole = frames(first.text)
        location = first.headers["location"]
        for after in (0, 1, len(whole) // 2, len(whole) - 1):
            again = await http.get(location, params={"after": after})
            assert frames(again.text) == whole[after:]
        events = await http.get(
            location, headers={"accept": "text/event-stream", "last-event-id": "3"}
        )
        assert events.text.startswith('id: 4\ndata: {"seq":4,')
        assert (await http.get(location, params={"after": len(whole)})).status_code == 204
        assert (await http.get(location, params={"after": len(whole) + 1})).status_code == 400
        assert (await http.get(location, params={"after": "x"})).status_code == 400
        assert (await http.get("/streams/" + "0" * 32)).status_code == 404


async def test_a_stop_ends_the_run_and_its_readers():
    gated = Gated()
    async with client(create_app(gated.runnable)) as http:
        reading = asyncio.ensure_future(
            http.post("/chat", json={**QUESTION, "thread_id": "t", "resumable": True})
        )
        app = http._transport.app
        server = _server(app)
        while not server.runs._tasks or (await server.log.status(_only(server)))[0] == 0:
            await asyncio.sleep(0)
        assert (await http.delete(f"/streams/{_only(server)}")).status_code == 204
        found = frames((await reading).text)
    assert [frame["type"] for frame in found] == ["token", "stopped"]
    assert gated.closed.is_set()


def _server(app: Any) -> Any:
    """Return the server behind an application."""
    route = next(route for route in app.routes if route.path == "/chat")
    while not hasattr(route, "log"):
        cells = [cell.cell_contents for cell in route.endpoint.__closure__]
        route = next(each.__self__ for each in cells if hasattr(each, "__self__"))
    return route


def _only(server: Any) -> str:
    (stream,) = server.runs._tasks
    return stream


@pytest.mark.parametrize("resumable", [False, True])
async def test_a_client_that_leaves_stops_its_run_unless_it_is_resumable(resumable):
    gated = Gated()
    app = create_app(gated.runnable)
    sent: list[dict[str, Any]] = []
    left = asyncio.Event()
    body = json.dumps({**QUESTION, "resumable": resumable}).encode()
    bodies = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in bodies:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if b"one" in message.get("body", b""):
            left.set()

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/chat",
        "raw_path": b"/chat",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
        "client": ("test", 1),
        "root_path": "",
    }
    await app(scope, receive, send)
    server = _server(app)
    if resumable:
        assert not gated.closed.is_set()
        gated.gate.set()
    await asyncio.wait_for(gated.closed.wait(), 10)
    stream = dict(sent[0]["headers"])[b"x-stream-id"].decode()
    found = [
        json.loads(frame)["type"] async for _, batch in server.log.read(stream) for frame in batch
    ]
    assert found == (["token", "token", "done"] if resumable else ["token", "stopped"])


async def test_an_error_of_the_run_is_the_last_frame_and_has_no_traceback():
    def fail(_: Any) -> str:
        raise ValueError("the model hung up")

    async with client(create_app(RunnableLambda(fail))) as http:
        found = frames((await http.post("/chat", json=QUESTION)).text)
    assert found == [{"seq": 1, "type": "error", "message": "the model hung up"}]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{bad", 400, "not JSON"),
        (b"[]", 400, "must be a JSON object"),
        (b"{}", 422, "messages"),
        (b'{"messages": []}', 422, "at least one"),
        (b'{"messages": [3]}', 422, "messages[0]"),
        (b'{"messages": [{"role": "god", "content": ""}]}', 422, "messages[0].role"),
        (b'{"messages": [{"role": "user", "content": 3}]}', 422, "messages[0].content"),
        (
            b'{"messages": [{"role": "user", "content": ""}], "thread_id": 3}',
            422,
            "thread_id",
        ),
        (
            b'{"messages": [{"role": "user", "content": ""}], "resumable": 1}',
            422,
            "resumable",
        ),
        (b'{"resume": 1}', 409, "does not wait"),
        (b'"' + b"x" * 2_000 + b'"', 413, "bytes"),
    ],
)
async def test_a_bad_request_is_an_error_that_names_the_field(body, status, words):
    app = create_app(replay_agent(0), limits=Limits(max_body=1_000))
    async with client(app) as http:
        response = await http.post("/chat", content=body)
    assert response.status_code == status
    assert words in response.json()["error"]["message"]


async def test_unknown_routes_and_methods_are_errors_in_json():
    async with client(create_app(replay_agent(0), page=False)) as http:
        assert (await http.get("/nothing")).json()["error"]["message"]
        assert (await http.get("/chat")).status_code == 405
        assert (await http.put("/info")).json()["error"]["message"]


async def test_the_token_protects_every_route_but_the_page():
    app = create_app(replay_agent(0), token="a-secret")
    async with client(app) as http:
        assert (await http.get("/")).status_code == 200
        for method, path in [
            ("GET", "/info"),
            ("GET", "/openapi.json"),
            ("POST", "/chat"),
            ("POST", "/ai-sdk"),
            ("POST", "/ag-ui"),
            ("POST", "/v1/chat/completions"),
            ("GET", "/v1/models"),
            ("POST", "/invoke"),
            ("GET", "/input_schema"),
            ("GET", "/streams/" + "0" * 32),
            ("DELETE", "/streams/" + "0" * 32),
        ]:
            for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "a-secret"}):
                response = await http.request(method, path, headers=headers)
                assert response.status_code == 401, path
                assert response.headers["www-authenticate"] == "Bearer"
                assert "a-secret" not in response.text
        right = {"authorization": "Bearer a-secret"}
        assert (await http.get("/info", headers=right)).status_code == 200


async def test_too_many_runs_are_refused_with_the_time_to_wait():
    gated = Gated()
    app = create_app(gated.runnable, limits=Limits(max_runs=1))
    async with client(app) as http:
        first = asyncio.ensure_future(http.post("/chat", json=QUESTION))
        while not _server(app).runs._tasks:
            await asyncio.sleep(0)
        openai = {**QUESTION, "model": (await http.get("/info")).json()["model"]}
        for path, body in (("/chat", QUESTION), ("/v1/chat/completions", openai)):
            second = await http.post(path, json=body)
            assert second.status_code == 429
            assert second.headers["retry-after"] == "1"
            assert second.json()["error"]["message"]
        gated.gate.set()
        assert (await first).status_code == 200


async def test_many_streams_at_once_are_neither_lost_nor_mixed():
    async def echo(inputs: AsyncIterator[Any]) -> AsyncIterator[str]:
        async for messages in inputs:
            for _ in range(20):
                await asyncio.sleep(0)
                yield messages[-1]["content"]

    async with client(create_app(RunnableGenerator(echo)), timeout=60) as http:

        async def one(index: int) -> None:
            body = {"messages": [{"role": "user", "content": f"<{index}>"}]}
            found = frames((await http.post("/chat", json=body)).text)
            text = "".join(frame.get("content", "") for frame in found)
            assert text == f"<{index}>" * 20

        await asyncio.gather(*map(one, range(500)))


async def test_a_mounted_application_answers_below_its_path():
    app = Starlette()
    add_routes(app, replay_agent(0), "/agent")
    async with client(app) as http:
        response = await http.post("/agent/chat", json={**QUESTION, "resumable": True})
        assert response.headers["location"].startswith("/agent/streams/")
        again = await http.get(response.headers["location"])
        assert again.text == response.text


async def test_a_chat_model_is_served_as_it_is():
    async with client(create_app(ReplayChatModel("Hello there"))) as http:
        found = frames((await http.post("/chat", json=QUESTION)).text)
    text = "".join(frame["content"] for frame in found if frame["type"] == "token")
    assert text == "Hello there"


def test_unknown_protocols_and_limits_are_refused():
    with pytest.raises(ValueError, match="unknown protocol 'soap'"):
        create_app(replay_agent(), protocols=["soap"])
    with pytest.raises(ValueError, match="max_runs must be a positive number"):
        Limits(max_runs=0)
    with pytest.raises(ValueError, match="token must not be empty"):
        create_app(replay_agent(), token=" ")


async def test_a_trimmed_stream_is_gone():
    app = create_app(replay_agent(0), log=MemoryLog(max_frames=20))
    async with client(app) as http:
        response = await http.post("/chat", json={**QUESTION, "resumable": True})
        again = await http.get(response.headers["location"])
        assert '"type":"error"' in again.text
        assert "no longer stored" in again.text
