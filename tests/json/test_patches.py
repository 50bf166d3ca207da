"""`changes()` and `patch()`: what each piece of text has done to the document."""

import copy
import gc
import json
import weakref
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.output_parsers import JsonOutputParser

from headrace.json import PartialJsonParser, iter_json

from .documents import containers, cuts, documents, texts_of_models
from .documents import mutations as mutations_of
from .oracle import copied, same

Row = tuple[tuple[str | int, ...], str, Any]

NOTHING = object()


def applied(document: Any, rows: list[Row]) -> Any:
    """What a reader makes of the rows; the document is changed in place where that can be."""
    for path, operation, value in rows:
        value = copied(value)
        if not path:
            if operation == "append":
                document += value
            else:
                assert (document is NOTHING) is (operation == "add")
                document = value
            continue
        around = document
        for step in path[:-1]:
            around = around[step]
        last = path[-1]
        if isinstance(around, list):
            assert operation != "add" or last == len(around)
            around[last:] = [around[last] + value if operation == "append" else value]
        else:
            assert (last not in around) is (operation == "add")
            around[last] = around[last] + value if operation == "append" else value
    return document


def changes_of(chunks: Any, **options: Any) -> list[list[Row]]:
    parser = PartialJsonParser(changes=True, **options)
    rows = []
    for chunk in chunks:
        changed = parser.feed(chunk)
        rows.append(parser.changes())
        assert changed or not rows[-1]
    return rows


TABLE = [
    ("a value", ["[", "]"], [[((), "add", [])], []]),
    ("a string", ['["a', "b", " ", "c", '"'],
     [[((), "add", ["a"])], [((0,), "append", "b")], [], [((0,), "append", " c")], []]),
    ("a number", ['{"n": 1', "2", ".", "5", "}"],
     [[((), "add", {"n": 1})], [(("n",), "replace", 12)], [],
      [(("n",), "replace", 12.5)], []]),
    ("what is new is given whole", ['{"a": 1', ', "b": [{"c": "x', 'y"}, 2', "]"],
     [[((), "add", {"a": 1})], [(("b",), "add", [{"c": "x"}])],
      [(("b", 0, "c"), "append", "y"), (("b", 1), "add", 2)], []]),
    ("at every depth", ['{"a": [[1', '2, 3], 4], "b": 5', "}"],
     [[((), "add", {"a": [[1]]})],
      [(("a", 0, 0), "replace", 12), (("a", 0, 1), "add", 3), (("a", 1), "add", 4),
       (("b",), "add", 5)], []]),
    ("names", ['{"": {"a/b~": [', '1'], [[((), "add", {"": {"a/b~": []}})],
                                           [(("", "a/b~", 0), "add", 1)]]),
    ("a name that comes twice", ['{"a": 1, "b": 2', ', "a": [', "3", '], "b": 2'],
     [[((), "add", {"a": 1, "b": 2})], [(("a",), "replace", [])],
      [(("a", 0), "add", 3)], []]),
    ("one that is open when it comes again", ['{"a": "x', '", "a": "y', 'z"'],
     [[((), "add", {"a": "x"})], [(("a",), "replace", "y")], [(("a",), "append", "z")]]),
    ("one that is new itself", ["{", '"a": 1, "a": 2', "}"],
     [[((), "add", {})], [(("a",), "add", 2)], []]),
    ("the same inside what is new", ["[", '{"a": 1, "a": 2}, {"a": 3', "}"],
     [[((), "add", [])], [((0,), "add", {"a": 2}), ((1,), "add", {"a": 3})], []]),
    ("a string alone", ['"a', "b"], [[((), "add", "a")], [((), "append", "b")]]),
    ("a number alone", ["1", "2"], [[((), "add", 1)], [((), "replace", 12)]]),
    ("another document", ["[1] x", "", "7 ```\n", "[2]"], [[((), "add", [1])], [], [], []]),
    ("a document that replaces prose", ["7 things ", "```\n[2]"],
     [[((), "add", 7)], [((), "replace", [2])]]),
    ("null", ["null"], [[((), "add", None)]]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "chunks", "rows"), TABLE, ids=[row[0] for row in TABLE])
