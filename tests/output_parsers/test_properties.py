"""Any text, cut anywhere, by either way: what the parsers stream against the reference."""

import asyncio
import csv
import json
from io import StringIO
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core import output_parsers as theirs
from tests.output_parsers.expat import reading_at_once

from headrace import output_parsers as ours
from headrace.json import PartialJsonParser
from headrace.messages import AIMessageChunk
from headrace.utils.json_patch import make_patch


@pytest.fixture(autouse=True, scope="module")
def _xml_is_read_at_once():
    with reading_at_once():
        yield


def texts(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=14).map("".join)


@st.composite
def cut(draw: Any, whole: st.SearchStrategy[str]) -> list[str]:
    """A text in pieces, some of them empty."""
    text = draw(whole)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[i:j] for i, j in zip([0, *places], [*places, len(text)], strict=True)]


def streamed(parser: Any, chunks: list[Any]) -> list[Any]:
    """What the parser gives, by both ways; an error as its place."""

    async def source() -> Any:
        for chunk in chunks:
            yield chunk

    async def run() -> list[Any]:
        values = []
        try:
            async for value in parser.atransform(source()):
                values.append(value)
        except SyntaxError as error:
            values.append(error.position)
        return values

    values = []
    try:
        values.extend(parser.transform(iter(chunks)))
    except SyntaxError as error:
        values.append(error.position)
    assert asyncio.run(run()) == values
    return values


LINES = texts("1", "2", ".", ". ", " ", "\n", "a", "-", "*", "- ", "\r", "\t", "\u2003")


@given(cut(LINES))
def test_items_of_lines(chunks: list[str]) -> None:
    for name in ("NumberedListOutputParser", "MarkdownListOutputParser"):
        values = streamed(getattr(ours, name)(), chunks)
        assert values == streamed(getattr(theirs, name)(), chunks)
        assert [item for [item] in values] == getattr(ours, name)().parse("".join(chunks))


@given(cut(texts(",", ", ", " ", "\n", "a", "b c", '"', '""', "\r\n", "\r")))
def test_values_between_commas(chunks: list[str]) -> None:
    text = "".join(chunks)
    values = [item for [item] in streamed(ours.CommaSeparatedListOutputParser(), chunks)]
    assert values == [i for [i] in streamed(ours.CommaSeparatedListOutputParser(), [text])]
    try:
        list(csv.reader(StringIO(text), skipinitialspace=True))
    except csv.Error:
        return
    whole = ours.CommaSeparatedListOutputParser().parse(text)
    assert values == whole or [*values, ""] == whole


@given(cut(texts(",", ", ", "a", "b c", "d ")))
def test_plain_values_between_commas(chunks: list[str]) -> None:
    values = streamed(ours.CommaSeparatedListOutputParser(), chunks)
    # where a chunk ends behind a comma the reference gives one more that is empty
    expected = streamed(theirs.CommaSeparatedListOutputParser(), chunks)
    assert expected in (values, [*values, [""]])


@st.composite
def elements(draw: Any, depth: int = 3) -> str:
    tag = draw(st.sampled_from("abc"))
    inside = st.sampled_from(["x", "\n ", "&lt;", "<!--q-->", "<![CDATA[z]]>", "é"])
    if depth:
        inside = inside | elements(depth - 1)
    return f"<{tag} k='1'>{''.join(draw(st.lists(inside, max_size=3)))}</{tag}>"


@st.composite
def answers_in_xml(draw: Any) -> str:
    text = draw(elements())
    place = draw(st.integers(0, len(text)))
    changes = [
        text,
        text[:place],
        text[:place] + draw(st.sampled_from("<>&/")) + text[place:],
        "1 < 2: " + text,
        f"```xml\n{text}\n```",
        text + text,
    ]
    return draw(st.sampled_from(changes))


@given(cut(answers_in_xml()), st.sampled_from(["defusedxml", "xml"]))
def test_xml(chunks: list[str], library: Any) -> None:
    expected = streamed(theirs.XMLOutputParser(parser=library), chunks)
    assert streamed(ours.XMLOutputParser(parser=library), chunks) == expected
    assert outcome(ours, "".join(chunks)) == outcome(theirs, "".join(chunks))


