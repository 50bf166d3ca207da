"""Other servers, other APIs: each asks where it should, with its own key."""

import asyncio
import importlib
import subprocess
import sys
import traceback
from typing import Any

import langchain_openai
import pytest
from tests.providers.openai.kit import CHAT, KEY, aclosing_model, closing_model, delta, streamed
from tests.replay_server import Answer, ReplayServer, Request

from headrace.exceptions import MissingKeyError, ModelAuthenticationError
from headrace.language_models import ReplayChatModel
from headrace.providers import init_chat_model
from headrace.providers import openai as models
from headrace.tools import tool

COMPATIBLE = {
    "deepseek": models.ChatDeepSeek,
    "fireworks": models.ChatFireworks,
    "groq": models.ChatGroq,
    "mistralai": models.ChatMistralAI,
    "ollama": models.ChatOllama,
    "together": models.ChatTogether,
    "vllm": models.ChatVLLM,
    "xai": models.ChatXAI,
}


@pytest.mark.parametrize("name", COMPATIBLE)
def test_compatible_servers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = COMPATIBLE[name]
    server = cls.server
    for variable in server.key_variables + server.url_variables:
        monkeypatch.delenv(variable, raising=False)
    if server.needs_key:
        with pytest.raises(MissingKeyError, match=server.key_variables[0]):
            init_chat_model("m", model_provider=name)
    monkeypatch.setenv(server.key_variables[0], "key-of-the-server")
    model = init_chat_model("m", model_provider=name)
    assert type(model) is cls
    assert str(model.root_client.base_url).rstrip("/") == server.base_url
    assert model.root_client.api_key == "key-of-the-server"
    model.root_client.close()
    with ReplayServer([*CHAT[:2], delta(reasoning="so"), *CHAT[2:]]) as replay:
        monkeypatch.setenv(server.url_variables[0], f"{replay.url}/v1")
        chunks = streamed(replay, False, cls=cls, api_key=None)
        (request,) = replay.requests
    assert request.headers["authorization"] == "Bearer key-of-the-server"
    message = chunks[0] + chunks[1:]
    assert message.response_metadata["model_provider"] == server.model_provider
    assert message.additional_kwargs["reasoning_content"] == "so"
    told = model._get_ls_params()
    assert (told["ls_provider"], told["ls_model_name"]) == (server.name, "m")


@pytest.mark.parametrize("name", COMPATIBLE)
def test_keys_and_addresses_by_the_names_of_others(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = COMPATIBLE[name]
    server = cls.server
    for variable in server.key_variables + server.url_variables:
        monkeypatch.delenv(variable, raising=False)
    key, url = server.key_variables[0].lower(), server.url_variables[0].lower()
    model = cls(model="m", **{key: "key-of-the-server", url: "http://localhost:1/v2"})
    assert model.openai_api_key.get_secret_value() == "key-of-the-server"
    assert (model.openai_api_base, model.model_kwargs) == ("http://localhost:1/v2", {})
    assert "key-of" not in repr(model)
    other = cls(model="m", api_key="k", api_base="http://localhost:1")
    added = "/v1" if name in ("ollama", "vllm") else ""
    assert other.openai_api_base == f"http://localhost:1{added}"


def test_reasoning_of_other_servers_is_kept() -> None:
    with ReplayServer([delta(reasoning_content="a"), delta(reasoning="b"), CHAT[1]]) as server:
        chunks = streamed(server, False)
        (again,) = [chunks[0] + chunks[1:]]
    assert again.additional_kwargs == {"reasoning_content": "ab"}
    with ReplayServer([delta(reasoning_content="a"), CHAT[1]]) as server:
        theirs = streamed(server, False, cls=langchain_openai.ChatOpenAI)
    assert (theirs[0] + theirs[1]).additional_kwargs == {}


def test_known_by_init_chat_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = init_chat_model("openai:gpt-4o", temperature=0.1)
    assert isinstance(model, models.ChatOpenAI)
    assert (model.model_name, model.temperature) == ("gpt-4o", 0.1)
    assert model.stream_usage is True


def test_configurable_models() -> None:
    chosen: list[Any] = []

    def answer(request: Request) -> Answer:
        chosen.append((request.body["model"], request.body.get("temperature")))
        return Answer.streaming(CHAT)

    @tool
    def look(where: str) -> str:
        """Look there."""
        return where

    with ReplayServer(answer=answer) as server:
        model = init_chat_model(
            "gpt-4o",
            configurable_fields=("model", "temperature"),
            config_prefix="first",
            base_url=f"{server.url}/v1",
            api_key=KEY,
            streaming=True,
        )
        other = {"configurable": {"first_model": "openai:gpt-5-chat", "first_temperature": 0.5}}
        ignored = {"configurable": {"model": "no", "first_api_key": "no"}}
        model.invoke("hi")
        model.invoke("hi", config=other)
        list(model.stream("hi", config=ignored))
        bound = model.bind_tools([look])
        assert bound.invoke("hi", config=other).tool_calls[0]["name"] == "look"
        fixed = model.with_config(configurable={"first_temperature": 1})
        (model | (lambda message: message.content)).invoke("hi")
        fixed.invoke("hi")
        assert model.model_name == "gpt-4o"
        assert [spec.id for spec in model.config_specs] == ["first_model", "first_temperature"]
        assert server.requests[3].body["tools"][0]["function"]["name"] == "look"
        for one in (model, bound, fixed):
            for _, made in one._made:
                getattr(made, "bound", made).root_client.close()
    assert chosen == [
        ("gpt-4o", None),
        ("gpt-5-chat", 0.5),
        ("gpt-4o", None),
        ("gpt-5-chat", 0.5),
        ("gpt-4o", None),
        ("gpt-4o", 1),
    ]


def test_no_key_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"authorization": "secret-header"}
    fields = {"api_key": KEY, "default_headers": secret, "default_query": {"sig": "secret-query"}}
    for cls in (models.ChatOpenAI, models.OpenAI, models.ChatGroq, models.OpenAIEmbeddings):
        model = cls(**fields)
        shown = [repr(model), str(model)]
        if cls is not models.OpenAIEmbeddings:
            shown += [str(model.to_json()), str(model.dict())]
        for text in shown:
            assert KEY not in text
            assert "secret-" not in text


