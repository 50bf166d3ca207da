"""The content of messages as typed blocks: recorded streams, and what is headrace's own."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage as TheirMessage
from langchain_core.messages import AIMessageChunk as TheirChunk
from langchain_core.messages import HumanMessage as TheirHuman

from headrace import compat
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from headrace.messages.block_translators import (
    PROVIDER_TRANSLATORS,
    get_translator,
    register_translator,
)

from .recordings import chunks_of, recordings

PROVIDERS = ("anthropic", "bedrock", "bedrock_converse", "google_genai", "groq", "openai", None)


def of_provider(chunks: list[dict[str, Any]], provider: str | None) -> list[dict[str, Any]]:
    """The chunks as if that provider had sent them: the first says so."""
    chunks = copy.deepcopy(chunks)
    for chunk in chunks:
        chunk.get("response_metadata", {}).pop("model_provider", None)
    if provider:
        chunks[0].setdefault("response_metadata", {})["model_provider"] = provider
    return [*chunks, {"content": [] if chunks[0]["content"] == [] else ""}]


@pytest.mark.parametrize("path", recordings())
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_blocks_after_each_chunk(path: Path, provider: str | None) -> None:
    found = chunks_of(path)
    if not found:
        pytest.skip("the recording has no chunk of a message")
    chunks = of_provider(found[:60] + found[-5:], provider)
    chunks[-1]["chunk_position"] = "last"
    with compat.exact():
        ours, theirs = AIMessageChunk(**copy.deepcopy(chunks[0])), TheirChunk(**chunks[0])
        assert ours.content_blocks == theirs.content_blocks
        for chunk in chunks[1:]:
            ours = ours + AIMessageChunk(**copy.deepcopy(chunk))
            theirs = theirs + TheirChunk(**chunk)
            # The reference changes what it looks at.
            assert ours.content_blocks == copy.deepcopy(theirs).content_blocks


SMALL = [
    {"content": [], "id": "msg_1", "response_metadata": {"model_provider": "anthropic"}},
    {"content": [{"type": "thinking", "thinking": "So", "index": 0}]},
    {"content": [{"type": "thinking", "thinking": ".", "signature": "s", "index": 0}]},
    {"content": [{"type": "text", "text": "I ", "index": 1}]},
    {"content": [{"type": "text", "text": "look.", "index": 1}]},
    {
        "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}, "index": 2}],
        "tool_call_chunks": [{"name": "f", "args": "", "id": "1", "index": 2}],
    },
    {
        "content": [{"type": "input_json_delta", "partial_json": '{"a": 1}', "index": 2}],
        "tool_call_chunks": [{"name": None, "args": '{"a": 1}', "id": None, "index": 2}],
    },
    {"content": [], "chunk_position": "last"},
]


def test_a_stream_becomes_typed_blocks() -> None:
    total = AIMessageChunk(**SMALL[0])
    for chunk in SMALL[1:]:
        total = total + AIMessageChunk(**chunk)
    assert total.content_blocks == [
        {"type": "reasoning", "reasoning": "So.", "index": 0, "extras": {"signature": "s"}},
        {"type": "text", "text": "I look.", "index": 1},
        {"type": "tool_call", "id": "1", "name": "f", "args": {"a": 1}, "index": 2},
    ]


def of_model(provider: str) -> dict[str, Any]:
    return {"response_metadata": {"model_provider": provider}}


def test_reading_changes_nothing() -> None:
    """LangChain before 1.8 took the index out of a block that it does not know."""
    content: list[Any] = [{"type": "redacted_thinking", "data": "x", "index": 0}]
    fields = {"content": content, **of_model("anthropic")}
    ours, theirs = AIMessage(**fields), TheirMessage(**fields)
    first = ours.content_blocks
    assert first == theirs.content_blocks
    assert ours.content_blocks == first
    assert ours.content == [{"type": "redacted_thinking", "data": "x", "index": 0}]


GIVEN = [
    {"type": "tool_call", "id": "1", "name": "f", "args": {"a": 1}, "index": 0},
    {"type": "tool_call", "name": "f", "args": {"a": 1}},
]


@pytest.mark.parametrize("block", GIVEN)
def test_calls_in_given_blocks(block: Any) -> None:
    """They may have an index, and need no id."""
    calls = AIMessage(content_blocks=[block]).tool_calls
    assert [(call["name"], call["args"]) for call in calls] == [("f", {"a": 1})]
    with pytest.raises(TypeError):
        TheirMessage(content_blocks=[block])


ODD = [
    ("anthropic", {"type": "text"}),
    ("openai", {"type": "web_search_call", "status": "completed"}),
    ("openai", {"type": "text", "text": "a", "annotations": [{"type": "url_citation"}]}),
    ("google_genai", {"type": "image_url", "image_url": {"url": ""}}),
    ("google_genai", {"type": "image_url", "image_url": "u"}),
    ("bedrock_converse", {"type": "text"}),
]


@pytest.mark.parametrize(("provider", "block"), ODD)
def test_blocks_that_lack_something_are_kept(provider: str, block: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"content": [block], **of_model(provider)}
    assert AIMessage(**fields).content_blocks == [{"type": "non_standard", "value": block}]
    with pytest.raises((KeyError, AttributeError, ValueError)):
        _ = TheirMessage(**fields).content_blocks


OLDER = [
    (
        {"type": "image", "source_type": "url", "url": "u", "id": "i"},
        {"type": "image", "url": "u", "id": "i"},
    ),
    (
        {"type": "file", "source_type": "text", "text": "a"},
        {"type": "text-plain", "text": "a", "mime_type": "text/plain"},
    ),
    (
        {"type": "image", "source_type": "base64", "data": "x", "mime_type": "m/n", "id": "i"},
        {"type": "image", "base64": "x", "mime_type": "m/n", "id": "i"},
    ),
    ({"type": "non_standard", "value": "x"}, None),
    ({"type": "non_standard"}, None),
]


@pytest.mark.parametrize(("block", "expected"), OLDER)
def test_input_that_the_reference_fails_on(block: dict[str, Any], expected: Any) -> None:
    with pytest.raises((KeyError, AttributeError, TypeError)):
        _ = TheirHuman([block]).content_blocks
    assert HumanMessage([block]).content_blocks == [expected or block]


def test_typed_content_is_given_as_it_is() -> None:
    message = AIMessage(["a", {"type": "x"}], response_metadata={"output_version": "v1"})
    assert message.content_blocks is message.content


def test_translators_of_others() -> None:
    def of_whole(message: AIMessage) -> Any:
        return [{"type": "text", "text": "whole"}]

    def of_chunk(message: AIMessageChunk) -> Any:
        raise NotImplementedError

    assert get_translator("mine") is None
    try:
        register_translator("mine", of_whole, of_chunk)
        beside = of_model("mine")
        assert AIMessage("a", **beside).content_blocks == of_whole(AIMessage("a"))
        # A chunk that its translator leaves alone is read as a whole message.
        part: Any = {"name": "f", "args": "{", "id": "1", "index": 0}
        chunk = AIMessageChunk("", tool_call_chunks=[part], **beside)
        assert [block["type"] for block in chunk.content_blocks] == ["text", "tool_call_chunk"]
        register_translator("mine", of_chunk, of_chunk)  # type: ignore[arg-type]
        assert AIMessage("a", **beside).content_blocks == [{"type": "text", "text": "a"}]
    finally:
        PROVIDER_TRANSLATORS.pop("mine", None)


def test_translators_are_loaded_when_asked_for() -> None:
    program = (
        "import sys; from headrace.messages import AIMessage; m = AIMessage('a')\n"
        "assert not [name for name in sys.modules if 'block_translators' in name]\n"
        "m.content_blocks\n"
        "assert 'headrace.messages.block_translators.openai' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_sum_of_settled_content_shares_nothing() -> None:
    call = {"type": "server_tool_call_chunk", "id": "1", "name": "f", "args": "{", "index": 0}
    typed = {"output_version": "v1"}
    begun = AIMessageChunk([call], response_metadata=typed)
    done = begun + AIMessageChunk([{**call, "id": "1", "name": "", "args": "}"}])
    ended = done + AIMessageChunk([], chunk_position="last")
    settled: Any = ended.content_blocks[0]
    assert (settled["type"], settled["args"]) == ("server_tool_call", {})
    settled["args"]["a"] = 1
    parts: list[BaseMessage] = [begun, done]
    assert [message.content[0]["args"] for message in parts] == ["{", "{}"]  # type: ignore[index]
