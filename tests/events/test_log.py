"""Patches and logs: what they add up to, what they share, how they are read."""

import asyncio
import copy
import json
import pickle

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.events.patch import PatchError, apply, diff, pointer
from headrace.runnables import RunnableLambda
from headrace.tracers import RunLog, RunLogPatch
from headrace.tracers.log_stream import LogEntry, RunState

from .chains import each, tokens

keys = st.text("ab/~0", max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(old=values, new=values)
def test_a_difference_leads_from_one_to_the_other(old, new):
    before = json.dumps(old)
    ops = diff(old, new)
    assert apply(old, ops) == new
    assert jsonpatch.apply_patch(old, ops) == new
    assert json.dumps(old) == before


@given(old=values, new=values)
def test_patches_of_others_are_applied(old, new):
    ops = list(jsonpatch.make_patch(old, new))
    assert apply(old, ops) == new


def test_what_no_path_leads_through_is_shared():
    old = {"a": {"deep": [1]}, "b": {"c": [1, 2], "d": {"e": 1}}}
    new = apply(old, [{"op": "add", "path": "/b/c/-", "value": 3}])
    assert new == {"a": {"deep": [1]}, "b": {"c": [1, 2, 3], "d": {"e": 1}}}
    assert old["b"]["c"] == [1, 2]
    assert new["a"] is old["a"]
    assert new["b"]["d"] is old["b"]["d"]


@pytest.mark.parametrize(
    ("op", "message"),
    [
        ({"op": "add", "path": "a", "value": 1}, "does not start with"),
        ({"op": "add", "value": 1}, "not have a path"),
        ({"op": "add", "path": "/list/9", "value": 1}, "out of range"),
        ({"op": "add", "path": "/text/x", "value": 1}, "leads into a str"),
        ({"op": "add", "path": "/text/x/y", "value": 1}, "leads into a str"),
        ({"op": "add", "path": "/list/x", "value": 1}, "out of range"),
        ({"op": "replace", "path": "/none", "value": 1}, "does not exist"),
        ({"op": "replace", "path": "/none"}, "not have a value"),
        ({"op": "remove", "path": "/none"}, "does not exist"),
        (
            {"op": "test", "path": "/text", "value": "b"},
            "differs from the value in the test operation",
        ),
        ({"op": "mend", "path": "/text"}, "Unknown operation 'mend'"),
    ],
)
def test_patches_that_do_not_fit(op, message):
    with pytest.raises(PatchError, match=message):
        apply({"list": [1], "text": "a"}, [op])


def test_moving_and_copying():
    old = {"a": [1, 2], "b": {}}
    ops = [
        {"op": "test", "path": "/a/0", "value": 1},
        {"op": "copy", "from": "/a/0", "path": "/b/one"},
        {"op": "move", "from": "/a", "path": "/b/a~1"},
    ]
    assert apply(old, ops) == {"b": {"one": 1, "a/": [1, 2]}}
    assert pointer("a/", "~") == "/a~1/~0"


def patches(count=3):
    return list((tokens(count) | each()).stream_log(1))


def test_patches_add_up():
    first, second, *rest = patches()
    log = first + second
    assert isinstance(log, RunLog)
    for patch in rest:
        log += patch
    assert log.state["final_output"] == "0 1 2 "
    assert log.state["streamed_output"] == ["0 ", "1 ", "2 "]
    assert list(log.state["logs"]) == ["tokens", "each"]
    assert log.ops == [op for patch in (first, second, *rest) for op in patch.ops]
    assert log == log + RunLogPatch()
    assert log != first
    assert log != log + rest[-1]


def test_logs_that_share_are_independent():
    first, *rest = patches()
    log = RunLog(state=None) + first
    one, two = log + rest[0], log + rest[0]
    assert one == two
    assert one.ops == two.ops == [*first.ops, *rest[0].ops]
    assert log.ops == first.ops
    one.ops.append({})
    assert one.ops == two.ops


@pytest.mark.parametrize(
    "way", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_copies(way):
    first, second, third, *_ = patches()
    log = first + second
    other = way(log)
    assert other == log
    assert other + third == log + third
    assert way(third) == third


def test_a_log_in_which_a_name_has_a_slash():
    chain = RunnableLambda(lambda x: x, name="a/b") | RunnableLambda(lambda x: x, name="a/b")
    *_, log = chain.stream_log(1, diff=False)
    assert list(log.state["logs"]) == ["a/b", "a/b:2"]


@pytest.mark.parametrize("left", [RunLogPatch(), RunLog(state=None)])
@pytest.mark.parametrize("right", [1, None, RunLog(state=None)])
def test_what_cannot_be_added(left, right):
    with pytest.raises(TypeError, match="unsupported operand"):
        left + right


def test_showing():
    assert repr(RunLogPatch({"op": "add", "path": "/a", "value": 1})) == (
        "RunLogPatch({'op': 'add', 'path': '/a', 'value': 1})"
    )
    assert repr(RunLog(state={"id": "x"})) == "RunLog({'id': 'x'})"
    for unhashable in (RunLogPatch(), RunLog(state=None)):
        with pytest.raises(TypeError, match="unhashable"):
            hash(unhashable)
    assert RunLogPatch() != 1
    assert set(LogEntry.__annotations__) > {"streamed_output_str", "end_time"}
    assert "logs" in RunState.__annotations__


def without_what_differs(log):
    """The states of two runs differ in ids and times."""
    return [[(op["op"], op["path"]) for op in patch.ops] for patch in log]


async def test_a_log_is_read_in_both_ways():
    chain = tokens(3) | each()
    in_sync = without_what_differs(chain.stream_log(1))
    assert without_what_differs([patch async for patch in chain.stream_log(1)]) == in_sync
    assert without_what_differs([patch async for patch in chain.astream_log(1)]) == in_sync
    states = [log.state async for log in chain.stream_log(1, diff=False)]
    assert [len(state["streamed_output"]) for state in states][-1] == 3
    assert len({id(state) for state in states}) == len(states)


async def test_closing_a_log():
    log = tokens(10**9).stream_log(1)
    await log.aclose()
    await anext(log)
    await log.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    whole = tokens(10**9).stream_log(1, diff=False)
    whole.close()
    next(whole)
    whole.close()
    with pytest.raises(StopIteration):
        next(whole)


def test_summing_up_many_patches_is_linear():
    """A log shares its operations with the next one: the last holds them all, once."""
    log = RunLog(state=None)
    for patch in patches(2000):
        log += patch
    assert log.state["final_output"].endswith("1999 ")
    assert len(log.ops) > 8000
