"""Tracers build trees of runs, and join runs by context."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler, CallbackManager
from headrace.callbacks.context import configure_hooks
from headrace.globals import set_debug
from headrace.language_models.fake_chat_models import FakeListChatModel
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import RunnableLambda
from headrace.tools import tool
from headrace.tracers.base import AsyncBaseTracer, BaseTracer, TracerException
from headrace.tracers.context import collect_runs, register_configure_hook
from headrace.tracers.memory_stream import _MemoryStream
from headrace.tracers.root_listeners import AsyncRootListenersTracer, RootListenersTracer
from headrace.tracers.run import Run as OwnRun
from headrace.tracers.run_collector import RunCollectorCallbackHandler
from headrace.tracers.stdout import ConsoleCallbackHandler, FunctionCallbackHandler
from headrace.utils.uuid import uuid7


def chain() -> Any:
    prompt = ChatPromptTemplate.from_messages([("human", "{q}")])
    return prompt | FakeListChatModel(responses=["hi"])


def fail(_: Any) -> Any:
    raise ValueError("no")


@tool
def double(x: int) -> int:
    """Double a number."""
    return 2 * x


class Recorder(BaseTracer):
    """Keeps the roots and the names of hooks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.roots: list[Any] = []
        self.seen: list[str] = []

    def _persist_run(self, run: Any) -> None:
        self.roots.append(run)

    def _on_run_create(self, run: Any) -> None:
        self.seen.append(f"create {run.name}")

    def _on_run_update(self, run: Any) -> None:
        self.seen.append(f"update {run.name}")

    def _on_tool_end(self, run: Any) -> None:
        self.seen.append(f"output {run.outputs['output']}")


