"""What goes back to a server: what it requires, and nothing that it does not know."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.providers.openai.kit import CHAT, call, closing_model, delta
from tests.replay_server import Answer, ReplayServer

from headrace.compat import exact
from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessage, HumanMessage, ToolMessage
from headrace.providers import openai as models
from headrace.providers.anthropic import ChatAnthropic

SIGNED = {"google": {"thought_signature": "EjQK"}}
SIGNED_CALLS = [
    delta(tool_calls=[call('{"a"', id="c1", name="f", extra_content=SIGNED)]),
    # Servers repeat the field with each piece.
    delta(tool_calls=[call(": 1}", extra_content=SIGNED)]),
    delta(tool_calls=[{**call("{}", id="c2", name="g"), "index": 1}]),
    delta(ended="tool_calls"),
]


WHOLE = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"a": 1}'},
                        "extra_content": SIGNED,
                    },
                    {
                        "id": "c2",
                        "type": "function",
                        "function": {"name": "g", "arguments": "{}"},
                    },
                ],
            },
        }
    ],
}


def sum_of(chunks: Any) -> Any:
    first, *rest = chunks
    return first + rest


def streamed_answer() -> Any:
    with ReplayServer(SIGNED_CALLS) as server, closing_model(server) as model:
        return sum_of(model.stream("hi"))


def whole_answer() -> Any:
    answer = Answer.whole(WHOLE)
    with ReplayServer(answer=lambda _: answer) as server, closing_model(server) as model:
        return model.invoke("hi")


def replayed_answer() -> Any:
    return sum_of(ReplayChatModel.recorded(SIGNED_CALLS).stream("hi"))


READERS = [streamed_answer, whole_answer, replayed_answer]


@pytest.mark.parametrize("read", READERS)
def test_fields_of_calls_go_back(read: Callable[[], Any]) -> None:
    message = read()
    assert message.additional_kwargs["tool_call_fields"] == {"c1": {"extra_content": SIGNED}}
    model = models.ChatOpenAI(model="m", api_key="k")  # type: ignore[call-arg, arg-type]
    first, second = model._get_request_payload([message])["messages"][0]["tool_calls"]
    assert first["extra_content"] == SIGNED
    assert "extra_content" not in second
    other = models.ChatMistralAI(model="m", api_key="k")  # type: ignore[call-arg, arg-type]
    message.response_metadata["model_provider"] = "openai"
    for each in other._get_request_payload([message])["messages"][0]["tool_calls"]:
        assert set(each) == {"id", "type", "function"}


@pytest.mark.parametrize("read", READERS)
def test_exact_answers_lack_the_fields(read: Callable[[], Any]) -> None:
    with exact():
        assert "tool_call_fields" not in read().additional_kwargs


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ChatDeepSeek", "reasoning_content"),
        ("ChatFireworks", "reasoning_content"),
        ("ChatGroq", "reasoning"),
        ("ChatOllama", "reasoning"),
        ("ChatVLLM", "reasoning"),
        ("ChatMistralAI", None),
        ("ChatTogether", None),
        ("ChatXAI", None),
        ("ChatOpenAI", None),
    ],
)
def test_reasoning_goes_back_with_calls(name: str, field: str | None) -> None:
    events = [delta(reasoning_content="I need "), delta(reasoning_content="it."), *SIGNED_CALLS]
    cls = getattr(models, name)
    with ReplayServer(events) as server, closing_model(server, cls) as model:
        message = sum_of(model.stream("hi"))
        list(model.stream([HumanMessage("hi"), message, ToolMessage("1", tool_call_id="c1")]))
        sent = server.requests[-1].body["messages"][1]
    reasoning = {key: sent[key] for key in ("reasoning", "reasoning_content") if key in sent}
    assert reasoning == ({} if field is None else {field: "I need it."})


def test_reasoning_of_an_answer_without_calls_stays() -> None:
    with ReplayServer(CHAT) as server, closing_model(server, models.ChatDeepSeek) as model:
        message = AIMessage("4", additional_kwargs={"reasoning_content": "2 + 2"})
        list(model.stream([HumanMessage("hi"), message, HumanMessage("And?")]))
        assert server.requests[-1].body["messages"][1] == {"role": "assistant", "content": "4"}


OF_CLAUDE = [
    {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "xx"},
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
    {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []},
    {"type": "text", "text": "hi", "citations": []},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {"n": 1}},
]
OF_OPENAI = [
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "xx"},
    {"type": "text", "text": "hi", "annotations": [], "id": "msg_1"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    {"type": "function_call", "id": "fc_1", "call_id": "t1", "name": "f", "arguments": "{}"},
]
OF_MISTRAL = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
    {"type": "text", "text": "hi"},
    {"type": "reference", "reference_ids": [1]},
]


def answer_of(provider: str, content: list[Any]) -> AIMessage:
    calls = [{"name": "f", "args": {"n": 1}, "id": "t1", "type": "tool_call"}]
    return AIMessage(content, tool_calls=calls, response_metadata={"model_provider": provider})


@pytest.mark.parametrize("name", ["ChatOpenAI", "ChatMistralAI", "ChatDeepSeek"])
@pytest.mark.parametrize("content", [OF_CLAUDE, OF_OPENAI])
def test_blocks_of_other_providers_are_left_out_of_chat(name: str, content: list[Any]) -> None:
    provider = "anthropic" if content is OF_CLAUDE else "another"
    model = getattr(models, name)(model="m", api_key="k")
    (sent,) = model._get_request_payload([answer_of(provider, content)])["messages"]
    assert sent["content"] == [{"type": "text", "text": "hi"}]
    assert json.loads(sent["tool_calls"][0]["function"]["arguments"]) == {"n": 1}


def test_blocks_of_other_providers_are_left_out_of_responses() -> None:
    model = models.ChatOpenAI(model="m", api_key="k", use_responses_api=True)  # type: ignore[call-arg, arg-type]
    sent = model._get_request_payload([answer_of("anthropic", OF_CLAUDE)])["input"]
    assert [item["type"] for item in sent] == ["message", "function_call"]


@pytest.mark.parametrize("content", [OF_OPENAI, OF_MISTRAL])
def test_blocks_of_other_providers_are_left_out_of_claude(content: list[Any]) -> None:
    model = ChatAnthropic(model="m", api_key="k", max_tokens=9)  # type: ignore[call-arg, arg-type]
    provider = "openai" if content is OF_OPENAI else "mistralai"
    (sent,) = model._get_request_payload([answer_of(provider, content)])["messages"]
    assert [block["type"] for block in sent["content"]] == ["text", "tool_use"]


def test_a_server_gets_its_own_blocks_back() -> None:
    model = models.ChatMistralAI(model="m", api_key="k")  # type: ignore[call-arg, arg-type]
    numbered = [{**block, "index": i} for i, block in enumerate(OF_MISTRAL)]
    (sent,) = model._get_request_payload([answer_of("mistralai", numbered)])["messages"]
    assert sent["content"] == OF_MISTRAL


def test_blocks_of_an_unknown_origin_are_kept() -> None:
    model = models.ChatOpenAI(model="m", api_key="k")  # type: ignore[call-arg, arg-type]
    (sent,) = model._get_request_payload([AIMessage([{"type": "own", "x": 1}])])["messages"]
    assert sent["content"] == [{"type": "own", "x": 1}]
