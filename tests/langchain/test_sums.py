"""Sums of LangChain's chunks, with acceleration and without."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.utils import _merge

from headrace.langchain import accelerate, restore

texts = st.text(st.sampled_from('ab {}[]":,\\u0d83é\n1.'), max_size=5)
parts = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "f", ""]),
        "args": st.none()
        | texts
        | st.sampled_from(['{"a": ', '"x', '"}', "[1, 2", '{"b": {"c": "']),
        "id": st.sampled_from([None, "1", "2", ""]),
        "index": st.sampled_from([None, 0, 0, 1]),
    }
)
usages = st.fixed_dictionaries(
    {name: st.integers(0, 9) for name in ("input_tokens", "output_tokens", "total_tokens")},
    optional={"output_token_details": st.fixed_dictionaries({"reasoning": st.integers(0, 9)})},
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)
blocks = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "non_standard"]), "text": texts},
    optional={"index": st.integers(0, 1), "id": st.sampled_from(["a", "b"]), "value": values},
)
keywords = st.dictionaries(
    st.sampled_from(["a", "b", "id", "index", "created"]), values, max_size=3
)
chunks = st.fixed_dictionaries(
    {"content": texts | st.lists(blocks | texts, max_size=2)},
    optional={
        "additional_kwargs": keywords,
        "response_metadata": keywords | st.just({"output_version": "v1"}),
        "usage_metadata": usages,
        "id": st.sampled_from([None, "", "lc_run--1", "lc_2", "msg"]),
        "tool_call_chunks": st.lists(parts, max_size=2),
        "chunk_position": st.sampled_from([None, "last"]),
        "name": st.just("n"),
    },
)


def state(message: Any) -> Any:
    return (
        type(message),
        repr(message.__dict__),
        sorted(message.__pydantic_fields_set__),
        message.__pydantic_extra__,
        message.__pydantic_private__,
        message.model_dump_json(),
    )


def totals(fields: list[dict[str, Any]]) -> list[Any]:
    seen: list[Any] = []
    total: Any = None
    for given_fields in fields:
        chunk = AIMessageChunk(**copy.deepcopy(given_fields))
        try:
            total = chunk if total is None else total + chunk
        except Exception as error:
            seen.append((type(error), str(error)))
            total = chunk
        seen.append(state(total))
    return seen


@given(st.lists(chunks, min_size=2, max_size=6))
def test_each_sum_is_the_same_to_the_last_detail(fields: list[dict[str, Any]]) -> None:
    restore()
    theirs = totals(fields)
    with accelerate():
        assert totals(fields) == theirs


@given(st.lists(keywords, min_size=1, max_size=4))
def test_sums_of_dictionaries(dictionaries: list[dict[str, Any]]) -> None:
    def scenario() -> Any:
        given_ones = copy.deepcopy(dictionaries)
        try:
            return repr(_merge.merge_dicts(*given_ones)), repr(given_ones)
        except TypeError as error:
            return str(error)

    restore()
    theirs = scenario()
    with accelerate():
        assert scenario() == theirs


@given(st.lists(st.none() | st.lists(blocks | texts, max_size=3), min_size=1, max_size=4))
def test_sums_of_lists(lists: list[Any]) -> None:
    def scenario() -> Any:
        try:
            return repr(_merge.merge_lists(*copy.deepcopy(lists)))
        except (TypeError, AttributeError) as error:
            return type(error), str(error)

    restore()
    theirs = scenario()
    with accelerate():
        assert scenario() == theirs


def call(args: str, **fields: Any) -> dict[str, Any]:
    return {"name": None, "args": args, "id": None, "index": 0, **fields}


def sums_tell_ids_apart() -> bool:
    return len(_merge.merge_lists([call("", id="1")], [call("", id="2")]) or ()) == 2


FAULTS = {
    "STICKY_FIELDS": (
        [
            {"content": "", "response_metadata": {"finish_reason": "stop", "model_name": "m"}},
            {"content": "", "response_metadata": {"finish_reason": "stop", "model_name": "m"}},
        ],
        lambda total: total.response_metadata,
        {"finish_reason": "stopstop", "model_name": "mm"},
    ),
    "ROUTED_TOOL_CALLS": (
        [
            {"content": "", "tool_call_chunks": [call("{}", name="f", id="1")]},
            {"content": "", "tool_call_chunks": [call("{", name="g", id="2")]},
            {"content": "", "tool_call_chunks": [call("}")]},
        ],
        lambda total: [it["args"] for it in total.tool_call_chunks],
        # The first versions of langchain-core 1 add up calls of one index, whatever their ids.
        ["{}}", "{"] if sums_tell_ids_apart() else ["{}{}"],
    ),
    "SEPARATE_BLOCKS": (
        [
            {"content": [{"type": "reasoning", "reasoning": "so", "index": 0}]},
            {"content": [{"type": "text", "text": "yes", "index": 0}]},
        ],
        lambda total: total.content,
        [{"type": "reasoning", "reasoning": "so", "text": "yes", "index": 0}],
    ),
    "STRICT_ARGUMENTS": (
        [
            {"content": "", "tool_call_chunks": [call('{"a": 1', name="f", id="1")]},
            {"content": "", "chunk_position": "last"},
        ],
        lambda total: [it["args"] for it in total.tool_calls],
        [{"a": 1}],
    ),
    "STEADY_ARGUMENTS": (
        [
            {"content": "", "tool_call_chunks": [call('{"a": "x', name="f", id="1")]},
            {"content": "", "tool_call_chunks": [call("\\u00")]},
        ],
        lambda total: total.tool_calls[0]["args"],
        {},
    ),
}


@pytest.mark.parametrize("flag", FAULTS)
def test_the_faults_are_kept(flag: str) -> None:
    """What headrace does otherwise in its own messages is here as LangChain has it."""
    fields, look, expected = FAULTS[flag]

    def scenario() -> Any:
        total, *rest = [AIMessageChunk(**copy.deepcopy(it)) for it in fields]
        for chunk in rest:
            total = total + chunk
        return look(total)

    assert scenario() == expected
    with accelerate():
        assert scenario() == expected


def test_a_block_whose_value_is_none_is_refused_as_before(both: Any) -> None:
    def scenario() -> Any:
        first = AIMessageChunk(content=[{"type": "text", "text": "a", "index": 0}])
        own: Any = {"type": "non_standard", "value": "x", "index": 0}
        return first + AIMessageChunk(content=[own])

    ours, theirs = both(scenario)
    assert ours == theirs == (AttributeError, "'str' object has no attribute 'items'")


def test_blocks_that_a_text_is_added_to_stay_or_change_as_before(both: Any) -> None:
    def scenario() -> Any:
        blocks = AIMessageChunk(content=["a"])
        totals = [blocks + AIMessageChunk(content="b") for _ in range(2)]
        return blocks.content, [total.content for total in totals]

    ours, theirs = both(scenario)
    assert ours == theirs


def test_shared_containers_are_shared_as_before() -> None:
    def scenario() -> Any:
        inner = {"z": [1]}
        total = AIMessageChunk(content="") + AIMessageChunk(
            content="", additional_kwargs={"k": inner}
        )
        return total.additional_kwargs["k"] is inner

    theirs = scenario()
    with accelerate():
        assert scenario() == theirs
