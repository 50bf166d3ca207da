"""Answers of a given shape, from a model that streams tool calls, on both libraries."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as BaseModelV1
from typing_extensions import TypedDict

from headrace import compat

from .models_kit import Kit

THEIRS, OURS = Kit("langchain_core"), Kit("headrace")


class Country(BaseModel):
    """A country."""

    name: str = Field(min_length=3)
    people: int = 0
    towns: list[str] = []


class Older(BaseModelV1):
    """A country."""

    name: str
    people: int = 0


class Typed(TypedDict):
    """A country."""

    name: Annotated[str, ..., "what it is called"]
    people: int


NAMED = {
    "title": "Named",
    "description": "A country.",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name"],
}
SCHEMAS = {"Country": Country, "Older": Older, "Typed": Typed, "Named": NAMED}
TEXTS = {
    "whole": '{"name":"Fré","people":67413000,"towns":["Paris","Lyon"]}',
    "unfit": '{"name":"Fr","people":"many"}',
    "no arguments": "",
    "no JSON": "hello",
    "no object": "[1, 2]",
}


def calling(kit: Kit, name: str, text: str) -> Any:
    """A model that calls a tool, its arguments in pieces."""

    def chunks(kit: Kit) -> Iterator[Any]:
        call = {"name": name, "args": "", "id": "1", "index": 0}
        yield kit.chunk(tool_call_chunks=[call])
        for start in range(0, len(text), 3):
            piece = {"name": None, "args": text[start : start + 3], "id": None, "index": 0}
            yield kit.chunk(tool_call_chunks=[piece])

    def generate(self, messages, stop=None, run_manager=None, **kwargs):
        first, *rest = (chunk.message for chunk in chunks(kit))
        total = first
        for part in rest:
            total = total + part
        message = kit.ms.message_chunk_to_message(total)
        return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=message)])

    def bind_tools(self, tools, *, tool_choice=None, **kwargs):
        return self.bind(tools=tools, tool_choice=tool_choice, **kwargs)

    return kit.streaming(chunks, _generate=generate, bind_tools=bind_tools)()


def shown(value: Any) -> Any:
    """What both libraries should agree on."""
    if hasattr(value, "tool_calls"):
        return [value.tool_calls, value.invalid_tool_calls]
    if isinstance(value, BaseException):
        # the reference adds a link to its own pages
        return (type(value).__name__, str(value).split("\nFor troubleshooting")[0].strip())
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return shown(call())
    except Exception as error:
        return ("raised", shown(error))


def given(stream: Iterator[Any]) -> list[Any]:
    parts: list[Any] = []
    try:
        parts.extend(map(shown, stream))
    except Exception as error:
        parts.append(("raised", shown(error)))
    return parts


async def agiven(stream: AsyncIterator[Any]) -> list[Any]:
    parts: list[Any] = []
    try:
        async for part in stream:
            parts.append(shown(part))
    except Exception as error:
        parts.append(("raised", shown(error)))
    return parts


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("called", ["it", "another"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_data(name: str, called: str, text: str) -> None:
    seen = []
    for kit in (THEIRS, OURS):
        model = calling(kit, name if called == "it" else "Other", TEXTS[text])
        chain = model.with_structured_output(SCHEMAS[name])
        # By default, wrong arguments at the end of a stream are an error: see CHECKED_OBJECTS.
        with compat.exact():
            whole = outcome(lambda chain=chain: chain.invoke("x"))
            streamed = given(chain.stream("x"))
            assert outcome(lambda chain=chain: asyncio.run(chain.ainvoke("x"))) == whole
            assert asyncio.run(agiven(chain.astream("x"))) == streamed
        seen.append((whole, streamed))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("text", ["whole", "unfit", "no arguments"])
@pytest.mark.parametrize("called", ["it", "another"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_data_and_what_was_said(name: str, called: str, text: str) -> None:
    seen = []
    for kit in (THEIRS, OURS):
        model = calling(kit, name if called == "it" else "Other", TEXTS[text])
        chain = model.with_structured_output(SCHEMAS[name], include_raw=True)
        whole = outcome(lambda chain=chain: chain.invoke("x"))
        assert outcome(lambda chain=chain: asyncio.run(chain.ainvoke("x"))) == whole
        assert outcome(lambda chain=chain: chain.batch(["x", "y"])) == [whole, whole]
        seen.append(whole)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("text", ["whole", "unfit"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_streamed_data_beside_what_was_said(name: str, text: str) -> None:
    theirs = calling(THEIRS, name, TEXTS[text]).with_structured_output(SCHEMAS[name])
    chain = calling(OURS, name, TEXTS[text]).with_structured_output(SCHEMAS[name], include_raw=True)

    async def streamed() -> list[Any]:
        return [part async for part in chain.astream("x")]

    with compat.exact():
        streams = list(chain.stream("x")), asyncio.run(streamed())
    for parts in streams:
        data = [part["parsed"] for part in parts if part.get("parsed") is not None]
        assert shown(data) == given(theirs.stream("x"))
        assert len([part for part in parts if "raw" in part]) > 5
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        with compat.exact():
            assert shown(total) == shown(chain.invoke("x"))


def test_a_stream_of_objects_ends_with_an_error() -> None:
    """The reference's ends silently."""
    chain = calling(OURS, "Country", TEXTS["unfit"]).with_structured_output(Country)
    for parts in (given(chain.stream("x")), asyncio.run(agiven(chain.astream("x")))):
        _, (kind, message) = parts[-1]
        assert kind == "OutputParserException"
        assert "name" in message
