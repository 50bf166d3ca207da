"""`iter_json` and `aiter_json`: each change once, then the end."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.json import JsonStreamError, PartialJsonParser, aiter_json, iter_json

from .documents import cuts, mutations, texts_of_models
from .oracle import Raised, copied, outcome, same


async def each(chunks: list[Any]) -> AsyncIterator[Any]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def seen(chunks: Any, **options: Any) -> list[Any]:
    """What is yielded, and last what is raised."""
    values = []
    try:
        for value in iter_json(chunks, **options):
            values.append(copied(value))
    except JsonStreamError as error:
        values.append(Raised("JsonStreamError", str(error)))
    return values


async def aseen(chunks: Any, **options: Any) -> list[Any]:
    values = []
    try:
        async for value in aiter_json(chunks, **options):
            values.append(copied(value))
    except JsonStreamError as error:
        values.append(Raised("JsonStreamError", str(error)))
    return values


ENDED = "the text ended before the document did"

TABLE = [
    # chunks, options, what is seen
    (['{"a', '": [1', ", 2", "]}"], {}, [{}, {"a": [1]}, {"a": [1, 2]}]),
    ([b'["\xc3', b"\xa9", b'"]'], {}, [[""], ["é"]]),
    (["7"], {}, [7]),
    (["1", "2", ".0"], {}, [1, 12, 12.0]),
    (["1.", "0 "], {}, [1, 1.0]),
    (["1", "2"], {"numbers": "complete"}, [12]),
    (["1", "2", " "], {"numbers": "complete"}, [12]),
    (['"a', 'b"'], {}, ["a", "ab"]),
    (['"a', 'b"'], {"strings": "complete"}, ["ab"]),
    (["nu", "ll"], {}, [None]),
    (["null", " "], {}, [None]),
    (["tr", "ue"], {}, [True]),
    (["[]"], {}, [[]]),
    (["1" * 100, "1" * 100], {}, [int("1" * 100), int("1" * 128), int("1" * 200)]),
    (["[1, ", "x"], {}, [[1], Raised("JsonStreamError",
    "expected a value at line 1 column 5 (byte 4)")]), (["[1, x] ```json\n", "[2]"], {}, [[1],
    [2]]), (['{"a": "b'], {}, [{"a": "b"}, Raised("JsonStreamError",
    f"{ENDED} at line 1 column 9 (byte 8)")]), ([], {}, [Raised("JsonStreamError",
    f"{ENDED} at line 1 column 1 (byte 0)")]), (["", b"", ""], {}, [Raised("JsonStreamError",
    f"{ENDED} at line 1 column 1 (byte 0)")]), (["prose"], {}, [Raised("JsonStreamError",
    "no JSON document found at line 1 column 1 (byte 0)")]), (["NaN"], {"strict": True,
    "fences": False}, [Raised("JsonStreamError",
    "NaN and Infinity are not JSON at line 1 column 1 (byte 0)")]), (["[[", "[["], {"max_depth": 3},
     [[[]], [[[]]], Raised("JsonStreamError", "too deeply nested at line 1 column 4 (byte 3)")]),
    (["```\n[", "1]"], {"fences": False},
     [Raised("JsonStreamError", "expected a value at line 1 column 1 (byte 0)")]),
]  # fmt: skip


@pytest.mark.parametrize(("chunks", "options", "values"), TABLE, ids=range(len(TABLE)))
async def test_what_is_yielded(
    chunks: list[Any], options: dict[str, Any], values: list[Any]
) -> None:
    assert same(seen(chunks, **options), values)
    assert same(seen(iter(chunks), **options), values)
    assert same(await aseen(each(chunks), **options), values)
    assert same(await aseen(chunks, **options), values)
    assert same(await aseen(iter(chunks), **options), values)


@given(st.data(), texts_of_models | mutations(texts_of_models))
def test_each_change_is_yielded_once_and_the_document_last(data: st.DataObject, text: str) -> None:
    chunks = data.draw(cuts(text))
    parser = PartialJsonParser()
    expected = [copied(parser.value) for chunk in chunks if parser.feed(chunk)]
    try:
        final = parser.close()
    except JsonStreamError as error:
        expected.append(Raised("JsonStreamError", str(error)))
    else:
        if not expected or not same(expected[-1], final):
            expected.append(copied(final))
    assert same(seen(chunks), expected)
    assert same(asyncio.run(aseen(each(chunks))), expected)


@given(st.data(), texts_of_models)
def test_the_last_value_is_what_close_gives(data: st.DataObject, text: str) -> None:
    parser = PartialJsonParser(numbers="complete", strings="complete")
    parser.feed(text)
    values = seen(data.draw(cuts(text)), numbers="complete", strings="complete")
    assert same(values[-1], outcome(parser.close))


@pytest.mark.parametrize("iterate", [iter_json, aiter_json])
def test_nothing_is_read_before_it_is_asked_for(iterate: Any) -> None:
    def chunks() -> Iterator[str]:
        raise AssertionError
        yield ""

    iterator = iterate(chunks())
    assert inspect.isgenerator(iterator) or inspect.isasyncgen(iterator)


def test_no_chunk_is_read_ahead() -> None:
    asked = 0

    def chunks() -> Iterator[str]:
        nonlocal asked
        for chunk in ["[1", ", 2", "]"]:
            asked += 1
            yield chunk

    iterator = iter_json(chunks())
    assert next(iterator) == [1]
    assert asked == 1


def test_closing_early_closes_the_generator_of_chunks() -> None:
    closed = []

    def chunks() -> Iterator[str]:
        try:
            yield "[1"
            yield "]"
        finally:
            closed.append(True)

    kept = chunks()
    iterator = iter_json(kept)
    next(iterator)
    iterator.close()  # type: ignore[attr-defined]
    assert closed == [True]


@pytest.mark.parametrize("awaits", [False, True])
async def test_closing_early_has_closed_the_chunks_when_it_returns(awaits: bool) -> None:
    closed = []

    def plain() -> Iterator[str]:
        try:
            yield "[1"
        finally:
            closed.append(True)

    async def chunks() -> AsyncIterator[str]:
        try:
            yield "[1"
            yield "]"
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    kept = chunks() if awaits else plain()
    iterator = aiter_json(kept)
    assert await anext(iterator) == [1]
    await iterator.aclose()  # type: ignore[attr-defined]
    assert closed == [True]


def test_other_iterables_are_not_closed() -> None:
    class File:
        closed = False

        def __iter__(self) -> Iterator[str]:
            return iter(["[1", "]"])

        def close(self) -> None:
            self.closed = True

    file = File()
    assert same(seen(file), [[1]])
    assert not file.closed


async def test_an_error_of_the_chunks_goes_up_as_it_is() -> None:
    class Broken(Exception):
        pass

    def chunks() -> Iterator[str]:
        yield "[1"
        raise Broken

    values = []
    with pytest.raises(Broken):
        values.extend(copied(value) for value in iter_json(chunks()))
    iterator = aiter_json(chunks())
    assert await anext(iterator) == [1]
    with pytest.raises(Broken):
        await anext(iterator)


@pytest.mark.parametrize("chunk", [None, 1, ["[]"]])
def test_a_chunk_that_is_no_text_is_an_error(chunk: Any) -> None:
    with pytest.raises(TypeError, match=f"expected str or bytes, got {type(chunk).__name__}"):
        list(iter_json([chunk]))


def test_wrong_options_are_errors() -> None:
    with pytest.raises(ValueError, match="numbers must be 'partial' or 'complete', not 'some'"):
        list(iter_json([], numbers="some"))  # type: ignore[arg-type]


def test_a_string_is_an_iterable_of_its_characters() -> None:
    assert same(seen("[12]"), [[], [1], [12]])


def test_the_options_are_those_of_the_parser() -> None:
    parser = inspect.signature(PartialJsonParser).parameters
    for function in (iter_json, aiter_json):
        options = inspect.signature(function).parameters
        for name, parameter in list(options.items())[1:]:
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
            assert parameter.default == parser[name].default
        assert set(parser) - set(options) == {"changes", "strip"}
