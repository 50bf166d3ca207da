"""Deeply nested values at the public entrances: a value or an ordinary exception, never a crash.

A crash takes the process with it, so each depth and stack has a process of its own, which forks
again after each crash. That takes some seconds.
"""

import copy
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.depth_entrances import nested_dict, nested_list

from headrace._core import call_on_large_stack, is_nested_deeper
from headrace.caches import SQLiteCache
from headrace.documents import Document
from headrace.load import dumpd, dumps
from headrace.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)
from headrace.outputs import ChatGeneration, ChatResult, Generation, LLMResult
from headrace.prompt_values import ChatPromptValue

ENTRANCES = Path(__file__).with_name("depth_entrances.py")

DUMPS: list[tuple[str, Callable[[Any], Any]]] = [
    ("additional_kwargs", lambda v: AIMessage(content="", additional_kwargs={"k": v})),
    ("artifact", lambda v: ToolMessage(content="", tool_call_id="1", artifact=v)),
    ("content", lambda v: HumanMessage(content=[{"type": "text", "text": "x", "v": v}])),
    ("generation_info", lambda v: Generation(text="", generation_info={"k": v})),
    ("llm_output", lambda v: ChatResult(generations=[], llm_output={"k": v})),
    ("llm_output", lambda v: LLMResult(generations=[], llm_output={"k": v})),
    ("metadata", lambda v: Document(page_content="", metadata={"k": v})),
    (
        "messages",
        lambda v: ChatPromptValue(messages=[AIMessage(content="", additional_kwargs={"k": v})]),
    ),
]


# CPython 3.10, 3.12 and 3.13 limit recursion by a count that a small stack cannot hold.
_COUNTS = sys.version_info[:2] in ((3, 10), (3, 12), (3, 13))
_small_stack = pytest.mark.skipif(_COUNTS, reason="CPython itself overflows a small stack")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each entrance runs in a fork")
@pytest.mark.parametrize(
    ("depth", "stack"),
    [
        (90, "thread"),
        # 87 bytes a level, and 26: less than any frame needs.
        *(pytest.param(depth, "thread", marks=_small_stack) for depth in (3_000, 10_000)),
        # 105 bytes a level, with the stack below.
        (80_000 if _COUNTS else 10_000, "main"),
    ],
)
def test_no_entrance_crashes(depth: int, stack: str) -> None:
    kilobytes = 8192 if _COUNTS else 1024
    command = f'ulimit -s {kilobytes} && exec "{sys.executable}" "$@"'
    process = subprocess.run(
        ["sh", "-c", command, "sh", "-m", "tests.depth_entrances", str(depth), stack],
        capture_output=True,
        text=True,
        check=False,
        cwd=ENTRANCES.parent.parent,
    )
    assert process.returncode == 0, process.stderr
    assert "crashed" not in process.stdout, process.stdout
    assert process.stdout.endswith("all entrances were tried\n")


@pytest.mark.parametrize("nest", [nested_dict, nested_list])
@pytest.mark.parametrize(("field", "create"), DUMPS)
def test_a_dump_names_the_field_that_is_too_deep(
    field: str, create: Callable[[Any], Any], nest: Callable[[int], Any]
) -> None:
    model = create(nest(5_000))
    for dump in (model.model_dump, model.model_dump_json):
        with pytest.raises(RecursionError, match=f"field `{field}` of {type(model).__name__} is"):
            dump()


@pytest.mark.parametrize("nest", [nested_dict, nested_list])
@pytest.mark.parametrize(("field", "create"), DUMPS)
def test_moderately_deep_fields_are_dumped(
    field: str, create: Callable[[Any], Any], nest: Callable[[int], Any]
) -> None:
    assert create(nest(200)).model_dump()[field]
    assert f'"{field}"' in create(nest(200)).model_dump_json()


SHOWS: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "str": str,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
}


