"""`select`: each value that a path leads to, once, when it is certain."""

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
    JsonMatch,
    JsonPathError,
    JsonStreamError,
    PartialJsonParser,
    aiter_json,
    iter_json,
)

from .documents import cuts
from .oracle import copied
from .paths import documents, found, paths

COUNTRIES = """{"countries": [
    {"name": "France", "population": 67413000, "capital": {"name": "Paris"}},
    {"name": "Spain", "population": 47351567}
]}"""


def given_by(chunks: Any, select: Any, **options: Any) -> list[Any]:
    """What each chunk makes certain, and last what the end does."""
    parser = PartialJsonParser(select=select, **options)
    steps = []
    for chunk in chunks:
        has_some = parser.feed(chunk)
        matches = parser.matches()
        assert has_some is bool(matches)
        steps.append(matches)
    steps.append(parser.close())
    return steps


def all_of(chunks: Any, select: Any, **options: Any) -> list[Any]:
    return [match for matches in given_by(chunks, select, **options) for match in matches]


def places(chunks: Any, select: str, **options: Any) -> list[tuple[Any, Any]]:
    matches = all_of(chunks, select, details=True, **options)
    assert all(match.complete for match in matches)
    return [(match.location, copied(match.value)) for match in matches]


def in_any_order(pairs: list[tuple[Any, Any]]) -> list[str]:
    return sorted(map(repr, pairs))


@given(st.data(), documents, paths, st.booleans())
def test_what_is_found_is_what_a_library_finds_in_the_finished_document(
    data: st.DataObject, document: Any, path: str, ascii_only: bool
) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    expected = in_any_order(found(path, document))
    assert in_any_order(places([text], path)) == expected
    assert in_any_order(places(data.draw(cuts(text)), path)) == expected
    assert in_any_order(places(data.draw(cuts(text.encode())), path)) == expected


@given(st.data(), documents, st.lists(paths, min_size=1, max_size=4))
def test_several_paths_find_what_each_finds_alone(
    data: st.DataObject, document: Any, some: list[str]
) -> None:
    text = json.dumps(document)
    together = all_of(data.draw(cuts(text)), some, details=True)
    for path in set(some):
        alone = [repr(match) for match in all_of([text], path, details=True)]
        assert sorted(repr(it) for it in together if it.path == path) == sorted(
            alone * some.count(path)
        )


@given(documents, paths, st.data())
def test_the_order_is_that_in_which_values_end_and_become_certain(
    document: Any, path: str, data: st.DataObject
) -> None:
    text = json.dumps(document)
    # However the text is cut, the order is the same.
    assert places(data.draw(cuts(text)), path) == places([text], path)
    # Where nothing hangs on an array's end and no match holds another, it is the document's.
    if "-" in path or ":" in path:
        return
    locations = [location for location, _ in places([text], path)]
    nested = any(
        one != other and one == other[: len(one)] for one in locations for other in locations
    )
    if not nested:
        assert locations == in_document_order(document, locations)


def in_document_order(document: Any, locations: list[Any]) -> list[Any]:
    wanted = set(locations)
    ordered = []

    def walk(value: Any, location: tuple[Any, ...]) -> None:
        if location in wanted:
            ordered.append(location)
        if isinstance(value, dict):
            for name, member in value.items():
                walk(member, (*location, name))
        elif isinstance(value, list):
            for index, element in enumerate(value):
                walk(element, (*location, index))

    walk(document, ())
    return ordered


