"""Models that Azure serves: what they ask, and what is told of them, is the reference's."""

import warnings
from typing import Any

import langchain_core.callbacks as their_callbacks
import langchain_openai
import pytest
from pydantic import BaseModel
from tests.providers.openai.kit import CHAT, KEY, closing_model, streamed
from tests.replay_server import Answer, ReplayServer, Request

import headrace.callbacks as our_callbacks
from headrace.exceptions import MissingKeyError
from headrace.providers import openai as models

SHOWN = ("api-key", "authorization", "x-more")
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-there",
    "prompt_filter_results": [{"prompt_index": 0}],
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "content_filter_results": {"hate": {"filtered": False}},
            "message": {"role": "assistant", "content": '{"city":"Ulm"}'},
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
COMPLETION = {
    "id": "c",
    "object": "text_completion",
    "created": 1,
    "model": "there",
    "choices": [{"index": 0, "text": "yes", "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
VECTORS = {"object": "list", "model": "e", "data": [{"index": 0, "embedding": [0.5, 1.0]}]}


class City(BaseModel):
    """Where."""

    city: str


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    for name in ("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def answer(request: Request) -> Answer:
    if "embeddings" in request.path:
        return Answer.whole(VECTORS)
    return Answer.whole(WHOLE if "chat" in request.path else COMPLETION)


def watching(callbacks: Any) -> Any:
    class Watch(callbacks.BaseCallbackHandler):  # type: ignore[misc]
        def __init__(self) -> None:
            self.heard: list[Any] = []

        def on_chat_model_start(self, serialized: Any, messages: Any, **about: Any) -> None:
            told = {k: v for k, v in about["metadata"].items() if k.startswith("ls_")}
            self.heard.append((about["invocation_params"], told))

        on_llm_start = on_chat_model_start

    return Watch()


def asked(cls: Any, callbacks: Any, act: Any, **fields: Any) -> Any:
    """What is asked, what is answered and what observers are told."""
    watch = watching(callbacks)
    with ReplayServer(answer=answer) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = {"azure_endpoint": server.url, "max_retries": 0, **fields}
        found = act(cls(**given), {"callbacks": [watch]})
        requests = [
            (one.path, one.body, {k: v for k, v in one.headers.items() if k in SHOWN})
            for one in server.requests
        ]
    return requests, found, watch.heard


def invoked(model: Any, config: Any) -> Any:
    message = model.invoke("hi", config)
    return message.content, message.response_metadata, message.usage_metadata


def structured(method: str) -> Any:
    def act(model: Any, config: Any) -> Any:
        chain = model.with_structured_output(City, method=method, include_raw=True)
        found = chain.invoke("hi", config)
        # the form in which they are given is no part of this
        return found["raw"].content, found["parsed"] is not None

    return act


FIELDS: dict[str, dict[str, Any]] = {
    "deployment": {"azure_deployment": "mine"},
    "deployment by its other name": {"deployment_name": "mine"},
    "model": {"model": "gpt-4o"},
    "model and deployment": {"model": "gpt-4", "azure_deployment": "mine"},
    "version of the model": {"model": "gpt-4", "model_version": "0613"},
    "version of no model": {"azure_deployment": "mine", "model_version": "0613"},
    "version": {"azure_deployment": "mine", "api_version": "2025-01-01"},
    "token": {"azure_deployment": "mine", "azure_ad_token": "a-token"},
    "token provider": {"azure_deployment": "mine", "azure_ad_token_provider": lambda: "given"},
    "kind": {"azure_deployment": "mine", "openai_api_type": "azure"},
    "settings": {"model": "o1", "azure_deployment": "mine", "max_tokens": 7, "stop": ["x"]},
    "headers": {"azure_deployment": "mine", "default_headers": {"x-more": "1"}},
}
ACTS: dict[str, Any] = {
    "invoke": invoked,
    "json_schema": structured("json_schema"),
    "function_calling": structured("function_calling"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("fields", FIELDS)
def test_chat_models_are_the_same(fields: str, act: str) -> None:
    ours, theirs = (
        asked(cls, callbacks, ACTS[act], **FIELDS[fields])
        for cls, callbacks in (
            (models.AzureChatOpenAI, our_callbacks),
            (langchain_openai.AzureChatOpenAI, their_callbacks),
        )
    )
    assert ours[:2] == theirs[:2]
    if act == "invoke":
        assert ours[2] == theirs[2]


@pytest.mark.parametrize("cls", ["AzureOpenAI", "AzureOpenAIEmbeddings"])
@pytest.mark.parametrize(
    "fields", ["deployment", "model and deployment", "token", "token provider", "headers"]
)
def test_other_models_are_the_same(cls: str, fields: str) -> None:
    def act(model: Any, config: Any) -> Any:
        return model.embed_query("hi") if "Emb" in cls else model.invoke("hi", config)

    # the reference would fetch tables to count tokens with
    uncounted = {"check_embedding_ctx_length": False} if "Emb" in cls else {}
    (ours, said, heard), (theirs, also_said, also_heard) = (
        asked(getattr(library, cls), callbacks, act, **FIELDS[fields], **uncounted)
        for library, callbacks in (
            (models, our_callbacks),
            (langchain_openai, their_callbacks),
        )
    )
    # what was not set is left out, where the reference says that it is null
    assert ours == [
        (path, {k: v for k, v in body.items() if v is not None}, headers)
        for path, body, headers in theirs
    ]
    assert said == also_said
    assert heard == also_heard


def test_deployments_of_embeddings() -> None:
    embeddings = models.AzureOpenAIEmbeddings(azure_endpoint="https://x", deployment="mine")
    assert (embeddings.deployment_name, embeddings.deployment) == ("mine", "mine")
    assert embeddings.chunk_size == 2048


@pytest.mark.parametrize("asynchronous", [False, True])
def test_streams(asynchronous: bool) -> None:
    with ReplayServer(CHAT) as server:
        fields = {"base_url": None, "azure_endpoint": server.url, "azure_deployment": "mine"}
        tokens = {"azure_ad_token_provider": lambda: "a-token"}
        chunks = streamed(server, asynchronous, cls=models.AzureChatOpenAI, **fields, **tokens)
        (request,) = server.requests
    assert request.path == "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    assert request.headers["authorization"] == "Bearer a-token"
    assert request.body["stream_options"] == {"include_usage": True}
    assert chunks[1].response_metadata == {"model_provider": "openai"}


@pytest.mark.parametrize("cls", [models.AzureChatOpenAI, langchain_openai.AzureChatOpenAI])
def test_an_answer_that_was_filtered_is_an_error(cls: Any) -> None:
    filtered = {**WHOLE["choices"][0], "finish_reason": "content_filter"}  # type: ignore[index]
    whole = {**WHOLE, "choices": [filtered]}
    with (
        ReplayServer(answer=lambda _: Answer.whole(whole)) as server,
        closing_model(
            server, cls, base_url=None, azure_endpoint=server.url, azure_deployment="mine"
        ) as model,
        pytest.raises(ValueError, match="Azure has not provided the response"),
    ):
        model.invoke("hi")


@pytest.mark.parametrize("cls", [models.AzureChatOpenAI, langchain_openai.AzureChatOpenAI])
def test_addresses(cls: Any) -> None:
    with pytest.raises(ValueError, match="azure_endpoint"):
        cls(base_url="https://x.openai.azure.com")
    with pytest.raises(ValueError, match="azure_deployment"):
        cls(base_url="https://x/openai", azure_deployment="mine")
    model = cls(base_url="https://x/openai/deployments/mine")
    assert str(model.root_client.base_url) == "https://x/openai/deployments/mine/"
    assert cls(base_url="https://x", validate_base_url=False).openai_api_base == "https://x"


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="AZURE_OPENAI_API_KEY"):
        models.AzureChatOpenAI(azure_endpoint="https://x")