class AsyncRecorder(AsyncBaseTracer):
    """Keeps the roots and the names of hooks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.roots: list[Any] = []
        self.seen: list[str] = []

    async def _persist_run(self, run: Any) -> None:
        await asyncio.sleep(0)
        self.roots.append(run)

    async def _on_run_create(self, run: Any) -> None:
        await asyncio.sleep(0)
        self.seen.append(f"create {run.name}")

    async def _on_run_update(self, run: Any) -> None:
        self.seen.append(f"update {run.name}")

    async def _on_tool_end(self, run: Any) -> None:
        self.seen.append(f"output {run.outputs['output']}")


class TestBaseTracer:
    @pytest.mark.parametrize("kind", [Recorder, AsyncRecorder])
    async def test_a_tree(self, kind):
        tracer = kind(_schema_format="original+chat")
        await chain().ainvoke({"q": "x"}, {"callbacks": [tracer], "tags": ["t"]})
        (root,) = tracer.roots
        assert (root.run_type, root.inputs, root.parent_run_id) == ("chain", {"q": "x"}, None)
        prompt, model = root.child_runs
        assert [prompt.run_type, model.run_type] == ["prompt", "chat_model"]
        assert model.parent_run_id == root.id == root.trace_id == model.trace_id
        assert model.dotted_order.startswith(f"{root.dotted_order}.")
        assert model.outputs["generations"][0][0]["text"] == "hi"
        assert "t" in model.tags
        assert not tracer.run_map

    def test_chat_models_are_text_models_in_the_original_format(self):
        tracer = Recorder()
        chain().invoke({"q": "x"}, {"callbacks": [tracer]})
        model = tracer.roots[0].child_runs[1]
        assert (model.run_type, model.inputs) == ("llm", {"prompts": ["Human: x"]})

    def test_streamed_tokens_are_events(self):
        tracer = Recorder()
        list(FakeListChatModel(responses=["abc"]).stream("x", {"callbacks": [tracer]}))
        names = [event["name"] for event in tracer.roots[0].events]
        assert names == ["start", *["new_token"] * names.count("new_token"), "end"]
        assert names.count("new_token") >= 3

    @pytest.mark.parametrize("kind", [Recorder, AsyncRecorder])
    async def test_errors_and_hooks(self, kind):
        tracer = kind()
        failing = RunnableLambda(lambda _: double.invoke({"x": 2})) | fail
        with pytest.raises(ValueError, match="no"):
            await failing.ainvoke(1, {"callbacks": [tracer]})
        (root,) = tracer.roots
        assert root.error.startswith("ValueError('no')Traceback")
        assert "output 4" in tracer.seen
        assert tracer.seen[0] == f"create {root.name}"
        assert tracer.seen[-1] == f"update {root.name}"

    def test_an_unknown_run_is_an_error(self):
        with pytest.raises(TracerException, match="No indexed run ID"):
            Recorder().on_chain_end({}, run_id=uuid7())
        tracer, run_id = Recorder(), uuid7()
        tracer.on_chain_start({}, {}, run_id=run_id)
        with pytest.raises(TracerException, match="Found chain run"):
            tracer.on_tool_end("x", run_id=run_id)

    def test_positions_of_ended_runs_are_forgotten(self, monkeypatch):
        monkeypatch.setattr("headrace.tracers.core._KEPT_POSITIONS", 10)
        tracer = Recorder()
        for _ in range(30):
            RunnableLambda(lambda x: x).invoke(1, {"callbacks": [tracer]})
        assert len(tracer.order_map) <= 10

    def test_the_own_record_has_what_tracers_use(self):
        run = OwnRun(serialized={"id": ["a", "B"]}, inputs={"x": 1}, extra={"metadata": {"m": 1}})
        assert (run.name, run.metadata, run.tags, run.outputs) == ("B", {"m": 1}, [], {})
        run.child_runs.append(OwnRun(name="c"))
        assert "child_runs" not in run.model_dump()


def test_tracers_work_without_langsmith():
    program = (
        "import sys; sys.modules['langsmith'] = None\n"
        "import importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda n, *a: None if n == 'langsmith' else find(n, *a)\n"
        "import os; os.environ['LANGSMITH_TRACING'] = 'true'\n"
        "from headrace.runnables import RunnableLambda\n"
        "from headrace.tracers.context import collect_runs\n"
        "with collect_runs() as runs: RunnableLambda(lambda x: x).invoke(1)\n"
        "print(type(runs.traced_runs[0]).__module__)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "headrace.tracers.run"
    assert ran.stderr.count("pip install 'headrace[langsmith]'") == 1


class TestContext:
    async def test_runs_are_collected(self):
        with collect_runs() as runs:
            chain().invoke({"q": "x"})
            await chain().ainvoke({"q": "x"})
            list(chain().stream({"q": "x"}))
            double.invoke({"x": 1})
        chain().invoke({"q": "x"})
        assert [run.run_type for run in runs.traced_runs] == ["chain", "chain", "chain", "tool"]
        # As in LangChain, the collector sees the runs that are started in the block only.
        assert isinstance(runs, RunCollectorCallbackHandler)

    def test_a_hook_adds_its_handler(self, monkeypatch):
        class Handler(BaseCallbackHandler):
            pass

        variable: ContextVar[Any] = ContextVar("variable", default=None)
        count = len(configure_hooks)
        try:
            register_configure_hook(variable, True, Handler, "HEADRACE_TEST_HOOK")
            assert not CallbackManager.configure().handlers
            monkeypatch.setenv("HEADRACE_TEST_HOOK", "true")
            (created,) = CallbackManager.configure().handlers
            own = Handler()
            variable.set(own)
            manager = CallbackManager.configure()
            assert manager.handlers == manager.inheritable_handlers == [own]
            assert CallbackManager.configure([created]).handlers == [created]
        finally:
            del configure_hooks[count:]

    def test_a_hook_by_environment_needs_a_class(self):
        with pytest.raises(ValueError, match="handle_class"):
            register_configure_hook(ContextVar("v"), True, None, "X")


class TestReports:
    def test_as_langchain_reports(self):
        console = pytest.importorskip("langchain_core.tracers.stdout")
        runnables = pytest.importorskip("langchain_core.runnables")
        ours, theirs = (
            self._report(FunctionCallbackHandler, RunnableLambda),
            self._report(console.FunctionCallbackHandler, runnables.RunnableLambda),
        )
        assert ours == theirs
        assert len(ours) == 6

    @staticmethod
    def _report(handler: Any, function: Any) -> list[str]:
        import re

        lines: list[str] = []
        both = function(lambda x: x + 1).with_config(run_name="one") | function(fail)
        with pytest.raises(ValueError, match="no"):
            both.invoke(1, {"callbacks": [handler(lines.append)]})
        return [re.sub(r"\[\d+ms\]", "[TIME]", line).split("Traceback")[0] for line in lines]

    def test_models_and_tools(self, capsys):
        handler = ConsoleCallbackHandler()
        chain().invoke({"q": "x"}, {"callbacks": [handler]})
        double.invoke({"x": 2}, {"callbacks": [handler]})
        printed = capsys.readouterr().out
        for part in (
            "[llm/start]",
            '"Human: x"',
            "[llm/end]",
            "[tool/start]",
            "tool:double",
            '"4"',
        ):
            assert part in printed


class TestRootListeners:
    def test_sync(self):
        seen: list[Any] = []
        config = {"run_name": "x"}
        tracer = RootListenersTracer(
            config=config,
            on_start=lambda run: seen.append(("start", run.name)),
            on_end=lambda run, given: seen.append(("end", given)),
            on_error=lambda run: seen.append(("error", run.error)),
        )
        chain().invoke({"q": "x"}, {"callbacks": [tracer]})
        assert seen == [("start", "RunnableSequence"), ("end", config)]

    async def test_async(self):
        seen: list[Any] = []

        async def failed(run: Any) -> None:
            seen.append(run.error.split(")")[0])

        tracer = AsyncRootListenersTracer(config={}, on_start=None, on_end=None, on_error=failed)
        with pytest.raises(ValueError, match="no"):
            await RunnableLambda(fail).ainvoke(1, {"callbacks": [tracer]})
        assert seen == ["ValueError('no'"]


async def test_a_memory_stream_crosses_threads():
    stream = _MemoryStream[int](asyncio.get_running_loop())
    send = stream.get_send_stream()

    def produce() -> None:
        for number in range(3):
            send.send_nowait(number)
        send.close()

    await asyncio.to_thread(produce)
    assert [number async for number in stream.get_receive_stream()] == [0, 1, 2]


@pytest.fixture
def debug() -> Iterator[None]:
    set_debug(True)
    yield
    set_debug(False)


@pytest.mark.usefixtures("debug")
def test_debug_prints_the_events_of_every_run(capsys: pytest.CaptureFixture[str]) -> None:
    chain = RunnableLambda(len) | RunnableLambda(str)
    assert chain.invoke("abc") == "3"
    shown = capsys.readouterr().out
    assert "[chain:RunnableSequence > chain:len] Entering Chain run" in shown
    assert shown.count("[chain/start]") == shown.count("[chain/end]") == 3

    set_debug(False)
    chain.invoke("abc")
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("debug")
async def test_debug_prints_async_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert await RunnableLambda(len).ainvoke("abc") == 3
    assert "[chain:len] Entering Chain run" in capsys.readouterr().out
