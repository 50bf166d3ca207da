"""Recorded provider streams become the message that the provider meant."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.messages.recordings import recordings

from headrace.exceptions import ModelStreamError
from headrace.language_models import ReplayChatModel
from headrace.language_models.recorded import chunks_of, events_in
from headrace.messages import message_chunk_to_message

CHAT: list[dict[str, Any]] = [
    {"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"id": "1", "choices": [{"index": 0, "delta": {"reasoning_content": "so"}}]},
    {"id": "1", "choices": [{"index": 0, "delta": {"content": "hi"}}, {"index": 1}]},
    {
        "id": "1",
        "choices": [
            {
                "index": 0,
                "delta": {
                    "tool_calls": [
                        {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a"'}}
                    ]
                },
            }
        ],
    },
    {
        "id": "1",
        "choices": [
            {"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}}
        ],
    },
    {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 4,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    },
]
MESSAGES: list[dict[str, Any]] = [
    {
        "type": "message_start",
        "message": {
            "id": "1",
            "model": "m",
            "usage": {"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 1},
        },
    },
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "c", "name": "f", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"a":1}'},
    },
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "server_tool_use", "id": "s", "name": "search", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"q":1}'},
    },
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use"},
        "usage": {"output_tokens": 4},
    },
    {"type": "message_stop"},
]
RESPONSES: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "1"}},
    {"type": "response.output_text.delta", "output_index": 0, "delta": "hi"},
    {
        "type": "response.output_item.added",
        "output_index": 1,
        "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""},
    },
    {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a":1}'},
    {
        "type": "response.completed",
        "response": {"model": "m", "usage": {"input_tokens": 3, "output_tokens": 4}},
    },
]


@pytest.mark.parametrize(
    "events", [CHAT, MESSAGES, RESPONSES], ids=["chat", "messages", "responses"]
)
def test_each_providers_form(events: Any) -> None:
    model = ReplayChatModel.recorded(events)
    message = model.invoke("")
    assert message.text == "hi"
    (call,) = message.tool_calls
    assert (call["name"], call["args"], call["id"]) == ("f", {"a": 1}, "c")
    usage = message.usage_metadata
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (3, 4, 7)
    assert message.response_metadata["model_name"] == "m"
    assert message.id == "1"
    chunks = list(model.stream(""))
    assert message_chunk_to_message(chunks[0] + chunks[1:]) == message
    assert [chunk.chunk_position for chunk in chunks[-2:]] == [None, "last"]


def test_what_else_a_chat_completion_says() -> None:
    message = ReplayChatModel.recorded(CHAT).invoke("")
    assert message.additional_kwargs == {"reasoning_content": "so"}
    assert message.usage_metadata["input_token_details"] == {"cache_read": 2}
    assert message.usage_metadata["output_token_details"] == {"reasoning": 1}
    assert message.response_metadata["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"message": "overloaded"}},
        {"error": {"message": "overloaded"}},
        {"type": "response.failed", "response": {"error": {"message": "overloaded"}}},
    ],
)
def test_a_reported_error_is_raised(event: Any) -> None:
    with pytest.raises(ModelStreamError, match="overloaded"):
        ReplayChatModel.recorded([*CHAT[:3], event])


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    lines = [f"data: {json.dumps(event)}" for event in CHAT]
    path.write_text("\n\n".join(["event: x", *lines, "data: [DONE]"]))
    assert events_in(path) == CHAT
    assert ReplayChatModel.recorded(path, delay=0).invoke("").text == "hi"
    path.write_text("data: {}\ndata: {")
    with pytest.raises(ValueError, match="line 2: no JSON"):
        events_in(path)
    path.write_text("[1]")
    with pytest.raises(ValueError, match="line 1: no event"):
        events_in(path)
    with pytest.raises(ValueError, match="says nothing"):
        ReplayChatModel.recorded([])


@pytest.mark.parametrize("path", recordings())
def test_real_recordings(path: Path) -> None:
    events = events_in(path)
    if "error" in path.stem:
        with pytest.raises(ModelStreamError, match="quota"):
            list(chunks_of(events))
        return
    chunks = list(chunks_of(events))
    total = chunks[0] + chunks[1:]
    assert total.text or total.tool_calls or "custom" in path.stem
    assert total.usage_metadata is not None
    assert total.usage_metadata["output_tokens"] > 0
    assert ReplayChatModel.recorded(path).invoke("") == message_chunk_to_message(total)
