"""Clients of event loops: each has its own, and those of closed ones leave nothing behind."""

import asyncio
import copy
import gc
import logging
import pickle
from typing import Any

import openai
import pytest
from tests.providers import anthropic_kit
from tests.providers.openai import kit
from tests.replay_server import ReplayServer

from headrace.providers.anthropic import ChatAnthropic
from headrace.providers.openai import ChatOpenAI

MODELS: dict[str, tuple[Any, Any, str]] = {
    "openai": (ChatOpenAI, kit.CHAT, "/v1"),
    "anthropic": (ChatAnthropic, anthropic_kit.HELLO, ""),
}


async def read(model: Any) -> None:
    assert [chunk async for chunk in model.astream("hi")]
    # what was let go of meanwhile would be closed now
    gc.collect()
    await asyncio.sleep(0)


# nobody can close the connections of a loop that is closed
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("name", MODELS)
def test_one_loop_after_another(name: str, caplog: pytest.LogCaptureFixture) -> None:
    cls, events, path = MODELS[name]
    with ReplayServer(events) as server, caplog.at_level(logging.ERROR, "asyncio"):
        model = cls(model="m", api_key="k", base_url=server.url + path, max_retries=0)
        for _ in range(3):
            asyncio.run(read(model))
        assert server.connections == 3
        last = [model]
        del model
        asyncio.run(let_go(last))
        gc.collect()
    assert caplog.records == []


async def use(model: Any) -> None:
    assert model.root_async_client is not None


async def let_go(models: list[Any]) -> None:
    models.clear()
    gc.collect()
    await asyncio.sleep(0)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_client_that_was_given_is_not_closed() -> None:
    given = openai.DefaultAsyncHttpxClient()
    with ReplayServer(kit.CHAT) as server:
        fields: Any = {"model": "m", "api_key": "k", "base_url": f"{server.url}/v1"}
        model = ChatOpenAI(**fields, http_async_client=given)
        asyncio.run(read(model))

        asyncio.run(use(model))
    assert not given.is_closed
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        asyncio.run(given.aclose())
    del model, given
    gc.collect()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_model_that_was_used_is_copied_without_its_connections(name: str, copied: Any) -> None:
    cls, events, path = MODELS[name]
    with ReplayServer(events) as server:
        model = cls(model="m", api_key="k", base_url=server.url + path)
        said = "".join(chunk.text for chunk in model.stream("hi"))
        other = copied(model)
        assert "".join(chunk.text for chunk in other.stream("hi")) == said
        clients = [getattr(one, "root_client", None) or one._client for one in (model, other)]
        assert clients[0] is not clients[1]
        assert server.connections == 2
        for client in clients:
            client.close()
