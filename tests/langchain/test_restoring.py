"""`restore()` beside other patchers: theirs stay, ours go, in whatever order."""

import importlib
import inspect
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import langchain_core.utils.json as json_functions
import pytest
from langchain_core.callbacks.manager import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, ai
from langchain_core.output_parsers import StrOutputParser
from langchain_core.output_parsers.json import JsonOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputToolsParser
from langchain_core.tracers.event_stream import _AstreamEventsCallbackHandler
from langchain_core.utils import _merge

from headrace.langchain import accelerate, restore
from headrace.langchain.replacing import AttributeReplacement

PARSERS = (StrOutputParser, JsonOutputParser, JsonOutputToolsParser)
ATTRIBUTES: list[tuple[Any, str]] = [
    (AIMessageChunk, "__add__"),
    (ai, "parse_partial_json"),
    *((parser, name) for parser in PARSERS for name in ("_transform", "_atransform")),
    *((parser, name) for parser in PARSERS for name in ("transform", "atransform")),
    (_AstreamEventsCallbackHandler, "tap_output_iter"),
    (_AstreamEventsCallbackHandler, "tap_output_aiter"),
    (_AstreamEventsCallbackHandler, "on_llm_new_token"),
    (AsyncCallbackManagerForLLMRun, "on_llm_new_token"),
]
FUNCTIONS: list[tuple[Any, str]] = [
    (json_functions, "parse_partial_json"),
    (json_functions, "parse_json_markdown"),
    (_merge, "merge_dicts"),
    (_merge, "merge_lists"),
]
IDS = [f"{owner.__name__}.{name}" for owner, name in ATTRIBUTES]
ABSENT = object()


def state() -> dict[Any, Any]:
    """What stands in every place that `accelerate()` changes."""
    found = {(owner, name): owner.__dict__.get(name, ABSENT) for owner, name in ATTRIBUTES}
    return {**found, **{place: getattr(*place).__code__ for place in FUNCTIONS}}


@pytest.fixture(autouse=True)
def clean() -> Iterator[dict[Any, Any]]:
    before = state()
    yield before
    restore()
    assert state() == before


def test_every_place_is_known(clean: dict[Any, Any]) -> None:
    replaced = accelerate()
    changed = {place for place, value in state().items() if value is not clean[place]}
    assert changed == {*ATTRIBUTES, *FUNCTIONS}
    assert len(changed) == len(replaced)


@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES, ids=IDS)
def test_what_another_patcher_removed_stays_removed(
    owner: Any, name: str, clean: dict[Any, Any]
) -> None:
    replaced = accelerate()
    before = clean[owner, name]
    if before is ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)
    assert set(restore()) == set(replaced)
    assert state() == clean
    assert restore() == []


@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES, ids=IDS)
def test_a_wrapper_set_later_stays_and_then_calls_the_original(
    owner: Any, name: str, clean: dict[Any, Any]
) -> None:
    original = getattr(owner, name)
    accelerate()
    inner = owner.__dict__[name]
    called: list[Any] = []

    def traced(*args: Any, **kwargs: Any) -> Any:
        called.append(args)
        return inner(*args, **kwargs)

    setattr(owner, name, traced)
    restore()
    assert owner.__dict__[name] is traced
    assert state() == {**clean, (owner, name): traced}
    assert inspect.iscoroutinefunction(inner) == inspect.iscoroutinefunction(original)
    assert constants_of(inner) >= {id(original)}
    # The other patcher puts back what it found, which is ours: the next call takes that away too.
    setattr(owner, name, inner)
    assert restore() == []
    assert state() == clean


def constants_of(function: Any) -> set[int]:
    return {id(constant) for constant in function.__code__.co_consts}


def test_a_wrapper_that_stays_works_with_and_without_acceleration() -> None:
    one, two = (AIMessageChunk(content=text, id="1") for text in "ab")
    whole = one + two
    accelerate()
    inner = AIMessageChunk.__add__
    seen = []

    def traced(self: Any, other: Any) -> Any:
        seen.append(other)
        return inner(self, other)

    AIMessageChunk.__add__ = traced  # type: ignore[method-assign]
    for change in (lambda: None, restore, accelerate, restore, restore, accelerate, restore):
        change()
        seen.clear()
        assert one + two == whole
        assert len(seen) == 1 or change is accelerate
    assert AIMessageChunk.__dict__["__add__"] is traced
    AIMessageChunk.__add__ = inner  # type: ignore[method-assign]
    assert one + two == whole


