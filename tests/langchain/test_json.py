"""Streamed JSON of LangChain's parsers, with acceleration and without."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from pydantic import BaseModel

from headrace.langchain import accelerate, restore

scalars = st.sampled_from(
    [0, -2, 1.0, 2.5, 1e5, True, None, "", "a b ", "x\n`` ", "é\U0001f600", 'a"q\\', "{[", 10**20]
) | st.just(float("nan"))
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "é", "action_input"]), inner, max_size=3)
    ),
    max_leaves=8,
)
BEFORE = ["", "", "", "```json\n", "```\n", "```json", "``` json\n", "```python\n", "`", " \n"]
BEFORE += [
    "Here it is, 5 pieces:\n```json\n",
    "true ```json\n",
    "Hello ",
    "Hi {x} ```json\n",
    "\ufeff",
]
AFTER = [
    "",
    "",
    "",
    "\n```",
    "\n``` Hope [this]",
    "  ",
    " text",
    '\n```\nSee "it" {',
    "}]",
    "```json\n5",
]


@st.composite
def streams(draw: st.DrawFn) -> list[str]:
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 1]))
    text = json.dumps(draw(documents), ensure_ascii=ascii_only, indent=indent)
    text = text.replace("1.0", draw(st.sampled_from(["1.0", "1.00", "1e0", "10E-1"])))
    text = draw(st.sampled_from(BEFORE)) + text + draw(st.sampled_from(AFTER))
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from(['"', "}", "]", "{", ",", "x", "\\", "\ud83d"]))
            + text[at:]
        )
    chunks, at = [], 0
    for size in draw(
        st.lists(st.sampled_from([1, 1, 2, 4, 9]), min_size=len(text), max_size=len(text))
    ):
        if at >= len(text):
            break
        chunks.append(text[at : at + size])
        at += size
    return chunks


def drained(parser: Any, chunks: list[Any]) -> list[Any]:
    seen: list[Any] = []
    try:
        for value in parser._transform(iter(chunks)):
            seen.append(repr(value))
    except Exception as error:
        seen.append((type(error), str(error)))
    return seen


async def adrained(parser: Any, chunks: list[Any]) -> list[Any]:
    async def given_ones() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    seen: list[Any] = []
    try:
        async for value in parser._atransform(given_ones()):
            seen.append(repr(value))
    except Exception as error:
        seen.append((type(error), str(error)))
    return seen


def same(parser: Any, chunks: list[Any]) -> None:
    restore()
    theirs = drained(parser, copy.deepcopy(chunks))
    with accelerate():
        assert drained(parser, chunks) == theirs
        assert asyncio.run(adrained(parser, chunks)) == theirs


@given(streams())
def test_texts(chunks: list[str]) -> None:
    same(JsonOutputParser(), chunks)


@given(streams(), st.integers(0, 2))
def test_messages(chunks: list[str], kind: int) -> None:
    messages = {
        0: [AIMessageChunk(content=it) for it in chunks],
        1: [AIMessageChunk(content=[{"type": "text", "text": it, "index": 0}]) for it in chunks],
        2: [
            AIMessageChunk(content=it if i % 3 else [{"type": "text", "text": it}])
            for i, it in enumerate(chunks)
        ],
    }
    same(JsonOutputParser(), messages[kind])


def test_blocks_behind_an_empty_text() -> None:
    blocks: Any = [{"type": "text", "text": "[1", "index": 0}]
    same(JsonOutputParser(), [AIMessageChunk(content=""), AIMessageChunk(content=blocks)])


def test_blocks_that_grow_before_others() -> None:
    indexes = (0, 1, 0, 1)
    texts = ('{"a": ', '"x"', "", "}")
    blocks = [
        AIMessageChunk(content=[{"type": "text", "text": text, "index": index}])
        for text, index in zip(texts, indexes, strict=True)
    ]
    late = AIMessageChunk(content=[{"type": "text", "text": '[1], "b": ', "index": 0}])
    same(JsonOutputParser(), [*blocks, late])


@pytest.mark.parametrize(
    "chunks",
    [
        ['{"a": 1}', AIMessageChunk(content="x")],
        [AIMessageChunk(content='{"a"'), ": 1}"],
        [HumanMessage(content='{"a": '), AIMessage(content="1}")],
        [None],
        [{"a": 1}],
        [],
        [""],
    ],
    ids=repr,
)
def test_other_streams(chunks: list[Any]) -> None:
    same(JsonOutputParser(), chunks)
    same(JsonOutputToolsParser(), chunks)


def test_diff() -> None:
    same(JsonOutputParser(diff=True), ['{"a": [1', ', 2], "b', '": "x', 'y"}'])


class Point(BaseModel):
    x: int
    y: int = 0


def test_parsers_derived_from_it_parse_as_they_do() -> None:
    class Loud(JsonOutputParser):
        def parse_result(self, result: list[Any], *, partial: bool = False) -> Any:
            return result[0].text.upper()

    chunks = ['{"x": 1', ', "y": 2}']
    same(Loud(), chunks)
    same(PydanticOutputParser(pydantic_object=Point), chunks)


PARTS = [
    [{"name": "Point", "args": "", "id": "1", "index": 0}],
    [{"name": None, "args": '{"x": 1', "id": None, "index": 0}],
    [{"name": None, "args": ', "y": "', "id": None, "index": 0}],
    [{"name": None, "args": '2"}', "id": None, "index": 0}],
    [{"name": "Other", "args": '{"z": ', "id": "2", "index": 1}],
    [{"name": None, "args": "[]}", "id": None, "index": 1}],
]
CALLS = [AIMessageChunk(content="", tool_call_chunks=part) for part in PARTS]


@pytest.mark.parametrize(
    "parser",
    [
        JsonOutputToolsParser(),
        JsonOutputToolsParser(return_id=True, first_tool_only=True),
        JsonOutputToolsParser(diff=True),
        JsonOutputKeyToolsParser(key_name="Point"),
        JsonOutputKeyToolsParser(key_name="Other", first_tool_only=True),
        PydanticToolsParser(tools=[Point]),
        PydanticToolsParser(tools=[Point], first_tool_only=True),
    ],
    ids=repr,
)
def test_tool_calls(parser: Any) -> None:
    same(parser, CALLS)
    same(parser, CALLS[:4])
    same(parser, [AIMessageChunk(content="none")])
    same(
        parser, [AIMessage(content="", tool_calls=[{"name": "Point", "args": {"x": 1}, "id": "1"}])]
    )


def test_a_stream_is_read_no_further_than_it_is_asked() -> None:
    read: list[str] = []

    def chunks() -> Iterator[str]:
        for text in ('{"a": 1', ', "b": 2', "}"):
            read.append(text)
            yield text

    with accelerate():
        stream = JsonOutputParser().transform(chunks())
        assert next(stream) == {"a": 1}
        assert len(read) == 1
        stream.close()
