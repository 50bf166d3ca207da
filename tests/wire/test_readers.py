"""All readers of a stream see the same: models, `follow`, recordings and the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.following.streams import CHAT, MESSAGES, RESPONSES, followed
from tests.messages.recordings import recordings
from tests.replay_server import Answer, ReplayServer

from headrace.cli import main
from headrace.exceptions import ModelError, ModelStreamError
from headrace.language_models import ReplayChatModel
from headrace.language_models.recorded import events_in
from headrace.messages import AIMessage
from headrace.providers.anthropic import ChatAnthropic
from headrace.providers.openai import ChatOpenAI

Event = dict[str, Any]


def chat(delta: Event | None = None, finish: str | None = None, **choice: Any) -> Event:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish, **choice}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }


def piece(arguments: Any, name: str | None = None, **fields: Any) -> Event:
    return chat({"tool_calls": [{**fields, "function": {"name": name, "arguments": arguments}}]})


END = chat({}, "tool_calls")
START = {
    "type": "message_start",
    "message": {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 1},
    },
}


def messages(*events: Event) -> list[Event]:
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    usage = {"input_tokens": 0, "output_tokens": 5}
    end = {"type": "message_delta", "delta": delta, "usage": usage}
    return [START, *events, end, {"type": "message_stop"}]


def responses(*events: Event) -> list[Event]:
    response = {
        "id": "r1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    return [
        {"type": "response.created", "sequence_number": 0, "response": response},
        *({"output_index": 0, "sequence_number": 1, **event} for event in events),
        {
            "type": "response.completed",
            "sequence_number": 9,
            "response": {**response, "status": "completed"},
        },
    ]


ITEM = {"id": "i1", "type": "function_call", "call_id": "a", "name": "f", "arguments": ""}
DONE = {"type": "response.output_item.done", "item": {**ITEM, "arguments": '{"x": 1}'}}
ADDED = {"type": "response.output_item.added", "item": ITEM}
DELTA = {
    "type": "response.function_call_arguments.delta",
    "item_id": "i1",
    "delta": '{"x": 1}',
}
ONE = [("f", {"x": 1})]
TWO = [("f", {"x": 1}), ("f", {"x": 2})]
TOOL = {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}
ODD: dict[str, tuple[list[Event], str, list[Any]]] = {
    "the-name-null": (
        [piece('{"x":', "f", index=0, id="a"), piece(" 1}", "null", index=0, id=""), END],
        "",
        ONE,
    ),
    "an-id-and-index-for-each-piece": (
        [
            piece("", "f", index=0, id="a"),
            piece('{"x"', "", index=1, id="b"),
            piece(": 1}", "", index=2, id="c"),
            END,
        ],
        "",
        ONE,
    ),
    "one-index-for-all-calls": (
        [piece('{"x": 1}', "f", index=0, id="a"), piece('{"x": 2}', "f", index=0, id="b"), END],
        "",
        TWO,
    ),
    "no-index": ([piece('{"x": 1}', "f", id="a"), piece('{"x": 2}', "f", id="b"), END], "", TWO),
    "no-index-and-pieces": (
        [piece('{"x":', "f", id="a"), piece(" 1}"), piece('{"x": 2}', "f", id="b"), END],
        "",
        TWO,
    ),
    "arguments-as-an-object": ([piece({"x": 1}, "f", index=0, id="a"), END], "", ONE),
    "a-choice-without-index": (
        [chat({"content": "[1"}, index=None), chat({"content": "]"}, "stop", index=None)],
        "[1]",
        [],
    ),
    "input-at-start-and-in-deltas": (
        messages(
            {"type": "content_block_start", "index": 0, "content_block": TOOL},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": '{"x": 1}'},
            },
            {"type": "content_block_stop", "index": 0},
        ),
        "",
        ONE,
    ),
    "input-at-start-alone": (
        messages(
            {"type": "content_block_start", "index": 0, "content_block": TOOL},
            {"type": "content_block_stop", "index": 0},
        ),
        "",
        ONE,
    ),
    "arguments-at-the-end-alone": (responses(ADDED, DONE), "", ONE),
    "an-item-that-only-ends": (responses(DONE), "", ONE),
    "deltas-before-their-item": (responses(DELTA, ADDED, DONE), "", ONE),
    "text-at-the-end-alone": (
        responses(
            {
                "type": "response.output_text.done",
                "item_id": "i1",
                "content_index": 0,
                "text": "[1]",
                "logprobs": [],
            }
        ),
        "[1]",
        [],
    ),
}


def ask(events: list[Event]) -> AIMessage:
    """Stream the events from a server through the provider's model."""
    with ReplayServer(events) as server:
        kind = str(events[0].get("type") or "")
        if kind.startswith("message"):
            model: Any = ChatAnthropic(
                model="m", api_key="k", base_url=server.url, max_retries=0, max_tokens=9
            )
        else:
            model = ChatOpenAI(
                model="m",
                api_key="k",
                base_url=server.url,
                max_retries=0,
                use_responses_api=kind.startswith("response"),
            )
        total: Any = None
        for chunk in model.stream("hi"):
            total = chunk if total is None else total + chunk
        client = model._client if isinstance(model, ChatAnthropic) else model.root_client
        client.close()
        return total


