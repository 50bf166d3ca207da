"""The protocols, with the clients and models of their authors."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("starlette", reason="starlette is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

from headrace.output_parsers import StrOutputParser  # noqa: E402
from headrace.runnables import RunnableLambda  # noqa: E402
from headrace.serve import RemoteRunnable, create_app  # noqa: E402
from headrace.serve.replay_agent import replay_agent  # noqa: E402

MESSAGES = [{"role": "user", "content": "What is the weather in Rome?"}]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the replay agent, and a function at `/shout`, from a thread."""
    app = create_app(replay_agent(0))
    from headrace.serve import add_routes

    def shout(text: str) -> str:
        if not text:
            raise ValueError("there is nothing to shout")
        return text.upper() + "!"

    app.router.routes.insert(0, app.router.routes.pop())  # the page, replaced below
    app.router.routes.pop(0)
    add_routes(app, RunnableLambda(shout), "/shout")
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def test_openai_client(url):
    openai = pytest.importorskip("openai", reason="openai is not installed")
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        model = client.models.list().data[0].id
        answer = client.chat.completions.create(model=model, messages=MESSAGES)
        text = answer.choices[0].message.content
        assert "in Rome" in text
        assert answer.choices[0].finish_reason == "stop"
        assert answer.usage.total_tokens == 106
        chunks = list(
            client.chat.completions.create(
                model=model,
                messages=MESSAGES,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == text
        assert not any(c.choices[0].delta.tool_calls for c in chunks if c.choices)
        assert chunks[-1].usage.total_tokens == 106
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            client.chat.completions.create(model="nothing", messages=MESSAGES)
        with pytest.raises(openai.UnprocessableEntityError, match="at least one message"):
            client.chat.completions.create(model=model, messages=[])


def events(text: str) -> list[Any]:
    return [
        json.loads(line[6:])
        for line in text.splitlines()
        if line.startswith("data: ") and line != "data: [DONE]"
    ]


def test_ag_ui_models_accept_every_event(url):
    ag_ui = pytest.importorskip("ag_ui.core", reason="ag-ui-protocol is not installed")
    from pydantic import TypeAdapter

    body = {
        "threadId": "t",
        "runId": "r",
        "protocolVersion": "1.0",
        "state": {},
        "messages": [{"id": "1", **MESSAGES[0]}],
        "tools": [],
        "context": [],
        "forwardedProps": {},
    }
    text = httpx.post(f"{url}/ag-ui", json=body).text
    assert "[DONE]" not in text
    found = events(text)
    adapter = TypeAdapter(ag_ui.Event)
    for event in found:
        adapter.validate_python(event)
    assert found[0]["type"] == "RUN_STARTED"
    assert found[-1]["type"] == "RUN_FINISHED"
    assert found[-1]["outcome"] == {"type": "success"}
    begun = [event["type"] for event in found if event["type"].endswith("_START")]
    ended = [event["type"] for event in found if event["type"].endswith("_END")]
    assert len(begun) == len(ended) == 4


def test_ai_sdk_parts_are_in_order_and_closed(url):
    body = {
        "id": "chat",
        "trigger": "submit-message",
        "messages": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Weather in Rome?"}]}
        ],
    }
    response = httpx.post(f"{url}/ai-sdk", json=body)
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert response.text.endswith("data: [DONE]\n\n")
    parts = events(response.text)
    kinds = list(dict.fromkeys(part["type"] for part in parts))
    assert kinds == [
        "start",
        "start-step",
        "reasoning-start",
        "reasoning-delta",
        "reasoning-end",
        "tool-input-start",
        "tool-input-delta",
        "tool-input-available",
        "tool-output-available",
        "finish-step",
        "text-start",
        "text-delta",
        "text-end",
        "finish",
    ]
    assert parts[-1]["messageMetadata"]["usage"] == {"inputTokens": 42, "outputTokens": 64}
    assert httpx.get(f"{url}/ai-sdk/chat/stream").status_code == 204


def test_a_remote_runnable_is_a_step_of_a_local_chain(url):
    remote = RemoteRunnable(f"{url}/shout")
    chain = remote | RunnableLambda(lambda text: text + "?")
    assert chain.invoke("hey") == "HEY!?"
    assert remote.batch(["a", "b"]) == ["A!", "B!"]
    assert list(remote.stream("a")) == ["A!"]


async def test_a_remote_runnable_streams_and_its_run_is_an_event(url):
    chain = RemoteRunnable(url) | StrOutputParser()
    text = "".join([chunk async for chunk in chain.astream(MESSAGES)])
    assert "in Rome" in text
    assert (await RemoteRunnable(url).ainvoke(MESSAGES)).content == text
    names = [event["name"] async for event in chain.astream_events(MESSAGES, version="v2")]
    assert "RemoteRunnable" in names


def test_a_remote_failure_is_an_error_with_the_servers_words(url):
    from headrace.exceptions import ModelConnectionError, ModelStreamError

    remote = RemoteRunnable(f"{url}/shout")
    with pytest.raises(ModelStreamError, match="nothing to shout"):
        list(remote.stream(""))
    with pytest.raises(ModelStreamError, match="no such route"):
        RemoteRunnable(f"{url}/nothing").invoke("")
    with pytest.raises(ModelConnectionError, match="failed"):
        RemoteRunnable("http://127.0.0.1:9").invoke("")


def test_langserve_client(url):
    langserve = pytest.importorskip("langserve", reason="langserve is not installed")
    remote = langserve.RemoteRunnable(f"{url}/shout/")
    assert remote.invoke("hey") == "HEY!"
    assert remote.batch(["a", "b"]) == ["A!", "B!"]
    assert list(remote.stream("hey")) == ["HEY!"]
