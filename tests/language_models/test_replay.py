"""`ReplayChatModel` says what it was given, cut as it was told."""

import asyncio
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.language_models import ReplayChatModel
from headrace.language_models.tokens import cut_like_tokens
from headrace.messages import AIMessage, AIMessageChunk

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
