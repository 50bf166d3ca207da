"""One document after another: `iter_documents`, its async twin and `JsonDocumentStream`."""

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.json import (
    JsonDocument,
    JsonDocumentStream,
    JsonStreamError,
    PartialJsonParser,
    aiter_documents,
    iter_documents,
)

from .documents import containers, cuts, documents
from .oracle import copied, same


async def each(chunks: list[Any]) -> AsyncIterator[Any]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def seen(chunks: Any, **options: Any) -> list[Any]:
    """What is yielded, and last what is raised."""
    given = []
    try:
        for document in iter_documents(chunks, **options):
            given.append(copied(list(document)))
    except JsonStreamError as error:
        given.append(str(error))
    return given


async def aseen(chunks: Any, **options: Any) -> list[Any]:
    given = []
    try:
        async for document in aiter_documents(chunks, **options):
            given.append(copied(list(document)))
    except JsonStreamError as error:
        given.append(str(error))
    return given


def as_lists(rows: list[Any]) -> list[Any]:
    return [list(row) if isinstance(row, tuple) else row for row in rows]


CUT_OFF = "the text ended before the document did"
TABLE = [
    ([], {}, []),
    (["", " \n", b"\r\n\t"], {}, []),
    (["\ufeff"], {}, []),
    (['{"a": 1}\n{"a": 2}\n'], {}, [(0, {"a": 1}, True), (1, {"a": 2}, True)]),
    (['{"a"', ": 1", '2}\n{"', 'a": [', "]}"], {},
     [(0, {}, False), (0, {"a": 1}, False), (0, {"a": 12}, True), (1, {}, False),
      (1, {"a": []}, False), (1, {"a": []}, True)]),
    (["[1][2]", '"x""y"'], {},
     [(0, [1], True), (1, [2], True), (2, "x", True), (3, "y", True)]),
    (["1 2", "3\n", "4"], {},
     [(0, 1, True), (1, 2, False), (1, 23, True), (2, 4, False), (2, 4, True)]),
    (["1 2", "3"], {"partial": False}, [(0, 1, True), (1, 23, True)]),
    (["[1, ", "2] [", "3]"], {"partial": False}, [(0, [1, 2], True), (1, [3], True)]),
    (["truefalse", "null{}"], {},
     [(0, True, True), (1, False, True), (2, None, True), (3, {}, True)]),
    (["null\n", "null"], {}, [(0, None, True), (1, None, True)]),
    (["\ufeff[1]"], {}, [(0, [1], True)]),
    ([b"\xef", b"\xbb\xbf[1]\n\n \n", b"[2]"], {}, [(0, [1], True), (1, [2], True)]),
    ([b'"\xc3', b'\xa9" "\xe2\x82', b'\xac"'], {},
     [(0, "", False), (0, "é", True), (1, "", False), (1, "€", True)]),
    (['["a', 'b"] ["c'], {"strings": "complete"},
     [(0, [], False), (0, ["ab"], True), (1, [], False),
      f"document 1: {CUT_OFF} at line 1 column 11 (byte 10)"]),
    (['{"a": 1}\n{"a": x}\n{"a": 3}'], {},
     [(0, {"a": 1}, True), (1, {}, False),
      "document 1: expected a value at line 2 column 7 (byte 15)"]),
    (["[1]\n", "[2"], {},
     [(0, [1], True), (1, [2], False), f"document 1: {CUT_OFF} at line 2 column 3 (byte 6)"]),
    (["[1]\n,[2]"], {}, [(0, [1], True),
                          "document 1: expected a value at line 2 column 1 (byte 4)"]),
    (["[1]\n\ufeff[2]"], {}, [(0, [1], True),
                               "document 1: expected a value at line 2 column 1 (byte 4)"]),
    (["[1] prose"], {}, [(0, [1], True),
                         "document 1: expected a value at line 1 column 5 (byte 4)"]),
    (["1-2"], {}, [(0, 1, False), "document 0: invalid number at line 1 column 2 (byte 1)"]),
    (["```\n[1]"], {}, ["document 0: expected a value at line 1 column 1 (byte 0)"]),
    ([b"[1] \xff"], {}, [(0, [1], True), "document 1: invalid UTF-8 at line 1 column 5 (byte 4)"]),
    ([b"[1] ", b"\xc3"], {}, [(0, [1], True),
                              "document 1: invalid UTF-8 at line 1 column 5 (byte 4)"]),
    (["[1] [[[", "1]]]"], {"max_depth": 2},
     [(0, [1], True), (1, [[]], False),
      "document 1: too deeply nested at line 1 column 7 (byte 6)"]),
    (["1 NaN"], {}, [(0, 1, True), (1, float("nan"), True)]),
    (["1 NaN"], {"strict": True},
     [(0, 1, True), "document 1: NaN and Infinity are not JSON at line 1 column 3 (byte 2)"]),
]  # fmt: skip


