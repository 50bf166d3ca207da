"""`accelerate()` and `restore()`: what they do to langchain-core, and that they undo it."""

import copy
import gc
import importlib
import json
import pickle
import pkgutil
import subprocess
import sys
import threading
import weakref
from types import FunctionType, ModuleType
from typing import Any

import langchain_core
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessageChunk
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.utils import _merge
from langchain_core.utils import json as json_functions

from headrace.langchain import AccelerationWarning, accelerate, restore

NAMES = {
    "langchain_core.callbacks.manager.AsyncCallbackManagerForLLMRun.on_llm_new_token",
    "langchain_core.messages.ai.parse_partial_json",
    "langchain_core.output_parsers.string.StrOutputParser._transform",
    "langchain_core.output_parsers.string.StrOutputParser.transform",
    "langchain_core.output_parsers.string.StrOutputParser.atransform",
    "langchain_core.output_parsers.string.StrOutputParser._atransform",
    "langchain_core.utils.json.parse_partial_json",
    "langchain_core.utils.json.parse_json_markdown",
    "langchain_core.utils._merge.merge_dicts",
    "langchain_core.utils._merge.merge_lists",
    "langchain_core.messages.ai.AIMessageChunk.__add__",
    "langchain_core.output_parsers.json.JsonOutputParser._transform",
    "langchain_core.output_parsers.json.JsonOutputParser.transform",
    "langchain_core.output_parsers.json.JsonOutputParser.atransform",
    "langchain_core.output_parsers.json.JsonOutputParser._atransform",
    "langchain_core.output_parsers.openai_tools.JsonOutputToolsParser._transform",
    "langchain_core.output_parsers.openai_tools.JsonOutputToolsParser.transform",
    "langchain_core.output_parsers.openai_tools.JsonOutputToolsParser.atransform",
    "langchain_core.output_parsers.openai_tools.JsonOutputToolsParser._atransform",
    "langchain_core.tracers.event_stream._AstreamEventsCallbackHandler.tap_output_iter",
    "langchain_core.tracers.event_stream._AstreamEventsCallbackHandler.tap_output_aiter",
    "langchain_core.tracers.event_stream._AstreamEventsCallbackHandler.on_llm_new_token",
}


def everything() -> dict[str, Any]:
    """Each attribute of each module and class of langchain-core, functions with their insides."""
    for found in pkgutil.walk_packages(langchain_core.__path__, "langchain_core."):
        if "pydantic_v1" not in found.name:
            importlib.import_module(found.name)
    seen: dict[str, Any] = {}
    modules = [m for name, m in sys.modules.items() if name.startswith("langchain_core")]
    for module in modules:
        for name, value in vars(module).items():
            seen[f"{module.__name__}.{name}"] = insides(value)
            if isinstance(value, type):
                for attribute, inner in vars(value).items():
                    if not attribute.startswith("_abc_"):
                        seen[f"{module.__name__}.{name}.{attribute}"] = insides(inner)
    return seen


