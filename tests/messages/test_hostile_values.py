"""Deep, cyclic, shared or changing values: a merge sums them or raises, and never crashes."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from headrace import compat
from headrace._core import ChunkSums, ReferenceMerges, merge_dicts
from headrace.messages import AIMessageChunk

SMALL_STACK = 256 * 1024


def deep(depth: int) -> dict[str, Any]:
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value, "index": 0}
    return {"deep": value}


def in_small_thread(work: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    before = threading.stack_size(SMALL_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if failures:
        raise failures[0]


def test_deep_values_are_added_on_a_small_stack() -> None:
    def add() -> None:
        left, right = (AIMessageChunk(content="", additional_kwargs=deep(20_000)) for _ in "12")
        total = left + right
        value: Any = total.additional_kwargs["deep"]
        for _ in range(20_000):
            value = value[0] if isinstance(value, list) else value["a"]
        assert value in ("x", "xx")

    in_small_thread(add)


def test_a_cycle_on_one_side_is_kept() -> None:
    loop: dict[str, Any] = {"text": "x"}
    loop["self"] = loop
    total = AIMessageChunk(content="a", additional_kwargs={"x": loop}) + AIMessageChunk(content="b")
    copy = total.additional_kwargs["x"]
    assert copy["self"] is copy
    assert copy is not loop


def test_cycles_on_both_sides_are_an_error_that_names_the_key() -> None:
    def message() -> AIMessageChunk:
        loop: dict[str, Any] = {}
        loop["self"] = loop
        return AIMessageChunk(content="", additional_kwargs={"x": loop})

    with pytest.raises(RecursionError, match="'self' contain themselves"):
        message() + message()


def test_shared_parts_do_not_multiply() -> None:
    def message() -> AIMessageChunk:
        value: dict[str, Any] = {"text": "x"}
        for _ in range(60):
            value = {"left": value, "right": value}
        return AIMessageChunk(content="", additional_kwargs={"x": value})

    value = (message() + message()).additional_kwargs["x"]
    for _ in range(60):
        value = value["left"]
    assert value == {"text": "xx"}


def test_a_dictionary_that_changes_while_it_is_merged_is_an_error() -> None:
    class Equal:
        def __init__(self, owner: dict[str, Any]) -> None:
            self.owner = owner

        def __eq__(self, other: object) -> bool:
            self.owner["new"] = 1
            return True

        __hash__ = None  # type: ignore[assignment]

    right: dict[str, Any] = {}
    right.update(a=Equal(right), b=1, c=2)
    with pytest.raises(RuntimeError, match="dictionary changed size during iteration"):
        merge_dicts({"a": Equal(right), "b": 1}, right)


@pytest.mark.parametrize("base", [dict, int, list, object, type, Exception])
def test_chunk_sums_refuse_classes_whose_instances_cannot_be_blank(base: type) -> None:
    with pytest.raises(TypeError, match="must be a pydantic model"):
        ChunkSums(type("Other", (base,), {}), ReferenceMerges())


def test_small_differences_of_sums_are_none_with_exact() -> None:
    def call(text: str) -> AIMessageChunk:
        part: Any = {"name": None, "args": text, "id": None, "index": 2**63}
        return AIMessageChunk(content="", tool_call_chunks=[part])

    half = {"model_provider": "\ud83d"}
    with compat.exact():
        assert (AIMessageChunk(content="a", id="") + AIMessageChunk(content="b")).id is None
        assert (call("1") + call("2")).tool_call_chunks[0]["args"] == "12"
        twice = AIMessageChunk(content="", additional_kwargs=half)
        assert (twice + twice).additional_kwargs == half
