"""A stream falls back as long as nothing but empty chunks has arrived, sync and async."""

from typing import Any

import pytest

from headrace import compat
from headrace.messages import AIMessageChunk
from headrace.runnables import RunnableGenerator, RunnableLambda

CALL = {"name": "f", "args": "", "id": "1", "index": 0}


def fails_after(*chunks: Any) -> Any:
    def begins(inputs):
        for _ in inputs:
            yield from chunks
            raise ValueError("overloaded")

    return RunnableGenerator(begins).with_fallbacks([RunnableLambda(lambda _: "second")])


async def results(chain: Any) -> list[Any]:
    found: list[Any] = []
    for run in (lambda: list(chain.stream("x")), lambda: collect(chain)):
        try:
            result = run()
            found.append(result if isinstance(result, list) else await result)
        except ValueError as error:
            found.append(str(error))
    return found


async def collect(chain: Any) -> list[Any]:
    return [chunk async for chunk in chain.astream("x")]


USAGE = {"input_tokens": 1, "output_tokens": 0, "total_tokens": 1}


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [""],
        ["", ""],
        [AIMessageChunk("")],
        [AIMessageChunk(content=[])],
        [AIMessageChunk("", usage_metadata=USAGE, response_metadata={"model_name": "m"})],
    ],
)
async def test_empty_chunks_do_not_commit(chunks):
    assert await results(fails_after(*chunks)) == [["second"]] * 2


@pytest.mark.parametrize(
    "chunk",
    [
        "a",
        0,
        None,
        {},
        AIMessageChunk("a"),
        AIMessageChunk("", tool_call_chunks=[CALL]),
        AIMessageChunk("", additional_kwargs={"reasoning_content": "a"}),
        AIMessageChunk(content=[{"type": "text", "text": "a", "index": 0}]),
    ],
)
async def test_a_chunk_that_carries_something_commits(chunk):
    assert await results(fails_after("", chunk)) == ["overloaded"] * 2


async def test_held_back_chunks_are_yielded_before_the_others():
    def answer(inputs):
        for _ in inputs:
            yield from ("", "a", "", "b")

    chain = RunnableGenerator(answer).with_fallbacks([RunnableLambda(lambda _: "second")])
    assert await results(chain) == [["", "a", "", "b"]] * 2


async def test_a_stream_of_empty_chunks_alone_is_an_answer():
    def answer(inputs):
        for _ in inputs:
            yield from ("", "")

    chain = RunnableGenerator(answer).with_fallbacks([RunnableLambda(str)])
    assert await results(chain) == [["", ""]] * 2


async def test_exact_commits_to_the_first_chunk():
    with compat.exact():
        assert await results(fails_after("")) == ["overloaded"] * 2