# The tables of RFC 9535, sections 1.5, 2.3 and 2.5, filters apart; sets of places where its
# order is free or not the order of arrival.
BOOKSTORE = {
    "store": {
        "book": [
            {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century",
             "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour",
             "price": 12.99},
            {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick",
             "isbn": "0-553-21311-3", "price": 8.99},
            {"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings",
             "isbn": "0-395-19395-8", "price": 22.99},
        ],
        "bicycle": {"color": "red", "price": 399},
    }
}  # fmt: skip
LETTERS = ["a", "b", "c", "d", "e", "f", "g"]
NESTED = {"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]}
STANDARD = [
    (BOOKSTORE, "$.store.book[*].author",
     ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
    (BOOKSTORE, "$..author",
     ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
    (BOOKSTORE, "$.store.*", [BOOKSTORE["store"]["book"], BOOKSTORE["store"]["bicycle"]]),
    (BOOKSTORE, "$.store..price", [8.95, 12.99, 8.99, 22.99, 399]),
    (BOOKSTORE, "$..book[2]", [BOOKSTORE["store"]["book"][2]]),
    (BOOKSTORE, "$..book[2].author", ["Herman Melville"]),
    (BOOKSTORE, "$..book[2].publisher", []),
    (BOOKSTORE, "$..book[-1]", [BOOKSTORE["store"]["book"][3]]),
    (BOOKSTORE, "$..book[0,1]", BOOKSTORE["store"]["book"][:2]),
    (BOOKSTORE, "$..book[:2]", BOOKSTORE["store"]["book"][:2]),
    ({"k": "v"}, "$", [{"k": "v"}]),
    ({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}, "$.o['j j']", [{"k.k": 3}]),
    ({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}, "$.o['j j']['k.k']", [3]),
    ({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}, '$.o["j j"]["k.k"]', [3]),
    ({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}, "$[\"'\"][\"@\"]", [2]),
    ({"o": {"j": 1, "k": 2}, "a": [5, 3]}, "$[*]", [{"j": 1, "k": 2}, [5, 3]]),
    ({"o": {"j": 1, "k": 2}, "a": [5, 3]}, "$.o[*]", [1, 2]),
    ({"o": {"j": 1, "k": 2}, "a": [5, 3]}, "$.a[*]", [5, 3]),
    (["a", "b"], "$[1]", ["b"]),
    (["a", "b"], "$[-2]", ["a"]),
    (LETTERS, "$[1:3]", ["b", "c"]),
    (LETTERS, "$[5:]", ["f", "g"]),
    (LETTERS, "$[1:5:2]", ["b", "d"]),
    (LETTERS, "$[5:1:-2]", ["d", "f"]),
    (LETTERS, "$[::-1]", LETTERS),
    ({"a": None, "b": [None], "c": [{}], "null": 1}, "$.a", [None]),
    ({"a": None, "b": [None], "c": [{}], "null": 1}, "$.a[0]", []),
    ({"a": None, "b": [None], "c": [{}], "null": 1}, "$.b[0]", [None]),
    ({"a": None, "b": [None], "c": [{}], "null": 1}, "$.b[*]", [None]),
    ({"a": None, "b": [None], "c": [{}], "null": 1}, "$.null", [1]),
    (LETTERS, "$[0, 3]", ["a", "d"]),
    (LETTERS, "$[0:2, 5]", ["a", "b", "f"]),
    # The standard gives the node twice; here it is one match.
    (LETTERS, "$[0, 0]", ["a"]),
    (NESTED, "$..j", [1, 4]),
    (NESTED, "$..[0]", [5, {"j": 4}]),
    (NESTED, "$..o", [{"j": 1, "k": 2}]),
    (NESTED, "$.o..[*, *]", [1, 2]),
    (NESTED, "$.a..[0, 1]", [5, 3, {"j": 4}, {"k": 6}]),
    # What ends first comes first, where the standard gives a container before what is in it.
    (NESTED, "$..*", [1, 2, {"j": 1, "k": 2}, 5, 3, 4, {"j": 4}, 6, {"k": 6},
                      [{"j": 4}, {"k": 6}], [5, 3, [{"j": 4}, {"k": 6}]]]),
]  # fmt: skip


@pytest.mark.parametrize(("document", "path", "values"), STANDARD, ids=range(len(STANDARD)))
def test_the_examples_of_the_standard(document: Any, path: str, values: list[Any]) -> None:
    text = json.dumps(document)
    assert all_of(text, path) == values
    assert all_of([text], path) == values


def test_a_value_is_given_with_the_character_that_ends_it() -> None:
    assert given_by(["[1", "2", ",", ' "a', 'b"', ", {}", "]"], "$[*]") == [
        [], [], [12], [], ["ab"], [{}], [], [],
    ]  # fmt: skip
    assert given_by(["1", "2"], "$") == [[], [], [12]]


TIMES = [
    # path, and what is certain behind "[", each of "0," to "4,", and "]"
    ("$[-1]", [[], [], [], [], [], [4]]),
    ("$[-2]", [[], [], [], [], [], [3]]),
    ("$[-2:]", [[], [], [], [], [], [3, 4]]),
    # An element is among all but the last two as soon as two more have begun.
    ("$[:-2]", [[], [], [], [0], [1], [2]]),
    ("$[1:-1]", [[], [], [], [1], [2], [3]]),
    ("$[::-1]", [[], [0], [1], [2], [3], [4]]),
    ("$[::-2]", [[], [], [], [], [], [0, 2, 4]]),
    ("$[2::-2]", [[], [], [], [0, 2], [], []]),
    ("$[:0:-1]", [[], [], [1], [2], [3], [4]]),
    ("$[0,-1]", [[], [0], [], [], [], [4]]),
    ("$[::2]", [[], [0], [], [2], [], [4]]),
    ("$[::0]", [[], [], [], [], [], []]),
]


@pytest.mark.parametrize(("path", "steps"), TIMES, ids=[path for path, _ in TIMES])
def test_when_what_counts_from_the_end_is_certain(path: str, steps: list[list[int]]) -> None:
    pieces = ["[", "0 ", ",1 ", ",2 ", ",3 ", ",4 ]"]
    assert given_by(pieces, path) == [*steps, []]


def test_paths_go_on_below_what_counts_from_the_end() -> None:
    text = '[{"a": [1, {"b": 2}]}, {"a": [3, {"b": 4}, {"b": 5}]}, {"a": []}]'
    assert all_of(text, "$[-2].a[-1].b") == [5]
    assert all_of(text, "$[:-1].a[-1].b") == [2, 5]
    assert all_of(text, "$..[-1].b") == [2, 5]
    assert all_of(text, "$..[-1]..[-1]") == []
    assert all_of("[0, [1, [2, [3]]]]", "$..[-1]..[-1]") == [3, [3], [2, [3]]]


def test_only_what_may_be_selected_is_kept() -> None:
    held = "x" * 100_000
    parser = PartialJsonParser(select="$[-1]")
    parser.feed("[0")
    for index in range(50):
        parser.feed(f', "{index}{held}"')
    kept = [it for it in gc.get_referents(parser) if isinstance(it, str) and len(it) > 1000]
    assert len(kept) == 1


def test_nothing_else_is_built() -> None:
    # An integer of so many digits is refused where it is built, and nowhere else.
    digits = "1" * 5000
    text = f'{{"{digits}": {digits}, "a": [{digits}, 2]}}'
    assert all_of(text, "$.a[1]") == [2]
    with pytest.raises(JsonStreamError, match=r"Exceeds the limit .* at line 1"):
        all_of(text, "$.a[0]")


def test_several_paths_give_pairs() -> None:
    pairs = all_of(COUNTRIES, ["$..name", "$.countries[0].capital"])
    assert pairs == [
        ("$..name", "France"),
        ("$..name", "Paris"),
        ("$.countries[0].capital", {"name": "Paris"}),
        ("$..name", "Spain"),
    ]
    assert all_of(COUNTRIES, ("$.countries[1].name",)) == [("$.countries[1].name", "Spain")]
    assert all_of("[1]", ["$[0]", "$[0]"]) == [("$[0]", 1), ("$[0]", 1)]


def test_more_segments_than_a_word_has_bits() -> None:
    deep = "$" + "[0]" * 130
    text = "[" * 130 + "7" + "]" * 130
    assert all_of(text, deep) == [7]
    assert all_of(text, "$" + "[-1]" * 130) == [7]
    some = [f"$[{index}]" for index in range(100)]
    assert all_of(json.dumps(list(range(100))), some) == list(zip(some, range(100), strict=True))


def test_details() -> None:
    text = '{"a": [{"it\'s": 1, "\\u0001\\n\\\\": 2}]}'
    first, second = all_of(text, "$..a[*].*", details=True)
    assert first == JsonMatch("$..a[*].*", ("a", 0, "it's"), 1, True)
    assert first.normalized_path == r"$['a'][0]['it\'s']"
    assert second.normalized_path == r"$['a'][0]['\u0001\n\\']"
    assert all_of(text, first.normalized_path) == [1]
    assert all_of(text, second.normalized_path) == [2]
    (root,) = all_of("3", "$", details=True)
    assert (root.location, root.normalized_path) == ((), "$")


def test_growing_matches() -> None:
    pieces = ['{"x": "no", "a": "Fra', "nc", "", 'e"', ', "b": {"a": [1', "2", ", ", '3]}, "a": 4}']
    assert given_by(pieces, "$..a", partial=True) == [
        ["Fra"], ["Franc"], [], ["France"], [[1]], [[12]], [], [[12, 3], 4], [],
    ]  # fmt: skip


def test_a_growing_match_is_given_again_only_where_it_has_changed() -> None:
    assert given_by(['["ab', '"', "]"], "$[0]", partial=True) == [["ab"], [], [], []]
    assert given_by(["[[1", "]", "]"], "$[0]", partial=True) == [[[1]], [], [], []]
    # With details, its end is news.
    steps = given_by(['["ab', '"', "]"], "$[0]", partial=True, details=True)
    assert [[(match.value, match.complete) for match in step] for step in steps] == [
        [("ab", False)], [("ab", True)], [], [],
    ]  # fmt: skip


def test_growing_matches_inside_each_other() -> None:
    pieces = ['{"a": {"a": "x', "y", '"', "}", "}"]
    assert [copied(step) for step in given_by(pieces, "$..a", partial=True)] == [
        [{"a": "x"}, "x"], [{"a": "xy"}, "xy"], [], [], [], [],
    ]  # fmt: skip


def test_what_was_given_while_it_grew_does_not_change() -> None:
    parser = PartialJsonParser(select="$[*]", partial=True)
    kept: list[tuple[Any, Any]] = []
    for character in '[{"a": ["long ' + "text " * 200 + '", 2], "b": {"c": [1, 2, [3]]}}, [4, 5]]':
        parser.feed(character)
        kept += [(match, copied(match)) for match in parser.matches()]
    assert all(match == copy for match, copy in kept)
    assert len(kept) > 800


@given(st.data(), documents, paths)
def test_growing_matches_end_as_what_is_given_once(
    data: st.DataObject, document: Any, path: str
) -> None:
    chunks = data.draw(cuts(json.dumps(document)))
    grown = all_of(chunks, path, partial=True, details=True)
    assert [match for match in grown if match.complete] == all_of(chunks, path, details=True)
    last: dict[Any, Any] = {}
    for match in grown:
        assert not (match.location in last and last[match.location].complete)
        last[match.location] = match
    assert all(match.complete for match in last.values())


def test_held_back_scalars_of_growing_matches() -> None:
    chunks = ['[{"a": "x', 'y", "b": 1', "2}]"]
    values = given_by(chunks, "$[0]", partial=True, strings="complete", numbers="complete")
    assert values == [[{}], [{"a": "xy"}], [{"a": "xy", "b": 12}], []]


def test_fresh_matches_share_nothing() -> None:
    outer, inner = None, None
    for match in all_of('{"a": {"a": [1]}}', "$..a", fresh=True):
        outer, inner = match, outer
    assert outer == {"a": [1]}
    assert inner == [1]
    assert inner is not outer["a"]
    shared = all_of('{"a": {"a": [1]}}', "$..a")
    assert shared[0] is shared[1]["a"]


def test_a_name_that_comes_twice_matches_twice() -> None:
    assert all_of('{"a": 1, "a": {"b": 2}, "a": 3}', "$.a") == [1, {"b": 2}, 3]


def test_prose_and_fences() -> None:
    text = 'Two [notes] and "words":\n```json\n[{"a": 1}, {"a": 2}]\n```\nMore [{"a": 3}]'
    assert all_of(text, "$[*].a") == [1, 2]
    # What was given of something that turns out not to be the document stays given.
    assert all_of("[1, 2] [x\n```json\n[3]\n```", "$[*]") == [1, 2]
    assert all_of("7 things:\n```json\n[3]\n```", "$[*]") == [3]


@pytest.mark.parametrize(
    ("chunks", "found", "message"),
    [
        (["[1, 2", ", "], [1, 2], "the text ended before the document did"),
        (["[1, 2", ", x]"], [1, 2], "expected a value"),
        (["[[1, 2"], [], "the text ended before the document did"),
        ([""], [], "the text ended before the document did"),
    ],
)
def test_what_was_found_before_an_error_stays(
    chunks: list[str], found: list[Any], message: str
) -> None:
    parser = PartialJsonParser(select="$[*]", fences=False)
    matches = []
    for chunk in chunks:
        parser.feed(chunk)
        matches += parser.matches()
    with pytest.raises(JsonStreamError, match=message):
        parser.close()
    assert matches + parser.matches() == found
    seen = []

    def iterate() -> None:
        seen.extend(iter_json(chunks, select="$[*]", fences=False))

    with pytest.raises(JsonStreamError, match=message):
        iterate()
    assert seen == found


async def test_iterating() -> None:
    chunks = [COUNTRIES[start : start + 7] for start in range(0, len(COUNTRIES), 7)]

    async def each() -> AsyncIterator[str]:
        for chunk in chunks:
            await asyncio.sleep(0)
            yield chunk

    names = ["France", "Spain"]
    select = "$.countries[*].name"
    assert list(iter_json(chunks, select=select)) == names
    assert [name async for name in aiter_json(each(), select=select)] == names
    assert [name async for name in aiter_json(chunks, select=select)] == names
    partial = list(iter_json(chunks, select=select, partial=True))
    assert [name async for name in aiter_json(each(), select=select, partial=True)] == partial
    assert partial[-1] == "Spain"
    assert len(partial) > 2
    (root,) = iter_json(["1", "2"], select="$", details=True)
    assert root == JsonMatch("$", (), 12, True)


async def test_whoever_stops_early_stops_the_source() -> None:
    closed = []

    def source() -> Iterator[str]:
        try:
            yield "[1, 2, "
            yield "3"
        finally:
            closed.append("sync")

    async def asource() -> AsyncIterator[str]:
        try:
            yield "[1, 2, "
            yield "3"
        finally:
            closed.append("async")

    matches = iter_json(source(), select="$[0]")
    assert next(matches) == 1
    matches.close()  # type: ignore[attr-defined]
    stream = aiter_json(asource(), select="$[0]")
    assert await anext(stream) == 1
    await stream.aclose()  # type: ignore[attr-defined]
    assert closed == ["sync", "async"]


MALFORMED = [
    ("", 0, "expected '$'"),
    ("a", 0, "expected '$'"),
    (" $", 0, "expected '$'"),
    ("$ ", 1, "expected '.', '..' or '['"),
    ("$a", 1, "expected '.', '..' or '['"),
    ("$.", 2, "expected a member name or '*'"),
    ("$. a", 2, "expected a member name or '*'"),
    ("$.1", 2, "expected a member name or '*'"),
    ("$.a.", 4, "expected a member name or '*'"),
    ("$.['a']", 2, "expected a member name or '*'"),
    ("$..", 3, "expected a member name or '*'"),
    ("$...a", 3, "expected a member name or '*'"),
    ("$.é.[0]", 4, "expected a member name or '*'"),
    ("$[]", 2, "expected a name in quotes, an index, a slice or '*'"),
    ("$[a]", 2, "expected a name in quotes, an index, a slice or '*'"),
    ("$[0,]", 4, "expected a name in quotes, an index, a slice or '*'"),
    ("$['a'", 1, "'[' is not closed"),
    ("$[", 1, "'[' is not closed"),
    ("$['a", 2, "the quotes are not closed"),
    ("$['a' 'b']", 6, "expected ',' or ']'"),
    ("$[1:2:3:4]", 7, "expected ',' or ']'"),
    ("$['\\x']", 3, "invalid escape"),
    ("$['\\\"']", 3, "invalid escape"),
    ("$['\\u00']", 3, "expected four hexadecimal digits"),
    ("$['\\ud800']", 3, "expected four hexadecimal digits"),
    ("$['a\n']", 4, "control character in a name"),
    ("$[01]", 2, "invalid integer"),
    ("$[-0]", 2, "invalid integer"),
    ("$[-]", 2, "invalid integer"),
    ("$[9007199254740992]", 2, "integer beyond"),
    ("$.a[?@.b > 1]", 4, "filter expressions are not supported"),
    ("$.a[0, ?@.b]", 7, "filter expressions are not supported"),
    ("$..[?count(@.*) > 1]", 4, "filter expressions are not supported"),
    ("$.length()", 2, "function extensions are not supported"),
    ("$[length(@.a)]", 2, "function extensions are not supported"),
]


@pytest.mark.parametrize(("path", "offset", "message"), MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_paths_say_where(path: str, offset: int, message: str) -> None:
    with pytest.raises(JsonPathError) as caught:
        PartialJsonParser(select=path)
    assert isinstance(caught.value, ValueError)
    assert caught.value.message.startswith(message)
    assert (caught.value.path, caught.value.offset) == (path, offset)
    assert str(caught.value) == f"{caught.value.message}, at character {offset} of {path!r}"
    with pytest.raises(JsonPathError, match="at character"):
        next(iter_json([], select=["$", path]))


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="a path, or a list of paths, not int"):
        PartialJsonParser(select=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not a list with an item of type bytes"):
        PartialJsonParser(select=["$", b"$"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="at least one path"):
        PartialJsonParser(select=[])
    with pytest.raises(ValueError, match="partial is of use with select alone"):
        PartialJsonParser(partial=True)
    with pytest.raises(ValueError, match="details is of use with select alone"):
        PartialJsonParser(details=True)
    with pytest.raises(ValueError, match=r"matches\(\) without select"):
        PartialJsonParser().matches()
    parser = PartialJsonParser(select="$")
    with pytest.raises(AttributeError, match="see matches"):
        _ = parser.value
    parser.feed("[1]")
    assert parser.complete
    assert repr(parser) == "<PartialJsonParser complete=True>"
    assert parser.close() == [[1]]
    with pytest.raises(ValueError, match="after close"):
        parser.feed("2")


@pytest.mark.parametrize("path", ["$", "$[-2].a", "$..a"])
@pytest.mark.parametrize("partial", [False, True])
def test_what_a_parser_keeps_is_collected_with_it(path: str, partial: bool) -> None:
    class Owner:
        pass

    owner = Owner()
    parser = PartialJsonParser(select=path, partial=partial)
    parser.feed('[{"a": [1]}, {"a": [[2')
    for value in gc.get_referents(parser):
        if isinstance(value, list):
            value.append((owner, parser))
    kept = weakref.ref(owner)
    del owner, parser, value
    gc.collect()
    assert kept() is None