def test_a_key_in_a_message_is_not_told() -> None:
    body = {"error": {"message": f"no such key: {KEY}"}}
    with (
        ReplayServer(answer=lambda _: Answer.whole(body, status=401)) as server,
        closing_model(server) as model,
        pytest.raises(ModelAuthenticationError) as raised,
    ):
        model.invoke("hi")
    assert KEY not in "".join(traceback.format_exception(raised.value))


def test_keys_may_be_functions() -> None:
    async def later() -> str:
        return "second"

    with ReplayServer(CHAT) as server:
        streamed(server, False, api_key=lambda: "first")
        streamed(server, True, api_key=lambda: "first")
        streamed(server, True, api_key=later)
        model = models.ChatOpenAI(api_key=later, base_url=server.url)
        with pytest.raises(ValueError, match="asynchronous function"):
            model.invoke("hi")
    keys = [request.headers["authorization"] for request in server.requests]
    assert keys == ["Bearer first", "Bearer first", "Bearer second"]


def test_missing_key_and_unknown_arguments() -> None:
    with pytest.raises(MissingKeyError, match=r"ChatOpenAI has no key: .* OPENAI_API_KEY"):
        models.ChatOpenAI()
    with pytest.warns(UserWarning, match="no field surprise"):
        model = models.ChatOpenAI(api_key=KEY, surprise=1)
    assert model.model_kwargs == {"surprise": 1}
    with pytest.warns(UserWarning, match="no use for show_progress_bar") as told:
        embeddings = models.OpenAIEmbeddings(api_key=KEY, show_progress_bar=True)
    assert told[0].filename == __file__
    assert embeddings.model_kwargs == {}
    with pytest.raises(ValueError, match="specified explicitly"):
        models.ChatOpenAI(api_key=KEY, model_kwargs={"temperature": 1})
    with pytest.raises(ValueError, match="n must be 1 when streaming"):
        models.ChatOpenAI(api_key=KEY, n=2, streaming=True)
    with pytest.raises(ValueError, match="output_version='v0'"):
        models.ChatOpenAI(api_key=KEY, output_version="v0")