def outcome(library: Any, text: str) -> Any:
    try:
        return library.XMLOutputParser().parse(text)
    except ValueError as error:
        return str(error).partition("\nFor troubleshooting")[0].rstrip()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab/~ \u00e9\n", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(cut(JSON.map(json.dumps)))
def test_patches(chunks: list[str]) -> None:
    document: Any = None
    values = [None, *ours.JsonOutputParser().transform(iter(chunks))]
    patches = list(ours.JsonOutputParser(diff=True).transform(iter(chunks)))
    assert len(patches) == len(values) - 1
    for patch, before, after in zip(patches, values, values[1:], strict=False):
        document = jsonpatch.apply_patch(document, patch)
        assert document == after
        assert in_any_order(patch) == in_any_order(jsonpatch.make_patch(before, after).patch)


@given(JSON, JSON)
def test_patches_between_any_documents(before: Any, after: Any) -> None:
    assert jsonpatch.apply_patch(before, make_patch(before, after)) == after


def test_a_patch_adds_before_it_goes_inside() -> None:
    before, after = {"a": {"b": 1}}, {"a": {"b": 2}, "c": 3}
    assert make_patch(before, after) == jsonpatch.make_patch(before, after).patch


def in_any_order(patch: Any) -> list[str]:
    return sorted(json.dumps(operation, sort_keys=True) for operation in patch)


ARGUMENTS = texts('{"a": ', "1", '"x', '\\n"', "[", "]", "}", "{}", ", ", '"b": ', "tru", "e", " ")
PART = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, None, "", "f", "g"]),
        "args": st.sampled_from([None, "", *['{"a": ', "1", '"x', '"', "}", " ", "[2", "]", "no"]]),
        "id": st.sampled_from([None, None, "1", "2"]),
        "index": st.sampled_from([None, 0, 0, 1]),
    }
)


def broken(call: Any) -> bool:
    parser = PartialJsonParser()
    parser.feed(call["args"] or "")
    return parser.error is not None


@given(st.lists(st.lists(PART, max_size=2), min_size=1, max_size=8))
def test_tool_calls_are_those_of_the_sums(parts: list[list[dict[str, Any]]]) -> None:
    """Also where ids and indexes are missing or shared, up to arguments that are no object.

    Those that are broken stay as they were for a reader: see `broken-arguments` in
    docs/differences.md.
    """
    from headrace._core import ToolCallReader

    reader = ToolCallReader(ids=True)
    total: Any = None
    before: list[Any] = []
    for part in parts:
        chunk = AIMessageChunk("", tool_call_chunks=part)
        changed = reader.feed(chunk)
        total = chunk if total is None else total + chunk
        if total.invalid_tool_calls or any(broken(call) for call in total.tool_call_chunks):
            return
        expected = [
            {"args": call["args"], "id": call["id"], "type": call["name"]}
            for call in total.tool_calls
        ]
        assert reader.calls == expected
        assert changed or reader.calls == before
        before = expected


@given(cut(JSON.map(lambda value: json.dumps({"v": value}, ensure_ascii=False))))
def test_calls_of_one_tool(chunks: list[str]) -> None:
    from langchain_core.messages import AIMessageChunk as TheirChunk

    def made(kind: Any) -> list[Any]:
        calls = [
            {"name": "" if i else "f", "args": chunk, "id": None if i else "1", "index": 0}
            for i, chunk in enumerate(chunks)
        ]
        return [kind("", tool_call_chunks=[call]) for call in calls]

    for options in ({}, {"first_tool_only": True, "return_id": True}):
        values = streamed(ours.JsonOutputToolsParser(**options), made(AIMessageChunk))
        assert values == streamed(theirs.JsonOutputToolsParser(**options), made(TheirChunk))
    key = ours.JsonOutputKeyToolsParser(key_name="f", first_tool_only=True)
    kept = list(key.transform(iter(made(AIMessageChunk))))
    # what was given first has not changed since
    assert kept == list(key.transform(iter(made(AIMessageChunk))))
    assert kept[-1] == json.loads("".join(chunks))
