"""A secret in any field or argument that can carry one is in nothing that is shown of a model."""

import asyncio
import json
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from tests.replay_server import Answer, ReplayServer, Request

from headrace.caches import InMemoryCache
from headrace.callbacks import BaseCallbackHandler
from headrace.exceptions import ModelError
from headrace.language_models.fake_chat_models import FakeListChatModel
from headrace.load import dumpd, dumps
from headrace.providers import openai as models
from headrace.providers.anthropic import ChatAnthropic
from headrace.providers.chat_models import init_chat_model
from headrace.runnables import ConfigurableField, RunnableLambda
from headrace.utils.secrets import hide_in_url, hide_secrets, is_secret_name

MARK = "S3CRET"

_CHAT = [
    models.ChatOpenAI,
    models.ChatDeepSeek,
    models.ChatFireworks,
    models.ChatGroq,
    models.ChatMistralAI,
    models.ChatOllama,
    models.ChatTogether,
    models.ChatVLLM,
    models.ChatXAI,
    models.AzureChatOpenAI,
    ChatAnthropic,
]
_TEXT = [models.OpenAI, models.AzureOpenAI]
_EMBEDDINGS = [models.OpenAIEmbeddings, models.AzureOpenAIEmbeddings]
_STEP = RunnableLambda(lambda text: text)
_AZURE = (models.AzureChatOpenAI, models.AzureOpenAI, models.AzureOpenAIEmbeddings)


class _Marks:
    """Secrets that can be told from each other."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{MARK}-{self.count:04}"


def _address(mark: _Marks, url: str) -> str:
    return url.replace("://", f"://{mark()}:{mark()}@")


def _fields(cls: Any, url: str) -> dict[str, Any]:
    """A secret in each field that can carry one."""
    mark = _Marks()
    fields: dict[str, Any] = {
        "model": "claude-next" if cls is ChatAnthropic else "gpt-4o",
        "api_key": mark(),
        "max_retries": 0,
        "default_headers": {"Authorization": f"Bearer {mark()}", "X-Auth": mark(), "X-Any": mark()},
        "model_kwargs": {
            "extra_headers": {"X-More": mark()},
            "extra_query": {"sig": mark(), "other": mark()},
        },
    }
    extra_body = {"api_key": mark(), "deep": [{"accessToken": mark(), "url": f"http://{mark()}@x"}]}
    if cls is ChatAnthropic:
        server = {"type": "url", "url": f"https://e.com/?token={mark()}", "name": "e"}
        fields["mcp_servers"] = [{**server, "authorization_token": mark()}]
        fields["model_kwargs"]["extra_body"] = extra_body
        fields["anthropic_proxy"] = None
    else:
        fields["default_query"] = {"api-version": mark(), "sig": mark()}
        if cls in _EMBEDDINGS:
            fields["model_kwargs"]["extra_body"] = extra_body
        else:
            fields["extra_body"] = extra_body
    if cls in _AZURE:
        fields.update(azure_ad_token=mark(), azure_endpoint=_address(mark, url), api_version="1")
    else:
        fields["base_url"] = _address(mark, url)
    if cls in (*_CHAT, *_TEXT):
        fields["metadata"] = {"shown": "yes"}
    return fields


class _Observer(BaseCallbackHandler):
    def __init__(self) -> None:
        self.told: list[str] = []

    def on_chat_model_start(self, serialized: Any, messages: Any, **more: Any) -> None:
        self.told.append(repr((serialized, more)))

    def on_llm_start(self, serialized: Any, prompts: Any, **more: Any) -> None:
        self.told.append(repr((serialized, more)))

    def on_llm_error(self, error: BaseException, **more: Any) -> None:
        self.told.append("".join(traceback.format_exception(error)) + repr(more))


class _Keys(InMemoryCache):
    """A cache that shows what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def lookup(self, prompt: str, llm_string: str) -> Any:
        self.asked += [prompt, llm_string]
        return super().lookup(prompt, llm_string)


def _echo(request: Request) -> Answer:
    """Refuse, and repeat the whole request, as some gateways do."""
    said = f"no: {request.path} {request.headers} {json.dumps(request.body)}"
    return Answer.whole({"error": {"message": said, "type": "authentication_error"}}, status=401)


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with ReplayServer(answer=_echo) as server:
        yield server