def test_rows(what: str, chunks: list[str], rows: list[list[Row]]) -> None:
    assert same(changes_of(chunks), rows)


@given(st.data(), texts_of_models | mutations_of(containers), st.booleans())
def test_all_rows_in_their_order_give_the_document(
    data: st.DataObject, text: str, complete: bool
) -> None:
    held = "complete" if complete else "partial"
    parser = PartialJsonParser(changes=True, numbers=held, strings=held)
    document = NOTHING
    for chunk in data.draw(cuts(text)):
        changed = parser.feed(chunk)
        rows = parser.changes()
        document = applied(document, rows)
        assert changed or not rows
        if document is not NOTHING:
            assert same(document, parser.value)
    try:
        parser.close()
    except ValueError:
        return
    assert same(applied(document, parser.changes()), parser.value)


@given(st.data(), containers)
def test_a_character_gives_a_row_at_most(data: st.DataObject, text: str) -> None:
    for rows in changes_of(text):
        assert len(rows) <= 1


def test_asking_twice_and_after_the_end() -> None:
    parser = PartialJsonParser(changes=True)
    assert parser.changes() == []
    assert parser.patch() == []
    parser.feed("1")
    assert parser.changes() == parser.changes() == [((), "add", 1)]
    parser.feed("2.")
    assert parser.changes() == [((), "replace", 12)]
    parser.feed("0")
    assert parser.changes() == [((), "replace", 12.0)]
    parser.close()
    assert parser.changes() == []
    held = PartialJsonParser(changes=True, numbers="complete")
    held.feed("12")
    assert held.changes() == []
    held.close()
    assert held.changes() == [((), "add", 12)]


def test_rows_do_not_change_while_they_are_held() -> None:
    kept: list[tuple[Any, Any]] = []
    text = json.dumps({"a": ["text " * 300, {"b": [1, [2, {"c": "x" * 900}]]}], "d": {}})
    for size in (1, 3, 7):
        for rows in changes_of([text[at : at + size] for at in range(0, len(text), size)]):
            kept.append((rows, copied(rows)))
    assert all(same(rows, copy) for rows, copy in kept)


def test_fresh_rows_can_be_changed() -> None:
    parser = PartialJsonParser(changes=True, fresh=True)
    parser.feed('{"a": [1')
    ((_, _, value),) = parser.changes()
    value["a"].append("mine")
    (operation,) = parser.patch()
    operation["value"].clear()
    assert parser.value == {"a": [1]}


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match=r"changes\(\) without changes=True"):
        PartialJsonParser().changes()
    with pytest.raises(ValueError, match=r"patch\(\) without changes=True"):
        PartialJsonParser().patch()
    with pytest.raises(ValueError, match="not with select"):
        PartialJsonParser(changes=True, select="$")


def reference(chunks: list[str]) -> list[list[dict[str, Any]]]:
    """What the reference's own comparison gives for the documents that are shown here."""
    before = None
    patches = []
    for value in iter_json(chunks):
        patches.append(jsonpatch.make_patch(before, value).patch)
        before = copied(value)
    return patches


def patches_of(chunks: list[str]) -> list[list[dict[str, Any]]]:
    parser = PartialJsonParser(changes=True)
    patches = []
    for chunk in chunks:
        if parser.feed(chunk):
            patches.append(parser.patch())
    shown = parser.value
    if parser.close() is not shown:
        patches.append(parser.patch())
    return patches


_words = st.sampled_from(["", "a", "b", "ab", "x y"])
_scalars = _words | st.integers(0, 12) | st.sampled_from([True, None, 1.5])
_alike = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "c/d", "~"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.data(), _alike)
def test_patches_are_those_of_the_reference(data: st.DataObject, document: Any) -> None:
    # Few values and long pieces, so that values look like others by chance.
    chunks = data.draw(cuts(json.dumps(document)))
    assert patches_of(chunks) == reference(chunks)