def test_parsers_and_events_that_are_wrapped_give_the_same() -> None:
    def stream() -> list[Any]:
        return list(JsonOutputParser().transform(iter(['{"a": [1', ", 2]}"])))

    expected = stream()
    accelerate()
    inner = JsonOutputParser._transform

    def traced(self: Any, input: Any) -> Any:
        yield from inner(self, input)

    with mock.patch.object(JsonOutputParser, "_transform", traced):
        assert stream() == expected
        restore()
        assert stream() == expected
    assert stream() == expected


@pytest.mark.parametrize(
    ("place", "args"),
    [
        (FUNCTIONS[0], ('{"a": [1',)),
        (FUNCTIONS[1], ('{"a": [1',)),
        (FUNCTIONS[2], ({"a": 1}, {"b": 2})),
        (FUNCTIONS[3], ([1], [2])),
    ],
    ids=[name for _, name in FUNCTIONS],
)
def test_a_later_change_of_code_stays_and_calls_the_original(
    place: tuple[Any, str], args: tuple[Any, ...], clean: dict[Any, Any]
) -> None:
    function = getattr(*place)
    expected = function(*args)
    accelerate()
    ours = function.__code__
    twin = types.FunctionType(ours, function.__globals__)
    twin.__kwdefaults__ = function.__kwdefaults__
    called = []

    def hook(*args: Any, **kwargs: Any) -> Any:
        called.append(args)
        return twin(*args, **kwargs)

    def shell(*args: Any, **kwargs: Any) -> Any:
        to: Any = "hook"  # the constant is replaced
        return to(*args, **kwargs)

    theirs = shell.__code__.replace(
        co_consts=tuple(hook if it == "hook" else it for it in shell.__code__.co_consts)
    )
    function.__code__ = theirs
    assert function(*args) == expected
    restore()
    assert function.__code__ is theirs
    assert function(*args) == expected
    assert len(called) == 2
    (target,) = (it for it in ours.co_consts if isinstance(it, list))
    assert target[0].__code__ is clean[place]
    function.__code__ = ours
    assert function(*args) == expected
    assert restore() == []
    assert function.__code__ is clean[place]


def test_a_patch_from_before_may_end_before_or_after(clean: dict[Any, Any]) -> None:
    original = AIMessageChunk.__add__

    def traced(self: Any, other: Any) -> Any:
        return original(self, other)

    for ends_first in (True, False):
        patch = mock.patch.object(AIMessageChunk, "__add__", traced)
        patch.start()
        accelerate()
        for end in (patch.stop, restore) if ends_first else (restore, patch.stop):
            end()
        assert state() == clean


def test_a_failure_to_undo_one_leaves_no_other(
    monkeypatch: pytest.MonkeyPatch, clean: dict[Any, Any]
) -> None:
    accelerate()
    remove: Callable[[Any], bool] = AttributeReplacement.remove

    def fails_once(self: Any) -> bool:
        monkeypatch.undo()
        raise RuntimeError("no")

    monkeypatch.setattr(AttributeReplacement, "remove", fails_once)
    with pytest.raises(RuntimeError, match="no"):
        restore()
    assert AttributeReplacement.remove is remove
    assert state() == clean


def test_a_reloaded_module_keeps_what_it_has_now(clean: dict[Any, Any]) -> None:
    accelerate()
    old = dict(vars(json_functions))
    try:
        importlib.reload(json_functions)
        fresh = json_functions.parse_partial_json
        restore()
        assert json_functions.parse_partial_json is fresh
    finally:
        vars(json_functions).update(old)


def test_threads_may_accelerate_and_restore_at_once(clean: dict[Any, Any]) -> None:
    one, two = (AIMessageChunk(content=text, id="1") for text in "ab")
    whole = one + two
    failures: list[BaseException] = []

    def work(change: Callable[[], Any]) -> None:
        try:
            for _ in range(10):
                change()
                assert one + two == whole
                assert json_functions.parse_partial_json('{"a": [1') == {"a": [1]}
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(it,)) for it in (accelerate, restore) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    restore()
    assert state() == clean
