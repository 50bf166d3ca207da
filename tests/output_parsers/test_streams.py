"""What the parsers have beyond the reference, and what happens when a stream ends early."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import jsonpatch
import pytest
from pydantic import BaseModel, Field

from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage, AIMessageChunk, ChatMessageChunk, HumanMessageChunk
from headrace.output_parsers import (
    CommaSeparatedListOutputParser,
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    JsonOutputToolsParser,
    MarkdownListOutputParser,
    NumberedListOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
    StrOutputParser,
    XMLOutputParser,
)
from headrace.output_parsers.openai_functions import JsonOutputFunctionsParser


class Country(BaseModel):
    name: str = Field(min_length=3)
    population: int
    neighbours: "list[Country]" = []
    capital: "City | None" = None


class City(BaseModel):
    name: str


TEXT = (
    '{"countries": [{"name": "France", "population": 67413000, "capital": {"name": "Paris"}}, '
    '{"name": "Spain", "population": 47351567, "neighbours": [{"name": "An", "population": 1}]}]}'
)


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def call(args: str | None, name: str | None = None, index: int = 0) -> AIMessageChunk:
    part = {"name": name, "args": args, "id": None, "index": index}
    return AIMessageChunk("", tool_call_chunks=[part])


def function(arguments: str) -> AIMessageChunk:
    return AIMessageChunk("", additional_kwargs={"function_call": {"arguments": arguments}})


# Each with chunks of which the first two give a value each.
PARSERS: dict[str, tuple[Any, list[Any]]] = {
    "str": (StrOutputParser(), ["a", "b", "c"]),
    "json": (JsonOutputParser(), ["[1", ", 2", "]"]),
    "changes": (JsonOutputParser(diff=True), ["[1", ", 2", "]"]),
    "paths": (JsonOutputParser(select="$[*]"), ["[1,", " 2,", " 3]"]),
    "model": (
        PydanticOutputParser(pydantic_object=City, partial_models=True),
        ['{"name": "P', 'aris"', "}"],
    ),
    "tools": (JsonOutputToolsParser(), [call('{"a": 1', "f"), call("2"), call("}")]),
    "models of tools": (
        PydanticToolsParser(tools=[City]),
        [call('{"name": "P', "City"), call("aris"), call('"}')],
    ),
    "functions": (JsonOutputFunctionsParser(), [function("[1"), function(", 2"), function("]")]),
    "values": (CommaSeparatedListOutputParser(), ["a,", "b,", "c"]),
    "numbered": (NumberedListOutputParser(), ["1. a\n", "2. b\n", "3. c"]),
    "markdown": (MarkdownListOutputParser(), ["- a\n", "- b\n", "- c"]),
    "xml": (XMLOutputParser(), ["<a><b>1</b>", "<b>2</b>", "</a>"]),
}


class Gone(Exception):
    """What breaks off a stream."""


@pytest.mark.parametrize("name", PARSERS)
def test_a_stream_that_breaks_off_keeps_what_it_gave(name: str) -> None:
    parser, chunks = PARSERS[name]

    def source() -> Iterator[Any]:
        yield from chunks[:2]
        raise Gone

    async def asource() -> AsyncIterator[Any]:
        for chunk in chunks[:2]:
            yield chunk
        raise Gone

    stream = parser.transform(source())
    values = [next(stream), next(stream)]
    with pytest.raises(Gone):
        next(stream)

    async def run() -> None:
        astream = parser.atransform(asource())
        assert [await anext(astream), await anext(astream)] == values
        with pytest.raises(Gone):
            await anext(astream)

    asyncio.run(run())


@pytest.mark.parametrize("name", PARSERS)
def test_closing_a_stream_closes_its_source(name: str) -> None:
    parser, chunks = PARSERS[name]
    closed = []

    def source() -> Iterator[Any]:
        try:
            yield from chunks
        finally:
            closed.append("sync")

    async def asource() -> AsyncIterator[Any]:
        try:
            for chunk in chunks:
                yield chunk
        finally:
            closed.append("async")

    stream = parser.transform(source())
    next(stream)
    stream.close()

    async def run() -> None:
        astream = parser.atransform(asource())
        await anext(astream)
        await astream.aclose()
        task = asyncio.ensure_future(drain(parser.atransform(stuck())))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def stuck() -> AsyncIterator[Any]:
        try:
            yield chunks[0]
            await asyncio.Event().wait()
        finally:
            closed.append("cancelled")

    async def drain(astream: AsyncIterator[Any]) -> None:
        async for _ in astream:
            pass

    asyncio.run(run())
    assert closed == ["sync", "async", "cancelled"]


@pytest.mark.parametrize("name", PARSERS)
def test_streams_of_one_parser_do_not_meet(name: str) -> None:
    parser, chunks = PARSERS[name]
    whole = list(parser.transform(iter(chunks)))
    one, other = parser.transform(iter(chunks)), parser.transform(iter(chunks))
    first = [next(one)]
    assert list(other) == whole
    assert [*first, *one] == whole


def test_truncated_json_can_be_an_error() -> None:
    parser = JsonOutputParser(on_incomplete="raise")
    stream = parser.transform(iter(["[1, ", '2, {"a"']))
    assert [next(stream), next(stream)] == [[1], [1, 2, {}]]
    with pytest.raises(OutputParserException, match=r"ended before .* line 1 column 12") as caught:
        next(stream)
    assert caught.value.llm_output == '[1, 2, {"a"'
    assert list(parser.transform(iter(["[1", "]"]))) == [[1]]


def test_broken_json_can_be_an_error_at_once() -> None:
    pulled = []

    def source() -> Iterator[str]:
        for chunk in ["[1, ", "}", " more"]:
            pulled.append(chunk)
            yield chunk

    stream = JsonOutputParser(on_incomplete="raise").transform(source())
    assert next(stream) == [1]
    with pytest.raises(OutputParserException, match="line 1 column 5") as caught:
        next(stream)
    assert caught.value.llm_output == "[1, }"
    assert pulled == ["[1, ", "}"]


@pytest.mark.parametrize("partial_models", [False, True])
def test_a_document_that_makes_no_object_can_be_an_error(partial_models: bool) -> None:
    def parsed(text: str, **options: Any) -> list[Any]:
        parser = PydanticOutputParser(
            pydantic_object=City, partial_models=partial_models, **options
        )
        return list(parser.transform(iter(pieces(text))))

    assert parsed('{"name": "Oslo"}', on_incomplete="raise")[-1].name == "Oslo"
    if not partial_models:
        parsed('{"name": 1}')
    with pytest.raises(OutputParserException, match=r"City\nname\n") as caught:
        parsed('{"name": 1}', on_incomplete="raise")
    assert caught.value.llm_output == '{"name": 1}'


async def test_paths_in_a_stream() -> None:
    parser = JsonOutputParser(select="$.countries[*].name")
    assert list(parser.transform(iter(pieces(TEXT)))) == ["France", "Spain"]
    assert parser.invoke(TEXT) == await parser.ainvoke(AIMessage(TEXT)) == ["France", "Spain"]
    both = JsonOutputParser(select=["$..capital", "$.countries[*].name"])
    assert both.invoke(TEXT) == [
        ("$.countries[*].name", "France"),
        ("$..capital", {"name": "Paris"}),
        ("$.countries[*].name", "Spain"),
    ]
    with pytest.raises(OutputParserException, match="Invalid json output: no"):
        parser.invoke("no")
    with pytest.raises(ValueError, match="select"):
        JsonOutputParser(select="$", diff=True)
    with pytest.raises(ValueError, match="whole"):
        PydanticOutputParser(pydantic_object=City, select="$", partial=True)


def test_a_number_at_the_end_of_a_path() -> None:
    assert list(JsonOutputParser(select="$").transform(iter(["1", "2"]))) == [12]


async def test_objects_in_a_stream() -> None:
    parser = PydanticOutputParser(pydantic_object=City, select="$..capital")
    assert list(parser.transform(iter(pieces(TEXT)))) == [City(name="Paris")]
    assert parser.invoke(TEXT) == await parser.ainvoke(TEXT) == [City(name="Paris")]
    wrong = PydanticOutputParser(pydantic_object=Country, select="$.countries[*]")
    stream = wrong.transform(iter(pieces(TEXT)))
    assert next(stream).name == "France"
    with pytest.raises(OutputParserException, match=r"neighbours\.0\.name\n") as caught:
        next(stream)
    assert caught.value.llm_output is not None
    assert "Spain" in caught.value.llm_output


def test_partial_models() -> None:
    text = TEXT[15:-2]
    parser = PydanticOutputParser(pydantic_object=Country, partial_models=True)
    for size in (1, 4, 100):
        values = list(parser.transform(iter(pieces(text[:75], size))))
        assert values[-1].capital.name == "Paris"
        for value in values:
            assert isinstance(value, Country)
            # too short a name is left out until it is valid
            assert value.name is None or "France".startswith(value.name)
            assert value.name is None or len(value.name) >= 3
    spain = text[text.index('{"name": "Spain"') :]
    stream = parser.transform(iter([spain]))
    value = next(stream)
    with pytest.raises(OutputParserException, match="at least 3 characters"):
        next(stream)
    assert value.population == 47351567
    assert value.neighbours[0].name is None
    assert isinstance(value.neighbours[0], Country)
    assert value.neighbours[0].population == 1
    assert type(value).__name__ == "PartialCountry"
    # `invoke` asks for all of it
    with pytest.raises(OutputParserException, match="population"):
        parser.invoke('{"name": "France"}')


def test_format_instructions_show_what_is_wanted() -> None:
    for parser in (
        JsonOutputParser(pydantic_object=City),
        PydanticOutputParser(pydantic_object=City),
    ):
        text = parser.get_format_instructions()
        assert '{"properties": {"name": {"title": "Name", "type": "string"}}' in text
        assert "{{" not in text
    assert "['river', 'name']" in XMLOutputParser(tags=["river", "name"]).get_format_instructions()
    for made in (
        CommaSeparatedListOutputParser(),
        NumberedListOutputParser(),
        MarkdownListOutputParser(),
    ):
        shown = made.get_format_instructions().partition("as in")[2].strip().strip("`")
        assert made.parse(shown) == ["Rhine", "Rhone", "Danube"]


def test_a_tool_call_that_was_cut_off_says_so(caplog: pytest.LogCaptureFixture) -> None:
    message = AIMessage(
        "",
        tool_calls=[{"name": "City", "args": {}, "id": "1"}],
        response_metadata={"stop_reason": "max_tokens"},
    )
    with pytest.raises(ValueError, match="name\n  Field required"):
        PydanticToolsParser(tools=[City]).invoke(message)
    assert "max_tokens" in caplog.text


def test_the_message_need_not_be_added_up() -> None:
    """What the reader is given stays as it was, and calls of others are no news."""
    chunks = [call('{"a": 1', "f"), call('{"b": 1', "g", 1), call("2", None, 1), call("}")]
    parser = JsonOutputKeyToolsParser(key_name="f", first_tool_only=True)
    assert list(parser.transform(iter(chunks))) == [{"a": 1}]
    assert [chunk.tool_call_chunks[0]["args"] for chunk in chunks] == [
        '{"a": 1',
        '{"b": 1',
        "2",
        "}",
    ]


def test_huge_numbers_in_arguments_are_no_value() -> None:
    chunks = [call('{"a": 1, "b": ', "f"), call("9" * 5_000), call("}")]
    assert list(JsonOutputToolsParser().transform(iter(chunks)))[-1][0]["args"]["a"] == 1


def test_without_defusedxml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "defusedxml", None)
    monkeypatch.setitem(sys.modules, "defusedxml.ElementTree", None)
    with pytest.raises(ImportError, match=r"headrace\[xml\]"):
        XMLOutputParser().invoke("<a/>")
    with pytest.raises(ImportError, match=r"headrace\[xml\]"):
        list(XMLOutputParser().transform(iter(["<a/>"])))
    assert XMLOutputParser(parser="xml").invoke("<a>1</a>") == {"a": "1"}


def test_deep_xml_is_no_recursion() -> None:
    text = "<a>" * 5_000 + "</a>" * 5_000
    value: Any = XMLOutputParser().invoke(text)
    depth = 0
    while value.get("a"):
        (value,) = value["a"]
        depth += 1
    assert depth == 4_999


@pytest.mark.parametrize("diff", [False, True])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("args_only", [False, True])
def test_function_calls_are_read_once(
    args_only: bool, strict: bool, diff: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Any = {"args_only": args_only, "strict": strict, "diff": diff}
    # What reads a whole text is not called, however the parser is set.
    monkeypatch.delattr("headrace.output_parsers.openai_functions.parse_partial_json")
    values = list(JsonOutputFunctionsParser(**settings).transform(map(function, pieces(TEXT))))
    wholes: list[Any] = []
    for value in values:
        wholes.append(
            jsonpatch.apply_patch(wholes[-1] if wholes else None, value) if diff else value
        )
    expected = json.loads(TEXT)
    assert wholes[-1] == (expected if args_only else {"arguments": expected})
    assert len(wholes) > 10


@pytest.mark.parametrize("strict", [False, True])
def test_raw_calls_are_read_once(strict: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("headrace.output_parsers.tool_calls.parse_partial_json")
    chunks = [
        HumanMessageChunk(
            "",
            additional_kwargs={"tool_calls": [{"index": i, "id": id, "function": function}]},
        )
        for i, id, function in [
            (0, "1", {"name": "f", "arguments": ""}),
            *((0, None, {"arguments": piece}) for piece in pieces(TEXT)),
            (1, "2", {"name": "g", "arguments": "{}"}),
        ]
    ]
    values = list(JsonOutputToolsParser(strict=strict, return_id=True).transform(iter(chunks)))
    assert values[0] == []
    assert values[-1] == [
        {"args": json.loads(TEXT), "id": "1", "type": "f"},
        {"args": {}, "id": "2", "type": "g"},
    ]
    assert len(values) > 10
    first = JsonOutputToolsParser(strict=strict, first_tool_only=True)
    assert list(first.transform(iter(chunks)))[-1] == {"args": json.loads(TEXT), "type": "f"}


def test_pieces_of_raw_calls_without_an_index_are_calls_of_their_own() -> None:
    raw = [{"function": {"name": name, "arguments": "{}"}} for name in "fg"]
    chunks = [
        ChatMessageChunk("", role="x", additional_kwargs={"tool_calls": [one]}) for one in raw
    ]
    [*_, last] = JsonOutputToolsParser().transform(iter(chunks))
    assert last == [{"args": {}, "type": "f"}, {"args": {}, "type": "g"}]
