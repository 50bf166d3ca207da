"""Tokens are counted as the reference counts them, with tables of tiktoken's kind."""

import warnings
from typing import Any

import langchain_core.messages as their_messages
import langchain_openai
import pytest
import tiktoken
from tests.providers.openai.kit import KEY

import headrace.messages as our_messages
from headrace.messages import trim_messages
from headrace.providers import openai as models

BYTES = tiktoken.Encoding(
    name="bytes",
    pat_str=r"[\s\S]",
    mergeable_ranks={bytes([byte]): byte for byte in range(256)},
    special_tokens={"<|end|>": 256},
)
"""Each byte is a token: the real tables would be fetched from the network."""

MODELS = ("gpt-4o", "gpt-3.5-turbo", "gpt-3.5-turbo-0301", "gpt-5-new", "gpt-4.1-new", "o1-new")


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def for_model(name: str) -> Any:
        asked.append(name)
        if name.endswith("-new"):
            raise KeyError(name)
        return BYTES

    def by_name(name: str) -> Any:
        asked.append(name)
        return BYTES

    monkeypatch.setattr(tiktoken, "encoding_for_model", for_model)
    monkeypatch.setattr(tiktoken, "get_encoding", by_name)
    return asked


def conversation(m: Any) -> list[Any]:
    call = {"name": "look", "args": {"at": "ü"}, "id": "call_1", "type": "tool_call"}
    image = {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}}
    older = {"function_call": {"name": "look", "arguments": "{}"}}
    return [
        m.SystemMessage("be brief"),
        m.HumanMessage("hello 🐍", name="ann"),
        m.HumanMessage(["well", {"type": "text", "text": "look"}, image]),
        m.AIMessage("", tool_calls=[call]),
        m.ToolMessage("nothing", tool_call_id="call_1"),
        m.AIMessage("so", additional_kwargs=older),
        m.HumanMessage(""),
    ]


@pytest.mark.parametrize("name", MODELS)
def test_messages(name: str, tables: list[str]) -> None:
    ours = models.ChatOpenAI(model=name, api_key=KEY)
    theirs = langchain_openai.ChatOpenAI(model=name, api_key=KEY)
    for end in range(len(conversation(our_messages)) + 1):
        if "0301" in name and end == 6:
            continue
        counted = ours.get_num_tokens_from_messages(conversation(our_messages)[:end])
        assert counted == theirs.get_num_tokens_from_messages(conversation(their_messages)[:end])
    if name.endswith("-new"):
        assert tables[-1] == ("cl100k_base" if name.startswith("o1") else "o200k_base")


@pytest.mark.parametrize("cls", ["ChatOpenAI", "OpenAI"])
def test_texts(cls: str, tables: list[str]) -> None:
    for library in (models, langchain_openai):
        model = getattr(library, cls)(api_key=KEY, tiktoken_model_name="gpt-like")
        assert model.get_token_ids("aü") == [97, 195, 188]
        assert model.get_num_tokens("aü") == 3
        assert tables[-1] == "gpt-like"


def test_a_function_of_ones_own_counts() -> None:
    model = models.ChatOpenAI(api_key=KEY, custom_get_token_ids=lambda text: [1] * len(text))
    assert model.get_num_tokens_from_messages([our_messages.HumanMessage("abc")]) == 13


def test_what_cannot_be_counted_is_told() -> None:
    model = models.ChatOpenAI(api_key=KEY)
    image = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
    with pytest.warns(UserWarning, match="'image_url' cannot be counted"):
        assert model.get_num_tokens_from_messages([our_messages.HumanMessage([image])]) == 10
    with pytest.warns(UserWarning, match="tools cannot be counted"):
        assert model.get_num_tokens_from_messages([], tools=[]) == 3


def test_a_model_trims_messages() -> None:
    model = models.ChatOpenAI(model="gpt-4o", api_key=KEY)
    said = [our_messages.HumanMessage("a" * size) for size in (50, 5, 5)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = trim_messages(said, max_tokens=30, token_counter=model)
    assert kept == said[1:]


def test_without_tiktoken_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tiktoken", None)
    with pytest.raises(ImportError, match="pip install tiktoken"):
        models.ChatOpenAI(api_key=KEY).get_num_tokens("a")