def test_a_web_page_as_a_whole_answer() -> None:
    page = Answer([b"<html>Welcome</html>"], content_type="text/html")
    with ReplayServer(answer=lambda _: page) as server:
        model = ChatAnthropic(model="m", api_key="k", base_url=server.url, max_tokens=9)
        with pytest.raises(ModelStreamError, match=r"127\.0\.0\.1.* web page .*Welcome"):
            model.invoke("hi")
        model._client.close()


def test_an_error_in_a_stream_does_not_show_the_key() -> None:
    key = "sk-secret-4711"
    lines = [f"data: not JSON, {key}\n\n".encode()]
    with ReplayServer(answer=lambda _: Answer(lines)) as server:
        model = ChatOpenAI(model="m", api_key=key, base_url=server.url, max_retries=0)
        with pytest.raises(ModelStreamError, match="not JSON") as caught:
            list(model.stream("hi"))
        model.root_client.close()
    assert key not in str(caught.value)


def test_several_messages_in_one_stream() -> None:
    def said(index: int, text: str) -> list[Event]:
        start = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": text}
        return [
            {"type": "content_block_start", "index": index, "content_block": start},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]

    call = {"type": "server_tool_use", "id": "s", "name": "code_execution", "input": {}}
    used = [
        {"type": "content_block_start", "index": 1, "content_block": call},
        {"type": "content_block_stop", "index": 1},
    ]
    events = [*messages(*said(0, "One."), *used), *messages(*said(0, "Two."), *said(1, "Three."))]
    for message in (ask(events), ReplayChatModel.recorded(events).invoke("")):
        assert message.text == "One.Two.Three."
        assert message.usage_metadata is not None
        assert message.usage_metadata["output_tokens"] == 10
    replayed = ReplayChatModel.recorded(events).invoke("").content
    assert isinstance(replayed, list)
    kinds = [block["type"] for block in replayed if isinstance(block, dict)]
    assert kinds == ["text", "server_tool_use", "text", "text"]
    answer = _follow(events)
    assert answer.text == "One.Two.Three."
    assert answer.usage_metadata["output_tokens"] == 10


def test_old_names_of_live_answers() -> None:
    answer = _follow(CHAT)
    for old, name in (("say", "text"), ("reason", "reasoning"), ("refuse", "refusal")):
        with pytest.warns(DeprecationWarning, match=f"add_{name}"):
            getattr(answer, old)("!")
        assert getattr(answer, name).endswith("!")


def documents(events: list[Event], path: Path, capfd: Any) -> list[Any]:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    main(["json", str(path), "--final"])
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.mark.parametrize("name", ODD)
def test_odd_streams(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events, text, calls = ODD[name]
    for message in (ask(events), ReplayChatModel.recorded(events).invoke("")):
        assert message.text == text
        assert [(call["name"], call["args"]) for call in message.tool_calls] == calls
        assert message.invalid_tool_calls == []
        assert message.tool_calls == [] or message.tool_calls[0]["id"] == "a"
    with followed(events) as following:
        answer = following.until_done()
    assert answer.text == text
    assert [(call.name, call.arguments) for call in answer.tool_calls] == calls
    expected = [arguments for _, arguments in calls] or [json.loads(text)]
    assert documents(events, tmp_path / "events", capfd) == expected


@pytest.mark.parametrize(
    "events", [CHAT, MESSAGES, RESPONSES], ids=["chat", "messages", "responses"]
)
def test_ordinary_streams(events: list[Event]) -> None:
    message, replayed = ask(events), ReplayChatModel.recorded(events).invoke("")
    with followed(events) as following:
        answer = following.until_done()
    assert message.text == replayed.text == answer.text
    assert message.usage_metadata == replayed.usage_metadata == answer.usage_metadata
    assert message.tool_calls == replayed.tool_calls


@pytest.mark.parametrize("path", recordings())
def test_recordings(path: Path) -> None:
    events = events_in(path)
    if events[0].get("object") == "text_completion":
        pytest.skip("chat models and follow() do not read text completions")
    readers: list[Callable[[], Any]] = [
        lambda: ask(events),
        lambda: ReplayChatModel.recorded(events).invoke(""),
        lambda: _follow(events),
    ]
    if "error" in path.stem:
        for read in readers:
            with pytest.raises((ModelError, openai.APIError), match="quota"):
                read()
        return
    message, replayed, answer = (read() for read in readers)
    assert message.text == replayed.text == answer.text
    assert message.usage_metadata == replayed.usage_metadata == answer.usage_metadata
    called = [(call["id"], call["name"]) for call in message.tool_calls]
    assert called == [(call["id"], call["name"]) for call in replayed.tool_calls]
    assert set(called) <= {(call.id, call.name) for call in answer.tool_calls}


def _follow(events: list[Event]) -> Any:
    with followed(events) as following:
        return following.until_done()
