"""What was handed out never changes, whatever of it is kept and however."""

import gc
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.json import PartialJsonParser, iter_json

from .documents import cuts, documents, texts_of_models
from .oracle import copied, loads, same

LONG = "This sentence is repeated until the text is long. " * 60

# Shapes in which much stays open, and long strings, which grow in place.
SHAPES = [
    '{"a": {"b": [1, 2, {"c": "text", "d": [true, [], {}]}, "more"], "e": null}, "f": 1.5}',
    '[[[["x", "y"], "z"], 1], [2, [3]], "end"]',
    f'{{"long": "{LONG}", "b": "{LONG}"}}',
    f'["{LONG}é€\U0001f600{LONG}", "{LONG}"]',
    f'"{LONG}"',
    "[" + ",".join(map(str, range(400))) + "]",
    "{" + ",".join(f'"k{index}": {index}' for index in range(300)) + "}",
    '{"a": 1, "a": {"b": 2}, "a": [3, 4], "c": {"a": 1, "a": 2}}',
    '{"rows": [' + ",".join(f'{{"id": {index}, "name": "n{index}"}}' for index in range(60)) + "]}",
]  # fmt: skip


def containers_in(value: Any) -> list[Any]:
    """The value's lists and dicts, itself included, outermost first."""
    found = [value] if isinstance(value, dict | list) else []
    for container in found:
        inner = container.values() if isinstance(container, dict) else container
        found.extend(item for item in inner if isinstance(item, dict | list))
    return found