@pytest.mark.parametrize(("chunks", "options", "given"), TABLE, ids=range(len(TABLE)))
async def test_what_is_yielded(
    chunks: list[Any], options: dict[str, Any], given: list[Any]
) -> None:
    assert same(seen(chunks, **options), as_lists(given))
    assert same(await aseen(each(chunks), **options), as_lists(given))
    assert same(await aseen(iter(chunks), **options), as_lists(given))


_separators = st.sampled_from(["\n", "\r\n", " ", "\n\n", "\t \n"])


@given(st.data(), st.lists(documents, max_size=5))
def test_however_it_is_cut_each_document_is_what_the_library_reads(
    data: st.DataObject, texts: list[str]
) -> None:
    text = "".join(text + data.draw(_separators) for text in texts)
    expected = [[index, json.loads(it, strict=False), True] for index, it in enumerate(texts)]
    assert same(seen([text], partial=False), expected)
    for chunks in (data.draw(cuts(text)), data.draw(cuts(text.encode()))):
        assert same(seen(chunks, partial=False), expected)
        assert same([it for it in seen(chunks) if it[2]], expected)


@given(st.data(), st.lists(containers, min_size=1, max_size=3))
def test_each_grows_as_it_does_alone(data: st.DataObject, texts: list[str]) -> None:
    # Character by character, so that each has its own pieces.
    together = seen("".join(texts))
    for index, text in enumerate(texts):
        parser, alone = PartialJsonParser(fences=False), []
        for character in text:
            if parser.feed(character):
                alone.append(copied(parser.value))
        grown = [value for which, value, _ in together if which == index]
        # The end is given by itself, changed or not.
        assert same(grown[: len(alone)], alone)
        assert same(grown[-1], parser.close())
        assert len(grown) <= len(alone) + 1


def test_what_was_given_does_not_change() -> None:
    text = ('{"a": [1, {"b": "long ' + "text " * 200 + '"}]}\n') * 3
    kept = [(document, copied(list(document))) for document in iter_documents(text)]
    assert all(list(document) == copy for document, copy in kept)
    mine, *_, last = iter_documents("[[1],[2]]", fresh=True)
    mine.value.append("mine")
    assert last.value == [[1], [2]]


def test_the_stream_by_itself() -> None:
    stream = JsonDocumentStream()
    assert stream.feed('{"a": 1} [2') == [JsonDocument(0, {"a": 1}, True), (1, [2], False)]
    assert stream.feed("") == []
    assert stream.error is None
    assert stream.feed("] 7") == [(1, [2], True), (2, 7, False)]
    assert stream.close() == [(2, 7, True)]
    assert stream.close() == []
    with pytest.raises(ValueError, match="after close"):
        stream.feed("1")
    with pytest.raises(TypeError, match="expected str or bytes, got int"):
        JsonDocumentStream().feed(1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="numbers must be"):
        JsonDocumentStream(numbers="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_depth must not be negative"):
        JsonDocumentStream(max_depth=-1)


def test_after_an_error_nothing_is_read() -> None:
    stream = JsonDocumentStream()
    assert stream.feed("[1] x [2]") == [(0, [1], True)]
    error = stream.error
    assert error is not None
    assert (error.document, error.offset, error.line, error.column) == (1, 4, 1, 5)
    assert stream.feed("[3]") == []
    with pytest.raises(JsonStreamError, match="document 1: expected a value"):
        stream.close()


def test_a_value_that_is_refused_says_why_and_where() -> None:
    digits = "1" * 5000
    with pytest.raises(JsonStreamError, match=r"document 1: Exceeds the limit .* line 2") as caught:
        list(iter_documents(["1\n", digits, "\n"]))
    assert isinstance(caught.value.__cause__, ValueError)


def test_as_a_method_of_the_parser() -> None:
    assert list(PartialJsonParser.documents(["[1] 2"], partial=False)) == [
        (0, [1], True), (1, 2, True),
    ]  # fmt: skip


async def test_whoever_stops_early_stops_the_source() -> None:
    closed = []

    def source() -> Iterator[str]:
        try:
            yield "[1] [2]"
            yield "[3]"
        finally:
            closed.append("sync")

    async def asource() -> AsyncIterator[str]:
        try:
            yield "[1] [2]"
            yield "x"
            yield "never"
        finally:
            closed.append("async")

    stream = iter_documents(source())
    assert next(stream).value == [1]
    stream.close()  # type: ignore[attr-defined]
    assert closed == ["sync"]
    given = await aseen(asource())
    assert given[-1].startswith("document 2: expected a value")
    assert closed == ["sync", "async"]


def test_what_a_stream_keeps_is_collected_with_it() -> None:
    class Owner:
        pass

    owner = Owner()
    stream = JsonDocumentStream()
    (document,) = stream.feed('{"a": [1')
    document.value["a"].append((owner, stream))
    kept = weakref.ref(owner)
    del owner, stream, document
    gc.collect()
    assert kept() is None