def insides(value: Any) -> Any:
    if isinstance(value, FunctionType):
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__)
        return (id(value), *(id(part) for part in parts), dict(vars(value)))
    # What is made at each access says nothing.
    return None if isinstance(value, (dict, ModuleType)) else id(value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of names that modules look up
def test_it_says_what_it_replaces_and_leaves_nothing_behind() -> None:
    before = everything()
    with accelerate() as replaced:
        assert set(replaced) == NAMES
        assert len(replaced) == len(NAMES)
        assert replaced[0] in NAMES
        assert everything() != before
    after = everything()
    assert {name for name in before if before[name] != after[name]} == set()
    assert before.keys() == after.keys()


def test_twice_is_once() -> None:
    first = accelerate()
    add = AIMessageChunk.__add__
    second = accelerate()
    assert list(first) == list(second)
    assert AIMessageChunk.__add__ is add
    assert set(restore()) == NAMES
    assert restore() == []
    assert AIMessageChunk.__add__ is not add


def test_an_inner_block_leaves_what_was_on() -> None:
    accelerate()
    with accelerate():
        pass
    assert AIMessageChunk.__add__.__module__ == "langchain_core.messages.ai"
    assert set(restore()) == NAMES


def test_functions_stay_the_same_objects_under_every_name() -> None:
    from langchain_core.output_parsers.json import parse_partial_json as two
    from langchain_core.output_parsers.openai_tools import parse_partial_json as one

    default = json_functions.parse_json_markdown.__kwdefaults__["parser"]
    with accelerate():
        assert json_functions.parse_partial_json is one is two is default
        assert one('{"a": [1') == {"a": [1]}
        assert pickle.loads(pickle.dumps(_merge.merge_dicts)) is _merge.merge_dicts
        with pytest.raises(json.JSONDecodeError):
            one("x")
        with pytest.raises(TypeError):
            one()


def test_a_call_that_goes_on_while_it_is_restored_comes_to_its_end() -> None:
    """What a thread is inside of is the code, which outlives its function's use of it."""
    function = json_functions.parse_partial_json
    with accelerate():
        going_on = FunctionType(function.__code__, function.__globals__)
        going_on.__kwdefaults__ = function.__kwdefaults__
    assert going_on('{"a": [1') == {"a": [1]}
    assert going_on.__code__.co_name == "parse_partial_json"


def test_a_parser_of_ones_own_is_called() -> None:
    with accelerate():
        seen = json_functions.parse_json_markdown("```json\n[1]\n```", parser=lambda text: text)
    assert seen == "json\n[1]"


def test_what_is_missing_is_told_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(json_functions, "parse_json_markdown")
    told_of = r"utils\.json\.parse_json_markdown is not accelerated"
    with pytest.warns(AccelerationWarning, match=told_of) as told:
        replaced = accelerate()
    assert len(told) == 1
    assert set(replaced) == NAMES - {"langchain_core.utils.json.parse_json_markdown"}


def test_other_parameters_are_told_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse_partial_json(text: str) -> Any:
        return text

    monkeypatch.setattr(json_functions, "parse_partial_json", parse_partial_json)
    with pytest.warns(AccelerationWarning, match="its parameters are text"):
        accelerate()
    assert json_functions.parse_partial_json("x") == "x"


def test_another_result_is_told_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    original = AIMessageChunk.__add__

    def shout(self: Any, other: Any) -> Any:
        total = original(self, other)
        total.content = total.content.upper()
        return total

    monkeypatch.setattr(AIMessageChunk, "__add__", shout)
    with pytest.warns(AccelerationWarning, match=r"AIMessageChunk\.__add__ is not accelerated"):
        accelerate()
    assert (AIMessageChunk(content="a") + AIMessageChunk(content="b")).content == "AB"
    restore()
    assert AIMessageChunk.__add__ is shout


def test_a_reloaded_module_is_accelerated_anew() -> None:
    accelerate()
    old = _merge.merge_dicts
    try:
        importlib.reload(_merge)
        assert _merge.merge_dicts is not old
        code = _merge.merge_dicts.__code__
        assert set(accelerate()) == NAMES
        assert _merge.merge_dicts.__code__ is not code
        restore()
        assert _merge.merge_dicts.__code__ is code
    finally:
        _merge.merge_dicts = old


@pytest.mark.parametrize("first", ["headrace.langchain", "langchain_core.messages.ai"])
def test_the_order_of_imports_does_not_matter(first: str) -> None:
    program = f"""
import {first}
from headrace.langchain import accelerate
replaced = accelerate()
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers.openai_functions import parse_partial_json
assert len(replaced) == {len(NAMES)}, list(replaced)
assert AIMessageChunk(content="a") + AIMessageChunk(content="b") == AIMessageChunk(content="ab")
print(parse_partial_json('{{"a": 1'))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{'a': 1}\n", "")


def part(args: str, **fields: Any) -> AIMessageChunk:
    call = {"name": None, "args": args, "id": None, "index": 0, **fields}
    return AIMessageChunk(content="", tool_call_chunks=[call])


class Counted(AIMessageChunk):
    """Another library's chunk, with a field of its own."""

    seen: int = 0

    def __add__(self, other: Any) -> Any:
        total = super().__add__(other)
        total.seen = self.seen + 1
        return total


def test_subclasses_of_others_are_left_to_themselves() -> None:
    def scenario() -> Any:
        total = Counted(content="a") + AIMessageChunk(content="b") + Counted(content="c")
        other = AIMessageChunk(content="a") + Counted(content="b")
        return type(total), total.content, total.seen, type(other), other.content

    with accelerate():
        ours = scenario()
    assert ours == scenario()
    assert ours[:3] == (Counted, "abc", 2)


def test_sums_are_pickled_copied_and_validated() -> None:
    with accelerate():
        total = part('{"a": [', name="f", id="1") + part('1, {"b": "x')
        for twin in (
            pickle.loads(pickle.dumps(total)),
            copy.deepcopy(total),
            total.model_copy(deep=True),
            AIMessageChunk.model_validate(total.model_dump()),
        ):
            assert twin == total
            assert (twin + part('y"}]}')).tool_calls[0]["args"] == {"a": [1, {"b": "xy"}]}
        assert json.loads(total.model_dump_json())["tool_calls"][0]["args"] == {
            "a": [1, {"b": "x"}]
        }


def test_a_fork_keeps_both_right() -> None:
    with accelerate():
        stem = part('{"a": "', name="f", id="1") + part("x")
        left, right = stem + part('l"'), stem + part('r", "b": 1')
        again = stem + part("!")
        assert [it.tool_calls[0]["args"] for it in (stem, left, right, again)] == [
            {"a": "x"},
            {"a": "xl"},
            {"a": "xr", "b": 1},
            {"a": "x!"},
        ]


def test_what_is_no_chunk_is_refused_as_before() -> None:
    with accelerate():
        with pytest.raises(TypeError, match="unsupported operand"):
            AIMessageChunk(content="a") + 1
        both_kinds = AIMessageChunk(content="a") + HumanMessageChunk(content="b")
        assert both_kinds.content == "ab"
        many = AIMessageChunk(content="a") + [AIMessageChunk(content="b")] * 2
        assert many.content == "abb"


def test_more_streams_at_once_than_are_remembered() -> None:
    with accelerate():
        totals = [part('{"n": [', name="f", id=str(i)) for i in range(700)]
        for text in ("1, ", "2", "2]}"):
            totals = [total + part(text) for total in totals]
    assert all(total.tool_calls[0]["args"] == {"n": [1, 22]} for total in totals)


def test_threads_do_no_harm() -> None:
    failures: list[Any] = []

    def work(name: str) -> None:
        try:
            for _ in range(30):
                total = part('{"a": [', name=name, id=name)
                for i in range(30):
                    total = total + part(f'"{name}{i}", ')
                assert total.tool_calls[0]["args"]["a"] == [f"{name}{i}" for i in range(30)]
                values = list(JsonOutputParser()._transform(iter(['{"a"', f': "{name}', '"}'])))
                assert values == [{}, {"a": name}]
        except Exception as error:
            failures.append(error)

    with accelerate():
        threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            accelerate()
        for thread in threads:
            thread.join()
    assert failures == []


def test_restoring_forgets_what_was_read() -> None:
    class Witness(dict):  # type: ignore[type-arg]
        pass

    accelerate()
    total = part('{"a": 1', name="f", id="1") + part("2")
    witness = Witness()
    watch = weakref.ref(witness)
    total.additional_kwargs["x"] = witness
    del total, witness
    gc.collect()
    assert watch() is None