def _shown(model: Any) -> dict[str, str]:
    shown = {
        "repr": repr(model),
        "str": str(model),
        "dumps": dumps(model),
        "dumpd": repr(dumpd(model)),
        "dumps of a list": dumps([{"model": model}]),
        "model_dump": repr(model.model_dump()),
        "model_dump_json": model.model_dump_json(exclude={"callbacks", "cache"}),
        "chain": repr(_STEP | RunnableLambda(lambda _: model)),
    }
    if not hasattr(model, "invoke"):
        return shown
    bound = model.bind(extra_headers={"X-Bound": f"{MARK}-bound"}, api_key=f"{MARK}-bound")
    shown |= {
        "dict": repr(model.dict()),
        "to_json": repr(model.to_json()),
        "serialized": repr(model._serialized),
        "bound": repr(bound),
        "with_config": repr(model.with_config(configurable={"api_key": f"{MARK}-config"})),
        "with_retry": repr(bound.with_retry()),
        "chain of it": repr(_STEP | bound) + dumps(_STEP | bound),
        "graph": json.dumps((_STEP | bound).get_graph().to_json()),
    }
    names = ("openai_api_base", "extra_body", "model_kwargs", "default_headers")
    fields = {name: ConfigurableField(name) for name in names if name in type(model).model_fields}
    configurable = model.configurable_fields(**fields)
    shown["configurable"] = repr(configurable) + repr(configurable.config_specs)
    shown["config schema"] = json.dumps(configurable.get_config_jsonschema(), default=repr)
    return shown


def _close(model: Any) -> None:
    client = model._client if isinstance(model, ChatAnthropic) else model.root_client
    client.close()


@pytest.mark.parametrize("cls", [*_CHAT, *_TEXT, *_EMBEDDINGS], ids=lambda cls: cls.__name__)
def test_what_is_shown_of_a_model(cls: Any) -> None:
    fields = _fields(cls, "http://127.0.0.1:9/v1?key=" + MARK)
    model = cls(**fields)
    leaks = {where: text for where, text in _shown(model).items() if MARK in text}
    assert not leaks


@pytest.mark.parametrize(
    ("cls", "field"),
    [(cls, "openai_proxy") for cls in (models.ChatOpenAI, models.OpenAI, models.OpenAIEmbeddings)]
    + [(ChatAnthropic, "anthropic_proxy")],
)
def test_the_password_of_a_proxy(cls: Any, field: str) -> None:
    model = cls(model="gpt-4o", api_key="k", **{field: f"http://{MARK}1:{MARK}2@127.0.0.1:9"})
    assert not {where: text for where, text in _shown(model).items() if MARK in text}
    assert getattr(model, field).startswith(f"http://{MARK}1")


@pytest.mark.parametrize("cls", _EMBEDDINGS, ids=lambda cls: cls.__name__)
def test_errors_of_embeddings(cls: Any, server: ReplayServer) -> None:
    model = cls(**_fields(cls, server.url))
    with pytest.raises(ModelError) as caught:
        model.embed_query("hi", extra_headers={"X-Call": f"{MARK}-call"})
    _close(model)
    assert MARK not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.body)


