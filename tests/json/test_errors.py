"""Where a text is wrong, what is said of it, and what stays of its value."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headrace.exceptions import HeadraceError
from headrace.json import JsonStreamError, PartialJsonParser

from .completions import can_go_on, first_wrong
from .documents import containers, garbage, mutations, strict_documents, texts_of_models
from .oracle import Raised, copied, end_of, fed, loads, outcome, same


def error_of(text: str | bytes, **options: Any) -> JsonStreamError:
    parser = PartialJsonParser(**options)
    parser.feed(text)
    with pytest.raises(JsonStreamError) as raised:
        parser.close()
    return raised.value


BARE = {"strict": True, "fences": False}
MESSAGES = [
    # text, options, what is said
    ("[?", {}, "expected a value at line 1 column 2 (byte 1)"),
    ('{"a":}', {}, "expected a value at line 1 column 6 (byte 5)"),
    ("[1,]", {}, "expected a value after the comma at line 1 column 4 (byte 3)"),
    ('{"a": 1, }', {}, "expected a value after the comma at line 1 column 10 (byte 9)"),
    ("{a", {}, "expected a member name in double quotes at line 1 column 2 (byte 1)"),
    ('{"a":1,2', {}, "expected a member name in double quotes at line 1 column 8 (byte 7)"),
    ('{"a" 1', {}, "expected ':' after the member name at line 1 column 6 (byte 5)"),
    ("[1 2", {}, "expected ',' or ']' at line 1 column 4 (byte 3)"),
    ("[1}", {}, "expected ',' or ']' at line 1 column 3 (byte 2)"),
    ('{"a":1]', {}, "expected ',' or '}' at line 1 column 7 (byte 6)"),
    ("[trUe", {}, "expected true, false or null at line 1 column 4 (byte 3)"),
    ("[-Infinite", {}, "expected true, false or null at line 1 column 10 (byte 9)"),
    ("[01", {}, "invalid number at line 1 column 3 (byte 2)"),
    ("[1.]", {}, "invalid number at line 1 column 4 (byte 3)"),
    ("[-]", {}, "invalid number at line 1 column 3 (byte 2)"),
    ("[1e+]", {}, "invalid number at line 1 column 5 (byte 4)"),
    ("[NaN]", {"strict": True}, "NaN and Infinity are not JSON at line 1 column 2 (byte 1)"),
    ("[-Infinity", {"strict": True}, "NaN and Infinity are not JSON at line 1 column 3 (byte 2)"),
    (r'["\x', {}, "invalid escape at line 1 column 4 (byte 3)"),
    (r'["\u00g', {}, "expected four hexadecimal digits at line 1 column 7 (byte 6)"),
    ('["a\n', {"strict": True}, "control character in a string at line 1 column 4 (byte 3)"),
    ('{"a\t', {"strict": True}, "control character in a string at line 1 column 4 (byte 3)"),
    (b'["\xff', {}, "invalid UTF-8 at line 1 column 3 (byte 2)"),
    ("[[[", {"max_depth": 2}, "too deeply nested at line 1 column 3 (byte 2)"),
    ("[]\n7", BARE, "text after the document at line 2 column 1 (byte 3)"),
    ("", {}, "the text ended before the document did at line 1 column 1 (byte 0)"),
    (" \n ", {}, "the text ended before the document did at line 2 column 2 (byte 3)"),
    ('{"a":\n"é', {}, "the text ended before the document did at line 2 column 3 (byte 9)"),
    ("```json\n", {}, "no JSON document found at line 1 column 4 (byte 3)"),
    (" no JSON here", {}, "no JSON document found at line 1 column 2 (byte 1)"),
    ("hello\n```\nworld", {}, "no JSON document found at line 1 column 1 (byte 0)"),
    (b'["\xc3', {}, "invalid UTF-8 at line 1 column 3 (byte 2)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options", "message"), MESSAGES, ids=[ascii(it[0]) for it in MESSAGES]
)
def test_what_is_said(text: str | bytes, options: dict[str, Any], message: str) -> None:
    assert str(error_of(text, **options)) == message


def test_lines_end_with_line_feeds_and_columns_count_characters() -> None:
    error = error_of('{"é€\U0001f600":\r\n\r "\u2028", x')
    assert (error.offset, error.line, error.column) == (24, 2, 8)


def test_the_error_is_a_value_error_with_its_place() -> None:
    error = error_of("[1 2]")
    assert isinstance(error, ValueError)
    assert isinstance(error, HeadraceError)
    assert error.message == "expected ',' or ']'"
    assert (error.offset, error.line, error.column) == (3, 1, 4)
    assert error.args == ("expected ',' or ']'", 3, 1, 4)
    assert error.__cause__ is None
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is JsonStreamError
        assert str(twin) == str(error)


@given(mutations(containers))
def test_the_error_stands_at_the_first_character_that_no_document_has_there(text: str) -> None:
    index = first_wrong(text)
    parser = PartialJsonParser(fences=False)
    parser.feed(text)
    error = parser.error
    if parser.complete or text.lstrip(" \n\r\t")[:1] not in ("[", "{"):
        # What follows a whole document is ignored. What is no array or object: see below.
        return
    if index is None:
        assert error is None
    else:
        assert error is not None
        assert error.offset == len(text[:index].encode())


@given(mutations(strict_documents) | garbage)
@example("1 2")
@example('""x')
@example("-I")
@example("NaN")
def test_in_a_strict_text_too_what_follows_the_document_included(text: str) -> None:
    index = first_wrong(text, strict=True)
    parser = PartialJsonParser(strict=True, fences=False)
    parser.feed(text)
    error = parser.error
    assert (None if error is None else error.offset) == (
        None if index is None else len(text[:index].encode())
    )


@given(strict_documents)
def test_no_prefix_of_a_document_is_an_error(text: str) -> None:
    parser = PartialJsonParser(strict=True)
    for character in text:
        assert parser.error is None
        parser.feed(character)
    assert parser.error is None
    assert parser.close() is parser.value
    assert parser.complete


texts = mutations(texts_of_models) | garbage | mutations(strict_documents)


@given(texts, st.booleans())
def test_the_error_leaves_the_value_as_it_was(text: str, strict: bool) -> None:
    end = fed([text], strict=strict, fences=False)
    if end.error is not None:
        before = fed([text.encode()[: end.error[1]]], strict=strict, fences=False)
        assert same(before.value, end.value)
        assert before.error is None


@given(texts, st.text(max_size=5) | texts, st.booleans())
def test_nothing_mends_a_text_without_fences(text: str, more: str, strict: bool) -> None:
    parser = PartialJsonParser(strict=strict, fences=False)
    parser.feed(text)
    if parser.error is not None:
        before, value = end_of(parser), parser.value
        assert parser.feed(more) is False
        assert end_of(parser) == before
        assert parser.value is value


@given(texts | texts_of_models | strict_documents)
def test_a_text_is_accepted_or_has_an_error_with_its_place(text: str) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    value = outcome(parser.close)
    error = parser.error
    if error is None:
        assert value is parser.value
        assert parser.complete
    else:
        assert value == Raised("JsonStreamError", str(error))
        assert not parser.complete
        assert 0 <= error.offset <= len(text.encode())
        before = text.encode()[: error.offset].decode()
        assert error.line == 1 + before.count("\n")
        assert error.column == 1 + len(before.rpartition("\n")[2])


@given(strict_documents, st.sampled_from(["", " ", "\n"]))
def test_what_can_go_on_agrees_with_the_standard_library(text: str, blank: str) -> None:
    """The oracle of these tests is itself held against `json`."""
    assert can_go_on(blank + text)
    assert can_go_on(text[: len(text) // 2])
    assert loads(text) is None or first_wrong(text) is None
    assert first_wrong(f"[{text}") is None
    assert first_wrong(f"[{text}}}") == len(text) + 1


def test_an_error_that_a_fenced_document_mends() -> None:
    parser = PartialJsonParser()
    parser.feed("[note: this is it]\n")
    assert parser.value == []
    assert str(parser.error) == "expected true, false or null at line 1 column 3 (byte 2)"
    assert not parser.complete
    parser.feed("```json\n")
    assert parser.error is not None
    assert parser.feed('{"a": 1}')
    assert parser.error is None
    assert parser.complete
    assert parser.close() == {"a": 1}


def test_the_value_at_an_error_stays_the_same_object() -> None:
    parser = PartialJsonParser()
    parser.feed('{"a": [1, "x')
    value = parser.value
    assert parser.feed(r"\q") is False
    assert parser.value is value
    assert same(copied(value), {"a": [1, "x"]})
    with pytest.raises(JsonStreamError, match="invalid escape"):
        parser.close()
    assert parser.value is value
