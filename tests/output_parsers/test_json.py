"""`JsonOutputParser` beside the reference's, and what it can do beyond it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException as TheirException
from langchain_core.output_parsers import JsonOutputParser as TheirParser

from headrace.exceptions import OutputParserException
from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessage, AIMessageChunk
from headrace.output_parsers import JsonOutputParser

COUNTRIES = (
    '{"countries": [{"name": "France", "population": 67413000}, '
    '{"name": "Spain", "population": 47351567}, {"name": "Japan", "population": 125584000}]}'
)
FRANCE = {"name": "France", "population": 67413000}
SPAIN = {"name": "Spain", "population": 47351567}
JAPAN = {"name": "Japan", "population": 125584000}
PRINTED_BY_THE_GUIDE = [
    {},
    {"countries": []},
    {"countries": [{}]},
    {"countries": [{"name": ""}]},
    {"countries": [{"name": "France"}]},
    {"countries": [{"name": "France", "population": 67}]},
    {"countries": [{"name": "France", "population": 67413}]},
    {"countries": [FRANCE]},
    {"countries": [FRANCE, {}]},
    {"countries": [FRANCE, {"name": ""}]},
    {"countries": [FRANCE, {"name": "Spain"}]},
    {"countries": [FRANCE, {"name": "Spain", "population": 47}]},
    {"countries": [FRANCE, {"name": "Spain", "population": 47351}]},
    {"countries": [FRANCE, SPAIN]},
    {"countries": [FRANCE, SPAIN, {}]},
    {"countries": [FRANCE, SPAIN, {"name": ""}]},
    {"countries": [FRANCE, SPAIN, {"name": "Japan"}]},
    {"countries": [FRANCE, SPAIN, {"name": "Japan", "population": 125}]},
    {"countries": [FRANCE, SPAIN, {"name": "Japan", "population": 125584}]},
    {"countries": [FRANCE, SPAIN, JAPAN]},
]


def names_of(value: Any) -> list[str]:
    return [country["name"] for country in value["countries"]]


def streamed_names(values: Iterator[Any]) -> Iterator[str]:
    seen = set()
    for value in values:
        for country in value.get("countries", []):
            name = country.get("name")
            if name and name not in seen:
                seen.add(name)
                yield name


async def astreamed_names(values: AsyncIterator[Any]) -> AsyncIterator[str]:
    seen = set()
    async for value in values:
        for country in value.get("countries", []):
            name = country.get("name")
            if name and name not in seen:
                seen.add(name)
                yield name


async def test_a_chain_streams_each_snapshot() -> None:
    chain = ReplayChatModel(COUNTRIES) | JsonOutputParser()
    assert list(chain.stream("countries, please")) == PRINTED_BY_THE_GUIDE
    assert [value async for value in chain.astream("")] == PRINTED_BY_THE_GUIDE
    assert chain.invoke("") == await chain.ainvoke("") == PRINTED_BY_THE_GUIDE[-1]


async def test_a_function_behind_it_waits_for_the_end() -> None:
    chain = ReplayChatModel(COUNTRIES) | JsonOutputParser() | names_of
    assert list(chain.stream("")) == [["France", "Spain", "Japan"]]
    assert [value async for value in chain.astream("")] == [["France", "Spain", "Japan"]]


async def test_a_generator_behind_it_streams_on() -> None:
    parsed = ReplayChatModel(COUNTRIES) | JsonOutputParser()
    assert list((parsed | streamed_names).stream("")) == ["France", "Spain", "Japan"]
    names = [name async for name in (parsed | astreamed_names).astream("")]
    assert names == ["France", "Spain", "Japan"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_complete_scalars_alone_are_shown(size: int) -> None:
    parser = JsonOutputParser(strings="complete", numbers="complete")
    chain = ReplayChatModel(COUNTRIES, split=size) | parser
    names, numbers = set(), set()
    for value in chain.stream(""):
        for country in value.get("countries", []):
            names.add(country.get("name"))
            numbers.add(country.get("population"))
    assert names <= {None, "France", "Spain", "Japan"}
    assert numbers <= {None, 67413000, 47351567, 125584000}


@given(
    st.lists(
        st.sampled_from(
            [*'{}[]",: \n`', "\u00a0", '"a": ', "1", "2.5", "true", "null", "\\n", "é", "```json"]
        ),
        max_size=24,
    )
)
def test_streams_what_the_reference_streams(chunks: list[str]) -> None:
    """Up to where the text stops being JSON; what they do from there is listed as a difference."""
    ours = list(JsonOutputParser().transform(iter(chunks)))
    theirs = list(TheirParser().transform(iter(chunks)))
    if ours and theirs:
        assert repr(ours[0]) == repr(theirs[0])
    readable = _is_readable("".join(chunks))
    if readable:
        assert ours == theirs


def _is_readable(text: str) -> bool:
    """Whether the text is JSON, cut off or not, and so is each of its beginnings."""
    from headrace.json import PartialJsonParser

    parser = PartialJsonParser(strip="unicode", fences=False, strict=False)
    parser.feed(text.strip())
    return parser.error is None and not parser.complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prose",
        "{",
        '{"a": 1',
        "```json\n[1, 2]\n```",
        '\u00a0{"a": "b\u00a0',
        "[1,]",
        "}",
        "12",
    ],
)
def test_invoke_gives_or_raises_what_the_reference_does(text: str) -> None:
    theirs, ours = outcome(TheirParser(), text), outcome(JsonOutputParser(), text)
    if isinstance(theirs, TheirException):
        assert isinstance(ours, OutputParserException)
        # The reference adds a line with the address of a page.
        assert str(theirs).partition("\nFor")[0] == str(ours)
        assert ours.llm_output == theirs.llm_output
    else:
        assert ours == theirs
        assert outcome(JsonOutputParser(), AIMessage(text)) == theirs


def outcome(parser: Any, value: Any) -> Any:
    """What a parser gives, or the exception that it raises."""
    try:
        return parser.invoke(value)
    except (OutputParserException, TheirException) as error:
        return error


def test_reads_chunks_of_messages() -> None:
    chunks = [AIMessageChunk('{"a": '), AIMessageChunk("[1"), AIMessageChunk(", 2]}")]
    values = list(JsonOutputParser().transform(iter(chunks)))
    assert values == [{}, {"a": [1]}, {"a": [1, 2]}]


def test_a_number_that_only_the_end_completes_is_given() -> None:
    assert list(JsonOutputParser(numbers="complete").transform(iter(["1", "2"]))) == [12]
    assert list(JsonOutputParser().transform(iter(["1", "2"]))) == [1, 12]


@pytest.mark.parametrize("chunks", [["[1, "], ["[1", "x", "]"], ["no", " JSON"], []])
def test_a_stream_that_is_no_json_ends_silently(chunks: list[str]) -> None:
    values = list(JsonOutputParser().transform(iter(chunks)))
    assert values == list(TheirParser().transform(iter(chunks)))


def test_each_snapshot_leaves_as_soon_as_its_chunk_came() -> None:
    pulled = []

    def source() -> Iterator[str]:
        for chunk in ["[1", ", 2", "]"]:
            pulled.append(chunk)
            yield chunk

    stream = JsonOutputParser().transform(source())
    assert next(stream) == [1]
    assert pulled == ["[1"]
    assert next(stream) == [1, 2]
    assert pulled == ["[1", ", 2"]


def test_an_error_upstream_keeps_what_was_given() -> None:
    def source() -> Iterator[str]:
        yield "[1"
        raise ConnectionError("gone")

    stream = JsonOutputParser().transform(source())
    assert next(stream) == [1]
    with pytest.raises(ConnectionError, match="gone"):
        next(stream)