@pytest.mark.parametrize("cls", [*_CHAT, *_TEXT], ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("way", ["invoke", "stream", "astream_events"])
def test_errors_observers_and_cache_keys(cls: Any, way: str, server: ReplayServer) -> None:
    observer, cache = _Observer(), _Keys()
    model = cls(**_fields(cls, server.url), cache=cache)
    bound = model.bind(extra_headers={"X-Call": f"{MARK}-call"})
    config: Any = {"callbacks": [observer]}
    events: list[Any] = []
    asked = len(server.requests)

    async def stream_events() -> None:
        try:
            async for event in bound.astream_events("hi", config, version="v2"):
                events.append(event)
        finally:
            if isinstance(model, ChatAnthropic):
                await model._async_client.close()
            else:
                await model.root_async_client.close()

    run = {
        "invoke": lambda: bound.invoke("hi", config),
        "stream": lambda: list(bound.stream("hi", config)),
        "astream_events": lambda: asyncio.run(stream_events()),
    }[way]
    with pytest.raises(ModelError) as caught:
        run()
    _close(model)
    assert len(server.requests) > asked
    # The provider has had them.
    assert MARK in repr(server.requests[-1].headers)
    shown = {
        "error": "".join(traceback.format_exception(caught.value)),
        "body": repr(caught.value.body) + repr(caught.value.__cause__.body),
        "observers": "".join(observer.told),
        "events": repr(events),
        "cache": "".join(cache.asked),
    }
    assert not {where: text for where, text in shown.items() if MARK in text}
    assert observer.told
    assert events or way != "astream_events"
    assert cache.asked or way != "invoke"


def test_arguments_of_calls_of_any_model() -> None:
    observer, cache = _Observer(), _Keys()
    model = FakeListChatModel(responses=["a"], cache=cache)
    kwargs = {"extra_headers": {"X": f"{MARK}1"}, "api_key": f"{MARK}2", "temperature": 0.5}
    model.bind(**kwargs).invoke("hi", {"callbacks": [observer]})
    told = "".join(observer.told) + "".join(cache.asked) + repr(model.bind(**kwargs))
    assert MARK not in told
    assert "0.5" in told


def test_a_configurable_model() -> None:
    fields = _fields(models.ChatOpenAI, "http://127.0.0.1:9/v1")
    fields["model"] = "openai:gpt-4o"
    model = init_chat_model(**fields, configurable_fields=["base_url", "api_key", "extra_body"])
    tool = {"type": "mcp", "server_url": f"http://{MARK}@x", "headers": {"a": MARK}}
    shown = [repr(model), repr(model.config_specs), repr(model.bind_tools([tool])), dumps(model)]
    shown += [json.dumps(model.get_config_jsonschema(), default=repr)]
    assert not [text for text in shown if MARK in text]


def test_adapters_to_langchain() -> None:
    langchain_core = pytest.importorskip("langchain_core")
    from langchain_core.load import dumps as their_dumps

    from headrace.langchain import to_langchain

    assert langchain_core
    for cls in (models.ChatOpenAI, ChatAnthropic):
        model = to_langchain(cls(**_fields(cls, "http://127.0.0.1:9/v1")))
        shown = [repr(model), str(model), their_dumps(model), model._get_llm_string()]
        shown += [repr(model.bind(extra_headers={"X": 1})), repr(model._identifying_params)]
        assert not [text for text in shown if MARK in text]


@pytest.mark.parametrize("cls", [*_CHAT, *_TEXT, *_EMBEDDINGS], ids=lambda cls: cls.__name__)
def test_pickles_keep_secrets_on_purpose(cls: Any) -> None:
    model = cls(**_fields(cls, "http://127.0.0.1:9/v1"))
    again = pickle.loads(pickle.dumps(model))
    assert dict(again.default_headers) == dict(model.default_headers)
    url = "azure_endpoint" if cls in _AZURE else "openai_api_base"
    url = "anthropic_api_url" if cls is ChatAnthropic else url
    assert getattr(again, url) == getattr(model, url)
    assert MARK in getattr(again, url)
    assert again.model_copy(update={"max_retries": 1}).default_headers["X-Auth"].startswith(MARK)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example.com/v1?api-version=2", "https://api.example.com/v1?api-version=2"),
        ("https://u:p@example.com:8/v1", "https://**********@example.com:8/v1"),
        ("https://token@example.com", "https://**********@example.com"),
        ("https://e.com/a?x=1&sig=abc#y", "https://e.com/a?x=1&sig=**********#y"),
        ("https://e.com/a?api%5Fkey=abc", "https://e.com/a?api%5Fkey=**********"),
        ("https://e.com/#access_token=abc", "https://e.com/#access_token=**********"),
        ("//u:p@e.com", "//**********@e.com"),
        ("https://e.com/a@b", "https://e.com/a@b"),
        ("", ""),
    ],
)
def test_addresses(url: str, shown: str) -> None:
    assert hide_in_url(url) == shown


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "APIKey", "X-API-Key", "authorization_token", "accessToken", "password"],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "keyboard", "stop_token_ids", "monkey", "prompt_cache_key", "authors", "tokens"],
)
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


def test_schemas_are_shown_whole() -> None:
    schema = {"type": "object", "properties": {"api_key": {"type": "string", "default": "x"}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    params = {"tools": [tool], "response_format": schema, "temperature": 1}
    assert hide_secrets(params) is params
