"""Tools: what the comparison with the reference does not show."""

import asyncio
import copy
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from headrace.callbacks import (
    AsyncCallbackHandler,
    BaseCallbackHandler,
    CallbackManagerForToolRun,
    RunObserver,
    RunSink,
    callback_manager,
)
from headrace.documents import Document
from headrace.messages import AIMessage, ToolMessage
from headrace.runnables import RunnableConfig, RunnableLambda
from headrace.tools import (
    BaseTool,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    Tool,
    ToolException,
    create_retriever_tool,
    tool,
)
from headrace.utils.function_calling import convert_to_openai_tool


@tool
def add(a: int, b: int = 2) -> int:
    """Add numbers."""
    return a + b


class Heard(BaseCallbackHandler):
    """Keeps what it hears of tools."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any, Any]] = []

    def on_tool_start(self, serialized: Any, input_str: str, **kwargs: Any) -> None:
        self.events.append(("start", input_str, kwargs["tool_call_id"]))

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        self.events.append(("end", output, None))

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        self.events.append(("error", error, kwargs["tool_call_id"]))


def test_nobody_observes_no_run_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a run was made")

    monkeypatch.setattr(callback_manager, "uuid7", refuse)
    assert add.invoke({"a": 1}) == 3
    assert asyncio.run(add.ainvoke({"a": 1}, {"tags": ["t"]})) == 3
    with pytest.raises(AssertionError):
        add.invoke({"a": 1}, {"callbacks": [Heard()]})


def test_calls_of_a_message() -> None:
    message = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "1"}])
    assert add.invoke(message.tool_calls[0]) == ToolMessage("3", name="add", tool_call_id="1")
    assert add.batch([*message.tool_calls, {"a": 2}])[1] == 4
    assert list(add.stream({"a": 2})) == [4]


def test_the_input_stays_as_it_was() -> None:
    @tool
    def change(items: list[int], call_id: Annotated[str, InjectedToolCallId]) -> str:
        """Change what it is given."""
        items.append(1)
        return call_id

    given = {"name": "change", "args": {"items": [0]}, "id": "1", "type": "tool_call"}
    before = copy.deepcopy(given)
    change.invoke(given)
    assert given["args"].keys() == before["args"].keys()


def test_what_is_assigned_later_counts() -> None:
    class Other(BaseModel):
        a: int
        b: int = 10

    own = copy.copy(add)
    assert own.invoke({"a": 1}) == 3
    own.args_schema = Other
    assert own.invoke({"a": 1}) == 11
    own.func = lambda a, b: a * b
    assert own.invoke({"a": 3}) == 30
    assert "b" in convert_to_openai_tool(own)["function"]["parameters"]["properties"]
    own.description = "Multiply."
    assert own.tool_call_schema.model_json_schema()["description"] == "Multiply."
    assert add.invoke({"a": 1}) == 3


def test_copies_and_equality() -> None:
    one = Tool("n", len, "d")
    two = Tool("n", len, "d")
    one.invoke("text")
    convert_to_openai_tool(one)
    assert one == two == copy.copy(one) == copy.deepcopy(one) == one.model_copy()
    assert set(one.model_dump()) == set(two.model_dump())
    again = pickle.loads(pickle.dumps(one))
    assert again.invoke("text") == 4


def test_a_description_is_nobody_elses() -> None:
    made = convert_to_openai_tool(add)
    made["function"]["parameters"]["properties"].clear()
    assert convert_to_openai_tool(add)["function"]["parameters"]["properties"]


class Looked(BaseTool):
    name: str = "looked"
    description: str = "Look at what is given."
    seen: list[Any] = Field(default_factory=list)

    def _run(self, a: int, run_manager: CallbackManagerForToolRun) -> str:
        self.seen.append(run_manager)
        return RunnableLambda(str).invoke(a, {"callbacks": run_manager.get_child()})


def test_a_required_run_manager_is_always_given() -> None:
    looked = Looked()
    assert looked.invoke({"a": 1}) == "1"
    assert asyncio.run(looked.ainvoke({"a": 1})) == "1"
    assert [type(one) for one in looked.seen] == [CallbackManagerForToolRun] * 2


def test_a_subclass_that_overrides_the_call() -> None:
    class Counting(StructuredTool):
        count: int = 0

        def _run(self, *args: Any, config: RunnableConfig, **kwargs: Any) -> Any:
            self.count += 1
            return super()._run(*args, config=config, **kwargs)

    counting = Counting.from_function(add.func)
    assert isinstance(counting, Counting)
    assert counting.invoke({"a": 1}) == 3
    assert asyncio.run(counting.ainvoke({"a": 1})) == 3
    assert counting.count == 2


def test_a_subclass_that_parses_otherwise() -> None:
    class Lenient(StructuredTool):
        def _parse_input(self, tool_input: Any, tool_call_id: str | None) -> Any:
            return {"a": len(tool_input)}

    assert Lenient.from_function(add.func).invoke("four") == 6


async def test_functions_run_off_the_event_loop() -> None:
    @tool
    def where() -> int:
        """Tell the thread."""
        return threading.get_ident()

    assert await where.ainvoke({}) != threading.get_ident()
    assert await where.ainvoke({}, {"callbacks": [Heard()]}) != threading.get_ident()


async def test_async_handlers_are_awaited_on_the_loop() -> None:
    heard: list[Any] = []

    class Handler(AsyncCallbackHandler):
        async def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
            heard.append(asyncio.get_running_loop())

        async def on_tool_end(self, *args: Any, **kwargs: Any) -> None:
            heard.append(asyncio.get_running_loop())

    await add.ainvoke({"a": 1}, {"callbacks": [Handler()]})
    assert heard == [asyncio.get_running_loop()] * 2


async def test_cancelling() -> None:
    started = asyncio.Event()
    ended: list[str] = []

    @tool
    async def wait() -> None:
        """Wait."""
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    heard = Heard()
    task = asyncio.create_task(wait.ainvoke({}, {"callbacks": [heard]}))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["ended"]
    assert [event for event, _, _ in heard.events] == ["start", "error"]


def synchronously(tool: Any) -> Any:
    return lambda *args: asyncio.run(tool.ainvoke(*args))


@pytest.mark.parametrize("is_async", [False, True])
def test_each_start_has_one_end(is_async: bool) -> None:
    @tool
    def fail(a: int) -> int:
        """Fail."""
        raise KeyboardInterrupt if a == 1 else ToolException("no")

    for value in ({"a": 1}, {"a": 2}, {"a": "x"}):
        heard = Heard()
        call = {"name": "fail", "args": value, "id": "i", "type": "tool_call"}
        # a KeyboardInterrupt would stop the event loop itself
        run = synchronously(fail) if is_async and value != {"a": 1} else fail.invoke
        with pytest.raises((KeyboardInterrupt, ToolException, ValidationError)):
            run(call, {"callbacks": [heard]})
        assert [(event, i) for event, _, i in heard.events] == [("start", "i"), ("error", "i")]


def test_context_variables_stay_in_the_tool() -> None:
    variable: ContextVar[int] = ContextVar("variable", default=0)

    @tool
    def change() -> int:
        """Change a variable."""
        variable.set(variable.get() + 1)
        return variable.get()

    assert change.invoke({}) == 1
    assert change.invoke({}, {"callbacks": [Heard()]}) == 1
    assert variable.get() == 0


def test_configuration_reaches_the_steps_inside_without_observers() -> None:
    inner = RunnableLambda(lambda x, config: config["tags"])

    @tool
    def outer(a: int) -> Any:
        """Call a step."""
        return inner.invoke(a)

    assert outer.invoke({"a": 1}, {"tags": ["t"]}) == ["t"]
    assert asyncio.run(outer.ainvoke({"a": 1}, {"tags": ["t"]})) == ["t"]
    assert outer.invoke({"a": 1}) == []


def test_observers_are_told_the_call() -> None:
    seen: list[Any] = []

    class Sink(RunSink):
        __slots__ = ()

        def ended(self, outputs: Any, inputs: Any = None) -> None:
            seen.append(outputs)

        def failed(self, error: BaseException, inputs: Any = None) -> None:
            seen.append(error)

    class Observer(RunObserver):
        def run_started(self, run: Any, inputs: Any) -> RunSink:
            seen.append((run.name, run.kind, inputs, run.extra["tool_call_id"]))
            return Sink()

    call = {"name": "add", "args": {"a": 1}, "id": "i", "type": "tool_call"}
    add.invoke(call, {"callbacks": [Observer()]})
    assert seen == [("add", "tool", {"a": 1}, "i"), ToolMessage("3", name="add", tool_call_id="i")]


def test_many_threads() -> None:
    with ThreadPoolExecutor(8) as executor:
        made = list(executor.map(lambda i: copy.copy(add).invoke({"a": i, "b": i}), range(500)))
    assert made == [2 * i for i in range(500)]


def test_a_state_that_no_model_sees() -> None:
    @tool
    def remember(text: str, state: Annotated[dict[str, Any], InjectedToolArg]) -> str:
        """Remember a text."""
        state["text"] = text
        return "done"

    heard = Heard()
    state: dict[str, Any] = {}
    remember.invoke({"text": "x", "state": state}, {"callbacks": [heard]})
    assert "state" not in remember.args
    assert heard.events[0][1] == "{'text': 'x'}"


def search(query: str) -> list[Document]:
    return [Document(query, metadata={"source": 1}), Document("other", metadata={"source": 2})]


class Written:
    input_variables = ("page_content", "source")

    def format(self, **kwargs: Any) -> str:
        return "{source}: {page_content}".format(**kwargs)

    async def aformat(self, **kwargs: Any) -> str:
        return self.format(**kwargs)


@pytest.mark.parametrize("is_async", [False, True])
def test_retrievers_as_tools(is_async: bool) -> None:
    retriever = RunnableLambda(search)

    def run(made: Any, value: Any) -> Any:
        return asyncio.run(made.ainvoke(value)) if is_async else made.invoke(value)

    plain = create_retriever_tool(retriever, "search", "Search.")
    assert run(plain, "q") == "q\n\nother"
    assert list(plain.args) == ["query"]
    written = create_retriever_tool(
        retriever,
        "search",
        "Search.",
        document_prompt=Written(),
        document_separator=" | ",
        response_format="content_and_artifact",
    )
    answer = run(
        written, {"name": "search", "args": {"query": "q"}, "id": "1", "type": "tool_call"}
    )
    assert answer.content == "1: q | 2: other"
    assert answer.artifact == search("q")
    bare = RunnableLambda(lambda query: [Document(query)])
    with pytest.raises(ValueError, match=r"missing metadata: \['source'\]"):
        run(create_retriever_tool(bare, "s", "d", document_prompt=Written()), "q")


def test_a_runnable_that_takes_anything_is_a_tool_without_arguments() -> None:
    clock = RunnableLambda(lambda _: "noon").as_tool(name="clock", description="Tell the time.")
    assert clock.args == {}
    assert [clock.invoke(given) for given in ({}, "", None)] == ["noon"] * 3
    call = {"name": "clock", "args": {}, "id": "1", "type": "tool_call"}
    assert clock.invoke(call).content == "noon"


def test_importing_runnables_does_not_import_tools() -> None:
    program = (
        "import sys, headrace.runnables\n"
        "assert not any(name.startswith('headrace.tools') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_types_that_only_type_checkers_know() -> None:
    def func(a: "Unknown", config: "RunnableConfig", b: int = 2) -> "Unknown":  # type: ignore[name-defined] # noqa: F821
        return a, b, config["tags"]

    class Schema(BaseModel):
        a: int

    made = StructuredTool.from_function(func, description="d", args_schema=Schema)
    assert made.invoke({"a": "1"}, {"tags": ["t"]}) == (1, 2, ["t"])
    with pytest.raises(NameError, match="Unknown"):
        StructuredTool.from_function(func, description="d")


def test_a_schema_of_local_types() -> None:
    class Local(BaseModel):
        x: int

    class Schema(BaseModel):
        local: "Local"
        state: Annotated["Local | None", InjectedToolArg] = None

    made = tool(args_schema=Schema, description="d")(lambda_named("read"))
    assert list(made.args) == ["local"]
    assert made.invoke({"local": {"x": 1}, "state": {"x": 2}}) == 3


def lambda_named(name: str) -> Any:
    def func(local: Any, state: Any = None) -> int:
        return int(local.x + state.x)

    func.__name__ = name
    return func
