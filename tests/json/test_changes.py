"""`feed` says exactly whether the value has changed."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.json import PartialJsonParser, iter_json

from .documents import cuts, documents, garbage, mutations, texts_of_models
from .oracle import copied, same

NOTHING = object()
"""What is seen before any value is: `null` is one, although `value` is `None` before it too."""


def look(parser: PartialJsonParser) -> Any:
    value = parser.value
    return NOTHING if value is None and not parser.complete else copied(value)


def repeats_a_name(text: str) -> bool:
    names = re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', text, re.DOTALL)
    return len(set(names)) < len(names) or "\\u" in text


texts = documents | texts_of_models | mutations(texts_of_models) | garbage


@given(texts, st.sampled_from(["partial", "complete"]))
def test_feed_says_whether_the_value_looks_different(text: str, scalars: str) -> None:
    parser = PartialJsonParser(numbers=scalars, strings=scalars)
    seen: Any = parser.value
    before = look(parser)
    for character in text:
        changed = parser.feed(character)
        value, now = parser.value, look(parser)
        assert changed is not same(now, before), (before, now)
        # A member, or a document, that comes again as it was is another object.
        assert changed or value is seen or repeats_a_name(text) or "```" in text
        seen, before = value, now


def test_a_document_that_replaces_prose_is_a_change_where_it_looks_different() -> None:
    assert PartialJsonParser().feed("[note] ```json\n[]")
    parser = PartialJsonParser()
    assert parser.feed("[note] ```json\n") is True
    assert parser.feed("[") is False
    assert parser.feed("1") is True


@given(st.data(), texts)
def test_a_change_is_seen_also_where_the_value_was_not_read_in_between(
    data: st.DataObject, text: str
) -> None:
    parser, watched = PartialJsonParser(), PartialJsonParser()
    before = look(watched)
    for chunk in data.draw(cuts(text)):
        changed = parser.feed(chunk)
        watched.feed(chunk)
        now = look(watched)
        # A member that changes and changes back within one chunk counts as a change.
        assert changed is not same(now, before) or (changed and repeats_a_name(text))
        before = now
    assert same(parser.value, watched.value)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ('{"a": 1}', [{}, {"a": 1}]),
        ("[1, 2]", [[], [1], [1, 2]]),
        ("[12]", [[], [1], [12]]),
        ("[1.0]", [[], [1], [1.0]]),
        ("[1e5]", [[], [1], [1e5]]),
        ("[-0.0]", [[], [0], [-0.0]]),
        ("[1.50]", [[], [1], [1.5]]),
        ("[NaN, NaN]", [[], [float("nan")], [float("nan")] * 2]),
        ('["ab"]', [[], [""], ["a"], ["ab"]]),
        ('["a  b"]', [[], [""], ["a"], ["a  b"]]),
        ('["a``"]', [[], [""], ["a"], ["a``"]]),
        (r'["\ud83d\ude00"]', [[], [""], ["\U0001f600"]]),
        (r'["\ud83dx"]', [[], [""], ["\ud83dx"]]),
        ("[true, null]", [[], [True], [True, None]]),
        # A member of the same name takes the place of the one before.
        ('{"a":1,"a":1}', [{}, {"a": 1}]),
        ('{"a":1,"a":1.0}', [{}, {"a": 1}, {"a": 1.0}]),
        ('{"a":1,"a":true}', [{}, {"a": 1}, {"a": True}]),
        ('{"a":[1],"a":[1]}', [{}, {"a": []}, {"a": [1]}, {"a": []}, {"a": [1]}]),
        ('{"a":NaN,"a":NaN}', [{}, {"a": float("nan")}]),
        ('{"a":1,"b":2,"a":3}', [{}, {"a": 1}, {"a": 1, "b": 2}, {"a": 3, "b": 2}]),
        ("null", [None]),
        ("7", [7]),
        ('"a"', ["", "a"]),
        ("7 of 9:\n```json\n[]", [7, []]),
        ("7 of 9:\n```json\n7", [7]),
    ],
)
def test_the_changes_of(text: str, changes: list[Any]) -> None:
    parser = PartialJsonParser()
    seen = [parser.value for character in text if parser.feed(character)]
    assert same(seen, changes)


def test_a_member_that_comes_again_whole_and_as_it_was_is_no_change() -> None:
    parser = PartialJsonParser()
    assert parser.feed('{"a": [1]')
    assert not parser.feed(" ")
    assert not parser.feed(', "a": [1]')
    assert parser.feed(', "a": [1.0]')
    assert same(parser.value, {"a": [1.0]})


@pytest.mark.parametrize(("first", "second"), [
    ("[note] ", "```json\n[]"), ("7 of 9:\n", "```7 "), ("{x} ", "```{}"), ('"a" ', '```"a"'),
])  # fmt: skip
def test_a_document_that_looks_like_the_prose_before_it(first: str, second: str) -> None:
    parser = PartialJsonParser()
    assert parser.feed(first)
    assert not parser.feed(second)
    # In one chunk it is the first that is seen.
    assert PartialJsonParser().feed(first + second)


def test_iterating_yields_each_change_once() -> None:
    assert same([copied(value) for value in iter_json("[1.0, {}]")], [[], [1], [1.0], [1.0, {}]])