COMPLETION = [
    {"id": "1", "model": "m", "choices": [{"index": 0, "text": text, "finish_reason": ended}]}
    for text, ended in (("one ", None), ("two", "stop"))
]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_text_models_are_the_same(asynchronous: bool) -> None:
    whole = {
        "id": "1",
        "model": "m",
        "choices": [
            {"index": n, "text": f"said {n}", "finish_reason": "stop", "logprobs": None}
            for n in range(2)
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }

    def answer(request: Request) -> Answer:
        streams = request.body.get("stream")
        return Answer.streaming(COMPLETION) if streams else Answer.whole(whole)

    results = []
    for cls in (models.OpenAI, langchain_openai.OpenAI):
        with ReplayServer(answer=answer) as server:
            parts, result = _text_results(server, cls, asynchronous, {"model": "m"})
            # the reference says null where nothing is said
            asked = [
                {name: value for name, value in request.body.items() if value is not None}
                for request in server.requests
            ]
        results.append(
            (
                parts,
                result.llm_output,
                [[(one.text, one.generation_info) for one in each] for each in result.generations],
                asked,
            )
        )
    assert results[0] == results[1]
    assert results[0][0] == ["one ", "two"]


def _text_results(server: Any, cls: Any, asynchronous: bool, fields: Any) -> Any:
    async def ask() -> Any:
        async with aclosing_model(server, cls, **fields) as model:
            parts = [part async for part in model.astream("hi", stop=["x"])]
            return parts, await model.agenerate(["a", "b"])

    if asynchronous:
        return asyncio.run(ask())
    with closing_model(server, cls, **fields) as model:
        return list(model.stream("hi", stop=["x"])), model.generate(["a", "b"])


def vectors_for(request: Request) -> Answer:
    asked = request.body["input"]
    data = [
        {"object": "embedding", "index": n, "embedding": [float(len(one)), 1.0]}
        for n, one in enumerate(asked)
    ]
    return Answer.whole({"object": "list", "data": data[::-1], "model": "m", "usage": {}})


def test_embeddings(asynchronous: bool) -> None:
    async def ask(server: ReplayServer) -> Any:
        async with aclosing_model(server, models.OpenAIEmbeddings, dimensions=2) as model:
            return await model.aembed_documents(["a", "bbb", "cc"], 2), await model.aembed_query(
                "dd"
            )

    with ReplayServer(answer=vectors_for) as server:
        if asynchronous:
            vectors, query = asyncio.run(ask(server))
        else:
            with closing_model(server, models.OpenAIEmbeddings, dimensions=2) as model:
                vectors = model.embed_documents(["a", "bbb", "cc"], 2)
                query = model.embed_query("dd")
    assert vectors == [[1.0, 1.0], [3.0, 1.0], [2.0, 1.0]]
    assert query == [2.0, 1.0]
    assert [request.body["input"] for request in server.requests] == [["a", "bbb"], ["cc"], ["dd"]]
    assert {request.body["dimensions"] for request in server.requests} == {2}


def test_embeddings_that_are_missing() -> None:
    empty = Answer.whole({"object": "list", "data": [], "model": "m", "usage": {}})
    with (
        ReplayServer(answer=lambda _: empty) as server,
        closing_model(server, models.OpenAIEmbeddings) as model,
        pytest.raises(ValueError, match=r"vectors|embedding"),
    ):
        model.embed_query("a")


def test_text_of_many_pieces_is_averaged() -> None:
    from headrace.providers.openai.embeddings import _joined

    joined = _joined(2, [[1, 2, 3], [4], "b"], [0, 0, 1], [[4.0, 0.0], [0.0, 0.0], [7.0, 7.0]])
    assert joined == [[1.0, 0.0], [7.0, 7.0]]


def test_custom_tools() -> None:
    @models.custom_tool(format={"type": "text"})
    def run(query: str) -> str:
        """Run a query."""
        return query.upper()

    @models.custom_tool
    async def wait(query: str) -> str:
        """Wait."""
        return query

    call = {"name": "run", "args": {"__arg1": "select"}, "id": "c", "type": "tool_call"}
    assert run.invoke(call).content == [{"type": "custom_tool_call_output", "output": "SELECT"}]
    assert asyncio.run(wait.ainvoke("a")) == [{"type": "custom_tool_call_output", "output": "a"}]
    model = models.ChatOpenAI(api_key=KEY)
    (described,) = model.bind_tools([run]).kwargs["tools"]
    assert described == {
        "type": "custom",
        "name": "run",
        "description": "Run a query.",
        "format": {"type": "text"},
    }


def test_recordings_become_the_same_message() -> None:
    with ReplayServer(CHAT) as server:
        chunks = streamed(server, False)
    replayed = list(ReplayChatModel.recorded(CHAT).stream("hi"))
    one, other = chunks[0] + chunks[1:], replayed[0] + replayed[1:]
    other.id = one.id
    assert one == other


def test_response_headers() -> None:
    answer = Answer.streaming(CHAT, headers={"x-one": "1"})
    with ReplayServer(answer=lambda _: answer) as server:
        chunks = streamed(server, False, include_response_headers=True)
    assert chunks[0].response_metadata["headers"]["x-one"] == "1"
    assert "headers" not in chunks[1].response_metadata


def test_without_the_sdk_it_says_what_to_install() -> None:
    code = (
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *a: None if name == 'openai' else found(name, *a)\n"
        "import headrace\n"
        "try:\n"
        "    import headrace.providers.openai\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == (
        "headrace.providers.openai needs the package openai: pip install 'headrace[openai]'\n"
    )


def test_modules_are_where_the_reference_has_them() -> None:
    for name in ("chat_models", "embeddings", "llms"):
        there = importlib.import_module(f"langchain_openai.{name}")
        here = importlib.import_module(f"headrace.providers.openai.{name}")
        for found in set(here.__all__) & set(there.__all__):
            assert getattr(here, found) is getattr(models, found)
        assert set(there.__all__) - set(here.__all__) <= {"AzureOpenAIEmbeddings"}


def test_importing_does_not_import_the_sdk() -> None:
    code = "import sys, headrace.providers.openai; print('openai' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