@given(st.data(), documents)
def test_patches_lead_from_each_document_to_the_next(data: st.DataObject, text: str) -> None:
    parser = PartialJsonParser(changes=True)
    document = None
    for chunk in data.draw(cuts(text)):
        parser.feed(chunk)
        document = jsonpatch.JsonPatch(copy.deepcopy(parser.patch())).apply(document)
        assert same(document, parser.value)


def test_the_patches_of_the_reference_parser() -> None:
    text = json.dumps(
        {"tags": ["", "a", "", ["", {"x": ""}, ""]], "n": [1, 12, 1, 1.5], "a/b": {"~": "x y"}}
    )
    for size in range(1, 40):
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        assert patches_of(chunks) == list(JsonOutputParser(diff=True).transform(iter(chunks)))


CHANCES = [
    # chunks, and the last of the patches
    (['[""', ', "a"'], [{"op": "add", "path": "/1", "value": "a"}]),
    (['["', 'a", "'], [{"op": "add", "path": "/0", "value": "a"}]),
    (['["', 'a", "", "b"'],
     [{"op": "add", "path": "/0", "value": "a"}, {"op": "add", "path": "/2", "value": "b"}]),
    (['[["', 'a"], "'],
     [{"op": "add", "path": "/0/0", "value": "a"}, {"op": "move", "from": "/0/1", "path": "/1"}]),
    (['[["', 'a", "b"], "'],
     [{"op": "add", "path": "/0/0", "value": "a"}, {"op": "add", "path": "/0/1", "value": "b"},
      {"op": "move", "from": "/0/2", "path": "/1"}]),
    (['{"a": ["', 'x"], "b": "'],
     [{"op": "move", "from": "/a/0", "path": "/b"}, {"op": "add", "path": "/a/0", "value": "x"}]),
    (['[{"a": 1', '2}, {"a": 1}'], [{"op": "add", "path": "/0", "value": {"a": 12}}]),
]  # fmt: skip


@pytest.mark.parametrize(("chunks", "patch"), CHANCES, ids=range(len(CHANCES)))
def test_values_that_look_like_others_by_chance(
    chunks: list[str], patch: list[dict[str, Any]]
) -> None:
    parser = PartialJsonParser(changes=True)
    for chunk in chunks[:-1]:
        parser.feed(chunk)
    before = copied(parser.value)
    parser.feed(chunks[-1])
    assert parser.patch() == patch
    assert jsonpatch.make_patch(before, parser.value).patch == patch


def test_null_is_what_a_reader_of_patches_begins_with() -> None:
    assert patches_of(["null"]) == reference(["null"]) == [[]]


def test_a_name_that_comes_twice_is_replaced() -> None:
    parser = PartialJsonParser(changes=True)
    parser.feed('{"a": {"b": [1, 2]}')
    parser.feed(', "a": {"b": [1]}')
    assert parser.patch() == [{"op": "replace", "path": "/a", "value": {"b": [1]}}]


def test_halves_of_surrogate_pairs_in_names() -> None:
    parser = PartialJsonParser(changes=True)
    parser.feed(r'{"\ud800/": ["')
    parser.feed("a")
    assert parser.patch() == [{"op": "replace", "path": "/\ud800~1/0", "value": "a"}]
    assert parser.changes() == [(("\ud800/", 0), "append", "a")]


def test_what_a_parser_keeps_is_collected_with_it() -> None:
    class Owner:
        pass

    owner = Owner()
    parser = PartialJsonParser(changes=True)
    parser.feed('{"a": [')
    parser.feed("1")
    parser.value["a"].append((owner, parser))
    kept = weakref.ref(owner)
    del owner, parser
    gc.collect()
    assert kept() is None


def test_deeper_than_the_stack() -> None:
    parser = PartialJsonParser(changes=True, max_depth=100_000)
    parser.feed("[" * 50_000)
    parser.feed("1")
    (row,) = parser.changes()
    assert (len(row[0]), row[1:]) == (50_000, ("add", 1))
    (operation,) = parser.patch()
    assert operation == {"op": "add", "path": "/0" * 50_000, "value": 1}
