"""Handlers: what they print, on which thread they run, in which order; when they are awaited."""

import asyncio
import threading
import time
from contextvars import ContextVar
from types import SimpleNamespace

import pytest
from langchain_core.callbacks import FileCallbackHandler as TheirFile
from langchain_core.callbacks import StdOutCallbackHandler as TheirStdOut

from headrace.callbacks import (
    AsyncCallbackHandler,
    BaseCallbackHandler,
    CallbackManager,
    FileCallbackHandler,
    RunRecorder,
    StdOutCallbackHandler,
    StreamingStdOutCallbackHandler,
    adispatch_custom_event,
)
from headrace.callbacks.context import ambient_handlers
from headrace.runnables import RunnableLambda


def tell(handler):
    action = SimpleNamespace(log="thought")
    handler.on_chain_start({"name": "described"}, {}, name="named")
    handler.on_chain_start({"id": ["a", "last"]}, {})
    if "File" not in type(handler).__name__:  # the reference's fails on this
        handler.on_chain_start(None, {})
    handler.on_chain_start({"name": "{braces}"}, {})
    handler.on_text("plain")
    handler.on_text("red", color="red", end="!")
    handler.on_agent_action(action)
    handler.on_tool_end("output")
    handler.on_tool_end("output", color="green", observation_prefix="O:", llm_prefix="T:")
    handler.on_agent_finish(action, color="blue")
    handler.on_chain_end({})


@pytest.mark.parametrize("color", [None, "pink"])
def test_standard_output_is_the_references(color, capsys):
    tell(TheirStdOut(color=color))
    theirs = capsys.readouterr().out
    tell(StdOutCallbackHandler(color=color))
    assert capsys.readouterr().out == theirs


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_files_are_the_references(tmp_path):
    for kind, name in ((TheirFile, "theirs"), (FileCallbackHandler, "ours")):
        with kind(str(tmp_path / name), mode="w") as handler:
            tell(handler)
    assert (tmp_path / "ours").read_text() == (tmp_path / "theirs").read_text()
    with pytest.raises(RuntimeError, match="closed"):
        handler.on_text("late")


def test_tokens_are_printed_as_they_come(capsys):
    handler = StreamingStdOutCallbackHandler()
    manager = CallbackManager([handler])
    run = manager.on_llm_start({}, ["prompt"])[0]
    run.on_llm_new_token("to")
    run.on_llm_new_token("ken")
    run.on_llm_end(None)
    assert capsys.readouterr().out == "token"


def test_verbose_adds_standard_output(capsys):
    manager = CallbackManager.configure(verbose=True)
    manager.on_chain_start({"name": "chain"}, {}).on_chain_end({})
    assert "Entering new chain chain" in capsys.readouterr().out


async def test_synchronous_handlers_run_off_the_loop_in_order():
    loop_thread = threading.get_ident()
    variable = ContextVar("variable", default="unset")
    seen = []

    class Slow(BaseCallbackHandler):
        def __init__(self, name):
            self.name = name

        def on_chain_start(self, *args, **kwargs):
            assert threading.get_ident() != loop_thread
            assert variable.get() == "set"
            time.sleep(0.01 if self.name == "first" else 0)
            seen.append(("start", self.name))

        def on_chain_end(self, *args, **kwargs):
            seen.append(("end", self.name))

    class Inline(BaseCallbackHandler):
        run_inline = True

        def on_chain_start(self, *args, **kwargs):
            assert threading.get_ident() == loop_thread
            seen.append(("start", "inline"))

    variable.set("set")
    handlers = [Slow("first"), Slow("second"), Inline()]
    await RunnableLambda(lambda x: x).ainvoke(1, {"callbacks": handlers})
    assert seen == [
        ("start", "inline"),
        ("start", "first"),
        ("start", "second"),
        ("end", "first"),
        ("end", "second"),
    ]


class Awaited(AsyncCallbackHandler):
    def __init__(self):
        self.seen = []

    async def on_chain_start(self, serialized, inputs, **kwargs):
        await asyncio.sleep(0.001)
        self.seen.append("start")

    async def on_chain_end(self, outputs, **kwargs):
        await asyncio.sleep(0.001)
        self.seen.append("end")

    async def on_custom_event(self, name, data, **kwargs):
        self.seen.append((name, data))


def test_asynchronous_handlers_are_awaited_by_synchronous_runs():
    handler = Awaited()
    RunnableLambda(lambda x: x).invoke(1, {"callbacks": [handler]})
    assert handler.seen == ["start", "end"]


async def test_asynchronous_handlers_are_awaited_inside_a_running_loop():
    handler = Awaited()

    async def step(x):
        await adispatch_custom_event("half", 0.5)
        return RunnableLambda(lambda y: y).invoke(x)  # synchronous, on the loop's own thread

    await RunnableLambda(step).ainvoke(1, {"callbacks": [handler]})
    assert handler.seen == ["start", ("half", 0.5), "start", "end", "end"]


def test_handlers_of_a_context_join_every_run_in_it():
    recorder = RunRecorder()
    token = ambient_handlers.set((recorder,))
    try:
        (RunnableLambda(lambda x: x) | (lambda x: x + 1)).invoke(1)
    finally:
        ambient_handlers.reset(token)
    RunnableLambda(lambda x: x).invoke(1)
    (root,) = recorder.roots
    assert root.outputs == {"output": 2}
    assert [child.run_type for child in root.child_runs] == ["chain", "chain"]
    assert root.end_time >= root.start_time
