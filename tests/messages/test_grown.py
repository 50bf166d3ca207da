"""Long texts and lists inside of sums: shared by the sums, and plain for whoever looks."""

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk as TheirChunk

from headrace import compat
from headrace.messages import AIMessageChunk

# Long enough that few of them are shared, with characters of each width.
words = st.sampled_from(["", "a", "word " * 30, "é" * 90, "漢" * 200, "\U0001f600" * 70])
blocks = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": words, "index": st.integers(0, 1)}),
    st.fixed_dictionaries({"type": st.just("thinking"), "thinking": words, "index": st.just(2)}),
    st.fixed_dictionaries({"type": st.just("text"), "text": words}),
)
fields = st.fixed_dictionaries(
    {"content": words | st.lists(blocks, max_size=3) | st.just(["x"] * 70)},
    optional={
        "additional_kwargs": st.fixed_dictionaries(
            {},
            optional={
                "reasoning": words,
                "id": words,
                "call": st.fixed_dictionaries({"arguments": words}),
                "list": st.just(["y"] * 40),
            },
        ),
    },
)
streams = st.lists(fields, min_size=1, max_size=8)


def chunk(**given_fields: Any) -> AIMessageChunk:
    return AIMessageChunk(**copy.deepcopy(given_fields))


def dumps(message: Any) -> Any:
    return message.model_dump()


@given(streams, st.data())
def test_sums_are_those_of_the_reference(stream: list[dict[str, Any]], data: st.DataObject) -> None:
    """Also where some of the sums are looked at, and some are kept and continued once more."""
    with compat.exact():
        ours, theirs = chunk(**stream[0]), TheirChunk(**copy.deepcopy(stream[0]))
        kept = [(ours, theirs)]
        for part in stream[1:]:
            if data.draw(st.booleans()):
                ours, theirs = data.draw(st.sampled_from(kept))
            ours, theirs = ours + chunk(**part), theirs + TheirChunk(**copy.deepcopy(part))
            kept.append((ours, theirs))
            if data.draw(st.booleans()):
                assert ours.content == theirs.content
                assert ours.additional_kwargs == theirs.additional_kwargs
        for ours, theirs in kept:
            assert dumps(ours) == dumps(theirs)


LONG = {
    "block": {"content": [{"type": "text", "text": "word " * 60, "index": 0}]},
    "keyword": {"content": "", "additional_kwargs": {"reasoning": "word " * 60}},
    "nested": {"content": "", "additional_kwargs": {"call": {"arguments": "word " * 60}}},
    "list": {"content": ["x"] * 70},
    "list of blocks": {"content": [{"type": "text", "text": "x"}] * 70},
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
def test_changing_what_was_read_changes_that_sum_alone(long: dict[str, Any]) -> None:
    one = chunk(**long)
    two = one + chunk(**long)
    three = two + chunk(**long)
    before, after = dumps(one), dumps(three)
    spoil(two.content)
    spoil(two.additional_kwargs)
    assert dumps(one) == before
    assert dumps(three) == after
    spoiled = dumps(two)
    assert spoiled != dumps(one + chunk(**long))
    # A sum continues what its operand is, not what it was.
    sum_of_changed = two + chunk(content="")
    assert dumps(two) == spoiled
    assert sum_of_changed.content == two.content
    assert sum_of_changed.additional_kwargs == two.additional_kwargs


def spoil(value: Any) -> None:
    """Change each container."""
    if isinstance(value, dict):
        for inner in value.values():
            spoil(inner)
        value["spoiled"] = True
    elif isinstance(value, list):
        for inner in value:
            spoil(inner)
        value.append("spoiled")


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
@pytest.mark.parametrize(
    "same", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_copies_are_plain(long: dict[str, Any], same: Callable[[Any], Any]) -> None:
    total = chunk(**long) + chunk(**long)
    twin = same(total)
    assert twin == total
    assert plain(dumps(twin))
    assert dumps(twin + chunk(**long)) == dumps(total + chunk(**long))


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return type(value) is dict and all(plain(item) for item in value.values())
    if isinstance(value, list):
        return type(value) is list and all(plain(item) for item in value)
    return type(value) in (str, int, type(None))


def test_a_fork_keeps_both_right() -> None:
    stem = chunk(**LONG["block"]) + chunk(**LONG["block"])
    left = stem + chunk(content=[{"type": "text", "text": "left", "index": 0}])
    right = stem + chunk(content=[{"type": "text", "text": "right", "index": 0}])
    assert left.content[0]["text"] == "word " * 120 + "left"
    assert right.content[0]["text"] == "word " * 120 + "right"
    assert stem.content[0]["text"] == "word " * 120


def test_errors_are_those_of_plain_values() -> None:
    total = chunk(**LONG["keyword"]) + chunk(**LONG["keyword"])
    with pytest.raises(TypeError, match=r'additional_kwargs\["reasoning"\] already exists'):
        total + chunk(content="", additional_kwargs={"reasoning": 5})
    assert total.additional_kwargs["reasoning"] == "word " * 120


def test_a_cycle_through_a_long_list_is_collected() -> None:
    class Node:
        pass

    node = Node()
    total = AIMessageChunk("", additional_kwargs={"list": [node] * 70})
    total = total + AIMessageChunk("", additional_kwargs={"list": [node] * 70})
    total = total + AIMessageChunk("", additional_kwargs={"list": [node]})
    node.total = total
    watch = weakref.ref(node)
    del node, total
    gc.collect()
    assert watch() is None