@pytest.mark.parametrize("use", ["repr", "str", "deepcopy", "pickle"])
@pytest.mark.parametrize(("field", "create"), DUMPS[:4])
def test_what_is_too_deep_is_not_shown_or_copied(
    use: str, field: str, create: Callable[[Any], Any]
) -> None:
    message = create(nested_dict(5_000))
    with pytest.raises(RecursionError, match=f"field `{field}` of {type(message).__name__} is"):
        SHOWS[use](message)


def test_what_is_too_deep_is_not_compared() -> None:
    messages = [AIMessage("", additional_kwargs={"k": nested_dict(5_000)}) for _ in range(2)]
    with pytest.raises(RecursionError, match="more than 800 levels"):
        _ = messages[0] == messages[1]
    assert messages[0] == messages[0]


@pytest.mark.parametrize("use", ["repr", "str", "deepcopy"])
def test_moderately_deep_values_fit_a_small_stack(use: str) -> None:
    message = AIMessage("", additional_kwargs={"k": nested_dict(200)})
    before = threading.stack_size(256 * 1024)
    try:
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(SHOWS[use](message)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert str(results[0]).count("{'a': ") == 200 or results[0] == message


def test_a_deep_field_that_is_excluded_is_no_obstacle() -> None:
    message = AIMessage(content="x", additional_kwargs={"k": nested_dict(5_000)})
    assert message.model_dump(include={"content"}) == {"content": "x"}
    assert message.model_dump(exclude={"additional_kwargs"})["content"] == "x"
    document = Document(page_content="x", metadata={"k": nested_dict(5_000)})
    assert document.model_dump(include={"page_content"}) == {"page_content": "x"}


def test_serialized_forms_refuse_deep_values() -> None:
    message = AIMessage(content="", additional_kwargs={"k": nested_dict(5_000)})
    for write in (dumps, dumpd):
        with pytest.raises(ValueError, match="Cannot serialize AIMessage: it is nested too deeply"):
            write(message)
    with pytest.raises(RecursionError, match="`additional_kwargs` of AIMessage"):
        messages_to_dict([message])


def test_stored_answers_and_histories_keep_moderately_deep_values(tmp_path: Path) -> None:
    message = AIMessage(content="", additional_kwargs={"k": nested_dict(200)})
    with SQLiteCache(tmp_path / "cache") as cache:
        cache.update("p", "m", [ChatGeneration(message=message)])
        (answer,) = cache.lookup("p", "m") or ()
        assert isinstance(answer, ChatGeneration)
        assert answer.message == message
        deep = AIMessage(content="", additional_kwargs={"k": nested_dict(5_000)})
        with pytest.raises(RecursionError, match="is nested more than 800 levels deep"):
            cache.update("p", "m", [ChatGeneration(message=deep)])
    restored: list[BaseMessage] = messages_from_dict(messages_to_dict([message]))
    assert restored == [message]


@pytest.mark.parametrize("nest", [nested_dict, nested_list])
def test_depth_counts_containers(nest: Callable[[int], Any]) -> None:
    assert not is_nested_deeper("x", 0)
    assert not is_nested_deeper(nest(7), 7)
    assert is_nested_deeper(nest(8), 7)
    # The field, the message, and its dictionary.
    message = AIMessage(content="", additional_kwargs={"k": nest(7)})
    assert not is_nested_deeper(message, 9)
    assert is_nested_deeper(message, 8)


def test_depth_of_cyclic_and_shared_values() -> None:
    loop: dict[str, Any] = {}
    loop.update(a=loop, b=[loop, loop])
    assert is_nested_deeper(loop, 10_000)
    shared: list[Any] = []
    for _ in range(60):
        shared = [shared, shared]
    assert not is_nested_deeper(shared, 61)
    assert is_nested_deeper(shared, 60)


def test_a_call_on_a_large_stack_returns_and_raises() -> None:
    assert call_on_large_stack(lambda: call_on_large_stack(lambda: 7)) == 7
    with pytest.raises(ZeroDivisionError):
        call_on_large_stack(lambda: 1 // 0)