def strings_in(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else []
    for container in containers_in(value):
        inner = container.values() if isinstance(container, dict) else container
        found.extend(item for item in inner if isinstance(item, str))
        if isinstance(container, dict):
            found.extend(container)
    return found


class Keeper:
    """Keeps parts of snapshots, and a copy of each as it was when it was given."""

    def __init__(self) -> None:
        self.kept: list[tuple[Any, Any]] = []
        self.iterators: list[tuple[Iterator[Any], list[Any]]] = []

    def keep(self, part: Any) -> None:
        self.kept.append((part, copied(part)))

    def keep_iterator(self, container: Any) -> None:
        items = container.items() if isinstance(container, dict) else container
        rest = [copied(item) if not isinstance(item, tuple) else item for item in items]
        iterator = iter(items)
        for _ in range(len(rest) // 2):
            next(iterator)
        self.iterators.append((iterator, rest[len(rest) // 2 :]))

    def check(self) -> None:
        for part, copy in self.kept:
            assert same(part, copy)
        for iterator, rest in self.iterators:
            # A dict that had grown would raise here, and a list that had would go on.
            assert len(list(iterator)) == len(rest)
        self.iterators.clear()


def keep_all(snapshot: Any, keeper: Keeper, _: int) -> None:
    keeper.keep(snapshot)


def keep_none(snapshot: Any, keeper: Keeper, _: int) -> None:
    pass


def keep_every_third(snapshot: Any, keeper: Keeper, number: int) -> None:
    if number % 3 == 0:
        keeper.keep(snapshot)


def keep_the_innermost(snapshot: Any, keeper: Keeper, _: int) -> None:
    for container in containers_in(snapshot)[-1:]:
        keeper.keep(container)


def keep_something_inside(snapshot: Any, keeper: Keeper, number: int) -> None:
    inside = containers_in(snapshot)[1:]
    if inside:
        keeper.keep(inside[number % len(inside)])


def keep_strings(snapshot: Any, keeper: Keeper, _: int) -> None:
    for string in strings_in(snapshot)[-2:]:
        keeper.keep(string)


def hash_strings(snapshot: Any, keeper: Keeper, _: int) -> None:
    strings = strings_in(snapshot)[-3:]
    keeper.keep({string: len(string) for string in strings})
    for string in strings:
        assert {string: 1}[string + ""] == 1
        twin = string.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        assert hash(string) == hash(twin)


def keep_iterators(snapshot: Any, keeper: Keeper, number: int) -> None:
    for container in containers_in(snapshot):
        if (id(container) // 16 + number) % 2:
            keeper.keep_iterator(container)


def keep_the_one_before(snapshot: Any, keeper: Keeper, _: int) -> None:
    keeper.check()
    keeper.kept = keeper.kept[-1:]
    keeper.keep(snapshot)


def keep_in_a_cycle(snapshot: Any, keeper: Keeper, number: int) -> None:
    holder: list[Any] = [snapshot]
    holder.append(holder)
    if number % 5 == 0:
        keeper.keep(snapshot)


POLICIES: list[Callable[[Any, Keeper, int], None]] = [
    keep_all, keep_none, keep_every_third, keep_the_innermost, keep_something_inside, keep_strings,
    hash_strings, keep_iterators, keep_the_one_before, keep_in_a_cycle,
]  # fmt: skip


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def run(
    text: str, chunks: list[str], choose: Callable[[int], Callable[..., None]], **options: Any
) -> None:
    parser, plain = PartialJsonParser(**options), PartialJsonParser(fresh=True)
    keeper = Keeper()
    for number, chunk in enumerate(chunks):
        parser.feed(chunk)
        plain.feed(chunk)
        snapshot = parser.value
        assert same(snapshot, plain.value)
        choose(number)(snapshot, keeper, number)
        del snapshot
    keeper.check()
    assert same(parser.close(), loads(text))
    keeper.check()


@pytest.mark.parametrize("size", [1, 3, 40])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.__name__)
@pytest.mark.parametrize("text", SHAPES, ids=lambda text: text[:12])
def test_what_is_kept_stays_as_it_was(
    text: str, policy: Callable[[Any, Keeper, int], None], size: int
) -> None:
    if size == 1 and len(text) > 2500:
        text = text[:1] + text[-600:] if text[0] == '"' else SHAPES[0]
    run(text, pieces(text, size), lambda _: policy)


@given(st.data(), documents, st.lists(st.sampled_from(POLICIES), min_size=1, max_size=8))
def test_whatever_is_kept_of_any_document_stays_as_it_was(
    data: st.DataObject, text: str, policies: list[Callable[..., None]]
) -> None:
    chunks = pieces(text, 1) if data.draw(st.booleans()) else data.draw(cuts(text))
    run(text, chunks, lambda number: policies[number % len(policies)])


@given(texts_of_models, st.lists(st.booleans(), min_size=1, max_size=6))
def test_snapshots_read_now_and_then_stay_as_they_were(text: str, reads: list[bool]) -> None:
    parser, keeper = PartialJsonParser(), Keeper()
    for number, character in enumerate(text):
        parser.feed(character)
        if reads[number % len(reads)]:
            keeper.keep(parser.value)
    keeper.check()


@given(st.data(), texts_of_models)
def test_mutating_a_fresh_value_changes_no_other(data: st.DataObject, text: str) -> None:
    parser, shared = PartialJsonParser(fresh=True), PartialJsonParser()
    kept: list[tuple[Any, Any]] = []
    for chunk in data.draw(cuts(text)):
        parser.feed(chunk)
        shared.feed(chunk)
        value = parser.value
        assert same(value, shared.value)
        for container in containers_in(value):
            if isinstance(container, dict):
                container["added"] = 1
                container.pop(next(iter(container)))
            else:
                container.insert(0, "added")
        kept.append((value, copied(value)))
        assert all(same(value, copy) for value, copy in kept)


def test_each_fresh_value_is_made_of_its_own_objects() -> None:
    parser = PartialJsonParser(fresh=True)
    parser.feed('{"a": [1, {"b": []}], "c": {')
    first, second = parser.value, parser.value
    ours = {id(container) for container in containers_in(first)}
    assert ours.isdisjoint(id(container) for container in containers_in(second))
    parser.feed("}}")
    final = parser.close()
    assert final is not parser.value
    assert ours.isdisjoint(id(container) for container in containers_in(final))


def test_fresh_values_of_an_iterator_can_be_changed() -> None:
    seen = []
    for value in iter_json('{"a": [1, 2], "b": {"c": []}}', fresh=True):
        seen.append(copied(value))
        value.clear()
    assert same(seen[-1], {"a": [1, 2], "b": {"c": []}})


def test_parts_that_have_ended_are_shared_between_snapshots() -> None:
    parser = PartialJsonParser()
    parser.feed('{"a": {"big": [1, 2, 3]}, "s": "whole", "b": [')
    kept = [parser.value]
    for number in range(50):
        parser.feed(f'{{"n": {number}, "t": "text {number}"}}, ')
        kept.append(parser.value)
    assert len({id(snapshot) for snapshot in kept}) == len(kept)
    assert len({id(snapshot["a"]) for snapshot in kept}) == 1
    assert len({id(snapshot["s"]) for snapshot in kept}) == 1
    assert [len(snapshot["b"]) for snapshot in kept] == list(range(51))
    for earlier, later in pairwise(kept):
        assert earlier["b"] is not later["b"]
        # The last one of a snapshot was closed with it.
        assert all(left is right for left, right in zip(earlier["b"], later["b"], strict=False))


@pytest.mark.parametrize(
    ("start", "chunk", "rows"),
    [
        ("[", "[1000, 2.5],", 3000),
        ('{"rows": [', '{"id": 12345, "name": "some name"},', 3000),
        ('["', "more of the text ", 6000),
        ('{"a": {"b": [{"c": "', "é€ more text ", 6000),
    ],
    ids=["list", "objects", "string", "deep wide string"],
)
def test_keeping_only_the_newest_costs_no_copy(start: str, chunk: str, rows: int) -> None:
    """Two trees are handed out in turn, however long it goes on."""
    parser = PartialJsonParser()
    parser.feed(start)
    identities = set()
    snapshot = parser.value
    for _ in range(rows):
        parser.feed(chunk)
        snapshot = parser.value
        identities.add(id(snapshot))
    if isinstance(snapshot, dict | list):
        # A copy would be made while the other two live, and so have another address.
        assert len(identities) <= 4, len(identities)
    del snapshot


def allocated_by(work: Callable[[], Any]) -> int:
    """How many blocks of memory a call leaves allocated at most, by Python's own count."""
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        kept = work()
        after = sys.getallocatedblocks()
        del kept
    finally:
        gc.enable()
    return after - before


def test_keeping_all_snapshots_copies_only_the_open_path() -> None:
    closed = ",".join(f'"k{index}": [{index}, {index}]' for index in range(2000))
    parser = PartialJsonParser()
    parser.feed(f'{{"closed": {{{closed}}}, "open": [')
    parser.value.keys()  # handed out, and so not to be changed in place

    def keep_snapshots() -> list[Any]:
        kept = []
        for number in range(200):
            parser.feed(f"{number},")
            kept.append(parser.value)
        return kept

    # The root and the open list, with their contents: some five blocks each, not thousands.
    assert allocated_by(keep_snapshots) < 200 * 10
