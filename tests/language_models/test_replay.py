"""`ReplayChatModel` says what it was given, cut as it was told."""

import asyncio
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.callbacks import BaseCallbackHandler
from headrace.language_models import ReplayChatModel
from headrace.language_models.tokens import cut_like_tokens
from headrace.messages import AIMessage, AIMessageChunk, message_chunk_to_message

TEXT = '{"name": "France", "population": 67413000}'


def pieces(model: ReplayChatModel) -> list[str]:
    return [chunk.content for chunk in model.stream("anything")]


def test_cuts_like_a_tokenizer() -> None:
    assert pieces(ReplayChatModel(TEXT)) == [
        *("{", '"', "name", '":', ' "', "France", '",', ' "', "population", '":', " "),
        *("67", "413", "000", "}"),
    ]


@given(st.text())
def test_tokens_add_up_to_the_text(text: str) -> None:
    assert "".join(cut_like_tokens(text)) == text


@given(st.text(min_size=1), st.integers(1, 9))
def test_cuts_by_size(text: str, size: int) -> None:
    cut = pieces(ReplayChatModel(text, split=size))
    assert "".join(cut) == text
    assert {len(piece) for piece in cut[:-1]} <= {size}


def test_streams_a_sequence_as_it_is_cut() -> None:
    assert pieces(ReplayChatModel(["a b", "", "c"])) == ["a b", "", "c"]


async def test_async_gives_the_same() -> None:
    model = ReplayChatModel(TEXT, split=5)
    chunks = [chunk async for chunk in model.astream("anything")]
    assert [chunk.content for chunk in chunks] == pieces(model)
    assert (await model.ainvoke("")).content == model.invoke("").content == TEXT


def test_chunks_share_an_id_and_add_up() -> None:
    chunks = list(ReplayChatModel(TEXT).stream(""))
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    assert total == AIMessageChunk(TEXT, id=chunks[0].id, chunk_position="last")
    assert [chunk.chunk_position for chunk in chunks[-2:]] == [None, "last"]
    assert chunks[0].id is not None
    assert chunks[0].id.startswith("lc_run--")
    assert isinstance(ReplayChatModel(TEXT).invoke(""), AIMessage)


async def test_others_run_between_the_chunks_of_an_async_stream() -> None:
    turns: list[str] = []

    async def other() -> None:
        for _ in range(3):
            turns.append("other")
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    async for chunk in ReplayChatModel(["x", "y", "z"]).astream(""):
        turns.append(chunk.content)
    await task
    assert turns == ["other", "x", "other", "y", "other", "z"]


@pytest.mark.parametrize(("name", "value"), [("split", 0), ("split", -4), ("delay", -1.0)])
def test_impossible_settings_are_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        ReplayChatModel(TEXT, **{name: value})


def test_the_stream_is_lazy() -> None:
    stream = ReplayChatModel(TEXT, delay=100).stream("")
    assert inspect.getgeneratorstate(stream) == "GEN_CREATED"


FULL = AIMessage(
    "said this",
    id="mine",
    name="bot",
    additional_kwargs={"reasoning_content": "hmm, so", "other": 1},
    response_metadata={"model_name": "m", "finish_reason": "stop"},
    tool_calls=[
        {"name": "f", "args": {"a": [1, {"b": None}]}, "id": "1"},
        {"name": "g", "args": {}, "id": "2"},
    ],
    invalid_tool_calls=[{"name": "h", "args": '{"a": tru', "id": "3", "error": None}],
    usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
)
BLOCKS = AIMessage(
    [
        {"type": "reasoning", "reasoning": "hmm, so", "index": 0},
        {"type": "text", "text": "said this", "annotations": [{"type": "citation"}], "index": 1},
        {"type": "image", "url": "https://x", "index": 2},
    ],
    id="mine",
)


@pytest.mark.parametrize("message", [FULL, BLOCKS], ids=["text", "blocks"])
def test_a_message_is_streamed_and_adds_up_to_itself(message: AIMessage) -> None:
    model = ReplayChatModel(message)
    assert model.invoke("") == message
    for split in (1, 5, "tokens"):
        chunks = list(ReplayChatModel(message, split=split).stream(""))
        assert len(chunks) > 3
        total = chunks[0] + chunks[1:]
        assert message_chunk_to_message(total) == message.model_copy(update={"name": None})
        assert chunks[-1].chunk_position == "last"


def test_chunks_are_streamed_as_they_are_and_stay_so() -> None:
    given = [AIMessageChunk("a", id="x"), AIMessageChunk("b", id="x")]
    model = ReplayChatModel(given)
    for _ in range(2):
        assert [chunk.content for chunk in model.stream("")] == ["a", "b"]
    assert given[-1].chunk_position is None


def test_answers_in_turn() -> None:
    model = ReplayChatModel(responses=["one", FULL, ["tw", "o"]])
    said = [model.invoke("").content for _ in range(4)]
    assert said == ["one", "said this", "two", "one"]
    assert next(iter(model.stream(""))).additional_kwargs == {"reasoning_content": "hmm"}
    with pytest.raises(ValueError, match="responses"):
        ReplayChatModel(responses=[])


def test_nothing_to_say_is_one_empty_chunk() -> None:
    for nothing in ("", [], AIMessage("")):
        (chunk,) = ReplayChatModel(nothing).stream("")
        assert (chunk.content, chunk.chunk_position) == ("", "last")


def test_tools_are_told_to_observers() -> None:
    heard = []

    class Ear(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, *, invocation_params, **kwargs):
            heard.append(invocation_params)

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    model = ReplayChatModel("x").bind_tools([add], tool_choice="any", more=1)
    assert model.invoke("", {"callbacks": [Ear()]}).content == "x"
    (params,) = heard
    assert params["tools"][0]["function"]["name"] == "add"
    assert (params["tool_choice"], params["more"]) == ("any", 1)
