"""Messages, documents, generations and prompt values cross whole, and come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core import documents, messages, outputs, prompt_values
from langchain_core.runnables.utils import AddableDict

import headrace
from headrace.langchain.values import value_from_langchain, value_to_langchain

PART = {"name": "f", "args": '{"a": 1', "id": "1", "index": 0, "type": "tool_call_chunk"}
CALL = {"name": "f", "args": {"a": [1]}, "id": "1", "type": "tool_call"}
BAD = {"name": "f", "args": "{", "id": "2", "error": "no", "type": "invalid_tool_call"}
USAGE = {
    "input_tokens": 1,
    "output_tokens": 2,
    "total_tokens": 3,
    "input_token_details": {"cache_read": 1},
}


class Theirs(messages.AIMessage):
    """A class of a user's."""

    mood: str = "good"


VALUES = [
    messages.AIMessage("hi", name="bob", id="7", response_metadata={"a": {"b": 1}}, other="x"),
    messages.AIMessage(
        [{"type": "text", "text": "q"}, "plain", {"type": "image", "url": "u"}],
        tool_calls=[CALL],
        invalid_tool_calls=[BAD],
        usage_metadata=USAGE,
        additional_kwargs={"reasoning": "r"},
    ),
    messages.AIMessageChunk(content="a", tool_call_chunks=[PART], usage_metadata=USAGE, id="x"),
    messages.AIMessageChunk(content="", chunk_position="last", tool_call_chunks=[PART]),
    messages.AIMessageChunk(content=[{"type": "text", "text": "q", "index": 0}]),
    messages.HumanMessage("hi", id="3"),
    messages.HumanMessageChunk(content="hi"),
    messages.SystemMessage("be brief"),
    messages.ToolMessage(
        "x", tool_call_id="1", artifact=[documents.Document("d")], status="error", name="f"
    ),
    messages.ChatMessage(content="x", role="critic"),
    messages.FunctionMessage(content="x", name="f"),
    messages.RemoveMessage(id="3"),
    documents.Document("text", id="d1", metadata={"page": 3}),
    documents.base.Blob(data=b"x", mimetype="text/plain"),
    prompt_values.StringPromptValue(text="t"),
    prompt_values.ChatPromptValue(messages=[messages.HumanMessage("hi")]),
    prompt_values.ImagePromptValue(image_url={"url": "u", "detail": "low"}),
    outputs.Generation(text="t", generation_info={"finish": "stop"}),
    outputs.GenerationChunk(text="t"),
    outputs.ChatGenerationChunk(message=messages.AIMessageChunk(content="a")),
    outputs.ChatResult(
        generations=[outputs.ChatGeneration(message=messages.AIMessage("a"))], llm_output={"m": 1}
    ),
    outputs.LLMResult(
        generations=[[outputs.ChatGeneration(message=messages.AIMessage("a"))]], llm_output={}
    ),
    AddableDict(a=messages.HumanMessage("hi"), b=1),
    {"list": [messages.HumanMessage("hi")], "tuple": (documents.Document("d"), 1), "n": None},
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_there_and_back(value):
    here = value_from_langchain(value)
    if not isinstance(value, dict):
        assert type(here).__module__.startswith("headrace.")
        assert type(here).__name__ == type(value).__name__
        if not type(value).__module__.startswith("langchain_core.outputs"):
            # of messages in generations LangChain's dump has only what all messages have
            assert here.model_dump() == value.model_dump()
    back = value_to_langchain(here)
    assert type(back) is type(value)
    assert back == value
    assert isinstance(value, documents.base.Blob) or repr(back) == repr(value)


def test_a_class_of_a_user_becomes_the_class_it_derives_from():
    here = value_from_langchain(Theirs("hi", mood="bad"))
    assert type(here) is headrace.messages.AIMessage
    assert here.mood == "bad"
    assert value_to_langchain(here).mood == "bad"


def test_what_holds_nothing_to_convert_is_passed_on_as_it_is():
    for value in ({"a": [1, {"b": (2,)}]}, [1, "x"], object(), "text", 3, None, {1, 2}):
        assert value_from_langchain(value) is value
        assert value_to_langchain(value) is value


def test_nothing_is_shared_that_somebody_may_change():
    theirs = messages.AIMessage("a", tool_calls=[CALL], response_metadata={"k": 1})
    here = value_from_langchain(theirs)
    here.response_metadata["k"] = 2
    here.tool_calls[0]["name"] = "g"
    assert theirs.response_metadata == {"k": 1}
    assert theirs.tool_calls[0]["name"] == "f"


@given(st.text(), st.lists(st.integers(1, 5)))
def test_sums_are_the_same_on_both_sides(text, cuts):
    """To add up and to convert gives what to convert and to add up gives."""
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    chunks = [
        messages.AIMessageChunk(
            content=piece,
            tool_call_chunks=[{**PART, "name": None, "id": None, "args": piece}],
        )
        for piece in [*pieces, rest]
    ]
    theirs, ours = chunks[0], value_from_langchain(chunks[0])
    for chunk in chunks[1:]:
        theirs, ours = theirs + chunk, ours + value_from_langchain(chunk)
    assert ours.content == theirs.content
    assert ours.tool_call_chunks == theirs.tool_call_chunks
