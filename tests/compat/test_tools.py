"""What tools do, on both libraries."""

import asyncio
import importlib
import inspect
from typing import Annotated, Any, Optional

import pytest
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as BaseModelV1
from tests.differences import check_table
from typing_extensions import TypedDict


def tools_of(lib: Any) -> Any:
    return importlib.import_module(f"{lib.package}.tools")


def call(name: str, /, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": "call-1", "type": "tool_call"}


def plain(value: Any) -> Any:
    """Schemas as their JSON schemas, errors as their first line."""
    if inspect.isclass(value):
        return value.model_json_schema()
    return value


def tried(func: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        value = func(*args, **kwargs)
        return asyncio.run(value) if inspect.isawaitable(value) else value
    except Exception as error:
        return type(error).__name__, str(error).partition("For further")[0]


def both(tool: Any, value: Any) -> list[Any]:
    """What a tool gives, synchronously and not."""
    return [tried(tool.invoke, value), tried(lambda: tool.ainvoke(value))]


def described(tool: Any) -> list[Any]:
    return [
        type(tool).__name__,
        tool.name,
        tool.description,
        tool.args,
        None if "tool_input" in tool.args else plain(tool.tool_call_schema),
        tool.return_direct,
        tool.response_format,
        tool.extras,
        tool.is_single_input,
        tool.get_name(),
    ]


class Inner(BaseModel):
    """An inner one."""

    x: int = 1


class Search(BaseModel):
    """Search for something."""

    query: str = Field(description="What to look for")
    limit: int = 3
    inner: Optional[Inner] = None  # noqa: UP045


class OldSearch(BaseModelV1):
    """Search in the old way."""

    query: str
    limit: int = 3


class Open(BaseModel):
    """Takes more."""

    model_config = {"extra": "allow"}

    a: int


class Pair(TypedDict):
    a: int
    b: str


def add(a: int, b: int = 2) -> int:
    """Add numbers.

    Args:
        a: The first.
        b: The second.
    """
    return a + b


async def aadd(a: int, b: int = 2) -> int:
    """Add numbers, asynchronously."""
    return a + b


def shout(text: str) -> str:
    """Shout."""
    return text.upper()


def undocumented(a: int) -> int:
    return a


# -- making them -----------------------------------------------------------------------------------


def indented(text: str) -> str:
    return text


indented.__doc__ = "  Leading.\n\n    More.\n"


def decorating(lib):
    tool = tools_of(lib).tool
    made = [
        tool(add),
        tool("sum")(add),
        tool()(add),
        tool(description="Other")(add),
        tool(indented),
        tool("sum", add),
        tool(aadd),
        tool(parse_docstring=True)(add),
        tool(infer_schema=False)(shout),
        tool(return_direct=True, extras={"k": 1})(add),
        tool(response_format="content_and_artifact")(add),
        tool(args_schema=Search)(undocumented),
        tool(args_schema=Search, description="d")(undocumented),
        tool(args_schema={"type": "object", "description": "q", "properties": {}})(undocumented),
    ]
    return [described(one) for one in made]


def decorating_wrongly(lib):
    tool = tools_of(lib).tool
    return [
        tried(tool, undocumented),
        tried(tool, 3),
        tried(tool, lib.r.RunnableLambda(add))[0],
        tried(tool, add, add),
        tried(tool(infer_schema=False), undocumented),
        tried(tool(parse_docstring=True), shout),
        tried(tool, "n", lib.r.RunnableLambda(lambda x: x)),
        tried(tool, "a", "b", "c")[0],
    ]


def from_functions(lib):
    made = tools_of(lib).StructuredTool.from_function
    simple = tools_of(lib).Tool
    return [
        described(made(add)),
        described(made(add, name="n", description="  d\n   e ")),
        described(made(coroutine=aadd)),
        described(made(add, args_schema=Search)),
        described(simple("n", shout, "d")),
        described(simple.from_function(shout, "n", "d", return_direct=True)),
        described(simple("n", shout, "d", args_schema=Inner)),
        tried(made),
        tried(made, undocumented),
        tried(simple.from_function, None, "n", "d"),
    ]


def describing(lib):
    t = tools_of(lib)
    made = [t.tool(add), t.tool(infer_schema=False)(shout), t.tool(aadd)]
    return [
        t.render_text_description(made),
        t.render_text_description_and_args(made),
        repr(made[0].func is add),
        made[0].get_input_jsonschema(),
        made[0].get_output_jsonschema(),
        sorted(made[0].model_dump()),
    ]


def old_models(lib):
    tool = tools_of(lib).tool(args_schema=OldSearch)(lambda query, limit: (query, limit))
    convert = importlib.import_module(f"{lib.package}.utils.function_calling")
    return [
        tool.description,
        tool.args,
        tool.get_input_jsonschema(),
        tool.invoke({"query": "q"}),
        tried(tool.invoke, {"limit": 1})[0],
        convert.convert_to_openai_tool(tool),
    ]


def converting(lib):
    t = tools_of(lib)
    convert = importlib.import_module(f"{lib.package}.utils.function_calling")

    @t.tool
    def injecting(a: int, secret: Annotated[str, t.InjectedToolArg], config: lib.r.RunnableConfig):
        """Inject."""

    text = t.Tool("t", shout, "d")
    custom = t.Tool("t", shout, "d", metadata={"type": "custom_tool", "format": {"type": "text"}})
    json = t.tool(args_schema={"title": "x", "type": "object", "properties": {"a": {"title": "A"}}})
    return [
        [
            convert.convert_to_openai_tool(one),
            convert.convert_to_openai_tool(one, strict=True),
            tried(convert.convert_to_json_schema, one),
            convert.convert_to_openai_function(one),
        ]
        for one in (
            injecting,
            t.tool(add),
            t.tool(args_schema=Search)(shout),
            text,
            custom,
            json(shout),
        )
    ]


# -- invoking them ---------------------------------------------------------------------------------


def inputs(lib):
    tool = tools_of(lib).tool(add)
    return [
        both(tool, value)
        for value in (
            {"a": 1},
            {"a": "3", "b": 4},
            {"a": 1, "unknown": 3},
            {"a": "x"},
            {},
            "5",
            5,
            None,
            [1],
            call("add", a=1),
            call("add", a="x"),
            {**call("add", a=1), "id": None},
            {"type": "tool_call", "args": {"a": 1}, "name": "add"},
        )
    ]


def single_inputs(lib):
    t = tools_of(lib)
    tool = t.tool(infer_schema=False)(shout)
    schema = t.Tool("n", lambda x: x, "d", args_schema=Inner)
    return [
        [
            both(one, value)
            for value in (
                "a",
                {"x": "b"},
                {"tool_input": "c"},
                {"__arg1": "d"},
                {"a": "1", "b": "2"},
                {},
                call("shout", __arg1="e"),
            )
        ]
        for one in (tool, schema)
    ]


def schemas(lib):
    made = tools_of(lib).StructuredTool.from_function

    def keep(**kwargs: Any) -> Any:
        return kwargs

    return [
        both(made(keep, description="d", args_schema=Search), {"query": "q"}),
        both(made(keep, description="d", args_schema=Search), {"query": "q", "inner": {"x": "2"}}),
        both(made(keep, description="d", args_schema=Open), {"a": 1, "b": 2}),
        both(made(keep, description="d", args_schema={"properties": {"a": {}}}), {"a": 1, "b": 2}),
        both(made(keep, description="d", args_schema={"properties": {"a": {}}}), "text"),
    ]


def variadic(lib):
    @tools_of(lib).tool
    def tool(a: int, *args: int, **kwargs: int):
        """Take more."""
        return a, args, sorted(kwargs)

    return [tool.args, both(tool, {"a": 1}), both(tool, {"a": 1, "kwargs": {"b": 2}})]


def awkward_names(lib):
    @tools_of(lib).tool
    def tool(schema: int = 1, _private: int = 2, model_x: int = 3, copy: str = "c"):
        """Take awkward names."""
        return schema, _private, model_x, copy

    return [tool.args, both(tool, {}), both(tool, {"schema": 5, "copy": "d", "_private": 9})]


def without_arguments(lib):
    @tools_of(lib).tool
    def tool():
        """Take nothing."""
        return "ok"

    return [tool.args, *[both(tool, value) for value in ({}, "", "x", None, call("tool"))]]


def answers(lib):
    messages = importlib.import_module(f"{lib.package}.messages")
    outputs = [
        "x",
        1,
        1.5,
        True,
        None,
        {"a": 1},
        {"é": "ü"},
        [1, 2],
        ["a", "b"],
        ("a", "b"),
        [],
        [{"type": "text", "text": "t"}],
        [{"type": "image_url", "image_url": "u"}],
        [{"type": "unknown"}],
        ["a", {"type": "json", "json": {}}],
        {1},
        b"x",
        Inner(),
        messages.ToolMessage("own", tool_call_id="other"),
        [messages.ToolMessage("own", tool_call_id="other")],
        messages.HumanMessage("hi"),
    ]

    @tools_of(lib).tool
    def tool(i: int):
        """Answer."""
        return outputs[i]

    return [both(tool, call("tool", i=i)) for i in range(len(outputs))]


def artifacts(lib):
    @tools_of(lib).tool(response_format="content_and_artifact")
    def tool(a: int):
        """Answer with an artifact."""
        return {0: ("text", {"more": 1}), 1: "text", 2: ("a", "b", "c"), 3: (["a"], None)}[a]

    values = [both(tool, call("tool", a=a)) + both(tool, {"a": a}) for a in (0, 1, 3)]
    message = tool.invoke(call("tool", a=0))
    return values, message.artifact, tried(tool.invoke, {"a": 2})[0]


def failures(lib):
    t = tools_of(lib)

    @t.tool
    def tool(a: int):
        """Fail."""
        if a == 1:
            raise t.ToolException("reported")
        if a == 2:
            raise t.ToolException
        if a == 3:
            raise ValueError("broken")
        return a

    seen = []
    for how in (False, True, "text", lambda error: f"called {error}", lambda _: ["x"], 5, None):
        tool.handle_tool_error = how
        seen.append([both(tool, it) for it in ({"a": 1}, call("tool", a=1), call("tool", a=2))])
        seen.append(both(tool, {"a": 3}))
    tool.handle_tool_error = False
    for how in (False, True, "text", lambda error: type(error).__name__, 5):
        tool.handle_validation_error = how
        seen.append([both(tool, it) for it in ({"a": "x"}, call("tool", a="x"), {}, {"a": 3})])
    return seen


def asynchrony(lib):
    t = tools_of(lib)
    two = t.StructuredTool.from_function(shout, aadd, args_schema=Inner)
    return [
        both(t.tool(aadd), {"a": 1}),
        tried(two.ainvoke, {"x": 1})[0],
        both(t.Tool("n", None, "d", coroutine=aadd), "x")[0],
        both(t.StructuredTool.from_function(add, aadd), {"a": "3"}),
    ]


# -- what the program gives ------------------------------------------------------------------------


def injecting(lib):
    t = tools_of(lib)

    @t.tool
    def tool(
        a: int,
        call_id: Annotated[str, t.InjectedToolCallId],
        state: Annotated[Optional[dict], t.InjectedToolArg],  # noqa: UP045
    ):
        """Inject."""
        return f"{a} {call_id} {state}"

    def unknown(query: str, limit: int, inner: Any, state: Annotated[dict, t.InjectedToolArg]):
        """Inject what the schema does not know."""
        return query, state

    beside = t.StructuredTool.from_function(unknown, args_schema=Search)
    watch = lib.watch()
    tool.invoke(call("tool", a=1, state={"s": 1}), {"callbacks": [watch]})
    return [
        described(tool),
        tool.get_input_jsonschema(),
        both(tool, call("tool", a=1)),
        both(tool, call("tool", a=1, state={"s": 1})),
        both(tool, {"a": 1}),
        both(tool, {"a": 1, "call_id": "x"}),
        both(beside, {"query": "q", "state": {"s": 1}}),
        beside.args,
        watch.events,
    ]


def configuration(lib):
    seen = []

    @tools_of(lib).tool
    def tool(a: int, config: lib.r.RunnableConfig):
        """See the configuration."""
        seen.append((config["tags"], config["metadata"], config["configurable"]))
        return a

    @tools_of(lib).tool
    async def atool(a: int, config: lib.r.RunnableConfig = None):
        """See the configuration."""
        seen.append((config["tags"], config["metadata"]))
        return a

    config = {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 2}}
    tool.invoke({"a": 1})
    tool.invoke({"a": 1}, config)
    asyncio.run(tool.ainvoke({"a": 1}, config))
    asyncio.run(atool.ainvoke({"a": 1}, config))
    return seen, tool.args, atool.args


def callbacks_parameter(lib):
    inner = lib.r.RunnableLambda(lambda x: x)

    @tools_of(lib).tool
    def tool(a: int, callbacks):
        """Hand callbacks on."""
        return inner.invoke(a, {"callbacks": callbacks})

    watch = lib.watch()
    tool.invoke({"a": 1}, {"callbacks": [watch]})
    return watch.events, tool.args, tool.invoke({"a": 2})


# -- handlers --------------------------------------------------------------------------------------


def handlers(lib):
    t = tools_of(lib)

    @t.tool
    def tool(a: int):
        """Be watched."""
        if a == 1:
            raise t.ToolException("reported")
        if a == 2:
            raise ValueError("broken")
        return a

    seen = []
    for handling in (False, True):
        tool.handle_tool_error = tool.handle_validation_error = handling
        for value in ({"a": 5}, {"a": 1}, {"a": 2}, {"a": "x"}, "5", call("tool", a=5)):
            for is_async in (False, True):
                watch = lib.watch()
                config = {"callbacks": [watch], "tags": ["t"], "metadata": {"m": 1}}
                if is_async:
                    tried(tool.ainvoke, value, {**config, "run_name": "named"})
                else:
                    tried(tool.invoke, value, config)
                seen.append(watch.events)
    return seen


def own_handlers(lib):
    watch = lib.watch()
    tool = tools_of(lib).tool(add)
    tool.callbacks = [watch]
    tool.tags = ["own"]
    tool.metadata = {"own": 1}
    tool.invoke({"a": 1}, {"tags": ["t"]})
    tool.callbacks = None
    tool.run({"a": 1}, callbacks=[watch], tags=["r"], metadata={"r": 1}, run_name="named", more=3)
    tool.run({"a": 2}, callbacks=[watch], start_color="red", color="blue")
    asyncio.run(tool.arun({"a": 1}, callbacks=[watch], tool_call_id="i"))
    return watch.events


def run_tree(lib):
    inner = lib.r.RunnableLambda(lambda x: x).with_config(run_name="inner")

    @tools_of(lib).tool
    def implied(a: int):
        """Inherit."""
        return inner.invoke(a)

    @tools_of(lib).tool
    async def aimplied(a: int):
        """Inherit."""
        return await inner.ainvoke(a)

    @tools_of(lib).tool
    def handed(a: int, config: lib.r.RunnableConfig):
        """Hand on."""
        return inner.invoke(a, config)

    seen = []
    for tool in (implied, aimplied, handed):
        for run in (tool, lib.r.RunnableLambda(lambda x: x) | tool):
            for is_async in (False, True):
                if tool is aimplied and not is_async:
                    continue
                watch = lib.watch()
                config = {"callbacks": [watch], "tags": ["t"]}
                if is_async:
                    asyncio.run(run.ainvoke({"a": 1}, config))
                else:
                    run.invoke({"a": 1}, config)
                seen.append(
                    [
                        (event, kwargs["run_id"], kwargs["parent_run_id"], kwargs["tags"])
                        for event, _, kwargs in watch.events
                    ]
                )
    return seen


# -- classes of users ------------------------------------------------------------------------------


def classes(lib):
    t = tools_of(lib)
    managers = importlib.import_module(f"{lib.package}.callbacks")
    manager = Optional[managers.CallbackManagerForToolRun]  # noqa: UP045

    class Plain(t.BaseTool):
        name: str = "plain"
        description: str = "A plain one."
        factor: int = 2

        def _run(self, a: int, b: str = "x", run_manager: manager = None) -> Any:  # type: ignore[valid-type]
            return repr(a), b, self.factor, type(run_manager).__name__

    class Schema(t.BaseTool):
        name: str = "schema"
        description: str = "With a schema."
        args_schema: type[BaseModel] = Search
        return_direct: bool = True

        def _run(self, query: str, limit: int, inner: Any = None) -> Any:
            return query, limit

        async def _arun(self, query: str, limit: int, inner: Any = None, run_manager=None) -> Any:
            return query, "async", type(run_manager).__name__

    class Open(t.BaseTool):
        name: str = "open"
        description: str = "Takes anything."

        def _run(self, *args: Any, **kwargs: Any) -> Any:
            return args, sorted(kwargs)

    return [
        described(Plain()),
        both(Plain(), {"a": "1"}),
        both(Plain(factor=5), "7"),
        both(Plain(), {}),
        both(Plain(), call("plain", a=1)),
        both(Plain(), 5),
        described(Schema()),
        both(Schema(), {"query": "q"}),
        both(Schema(), {"limit": 1}),
        both(Schema(), "q"),
        both(Open(), {"a": 1, "b": 2}),
        tried(Plain, args_schema=int),
        tried(Plain, name=3)[0],
        tried(t.BaseTool)[0],
        repr(Plain(factor=5)),
    ]


def wrong_annotation(lib):
    t = tools_of(lib)

    def make() -> None:
        class Wrong(t.BaseTool):
            name: str = "wrong"
            description: str = "d"
            args_schema: BaseModel = Search  # type: ignore[assignment]

            def _run(self) -> None: ...

    name, text = tried(make)
    return name, text.partition("\n")[0]


def toolkits(lib):
    t = tools_of(lib)

    class Kit(t.BaseToolkit):
        def get_tools(self) -> Any:
            return [t.tool(add)]

    return [one.name for one in Kit().get_tools()], tried(t.BaseToolkit)[0]


# -- of runnables ----------------------------------------------------------------------------------


def pair(x: Pair) -> int:
    return x["a"]


def exclaim(x: str) -> str:
    return x + "!"


def of_any_keys(x: dict) -> int:
    return len(x)


def of_runnables(lib):
    lam = lib.r.RunnableLambda
    double = lam(lambda x: x["a"] * 2)
    made = [
        double.as_tool(),
        double.as_tool(arg_types={"a": int}),
        double.as_tool(Inner, name="n"),
        lam(pair).as_tool(),
        (lam(pair) | (lambda x: x)).as_tool(),
        lam(exclaim).as_tool(),
        lam(exclaim).as_tool(name="n", description="d"),
        lam(of_any_keys).as_tool(),
        tools_of(lib).tool("n", double, description="d"),
    ]
    return [
        [
            described(one),
            *[both(one, value) for value in ({"a": 2}, {"a": "x", "b": 1}, call("n", a=2))],
        ]
        for one in made
    ]


def runnable_events(lib):
    watch = lib.watch()
    tool = lib.r.RunnableLambda(exclaim).as_tool(name="n")
    tool.invoke("a", {"callbacks": [watch], "tags": ["t"]})
    return watch.events


SCENARIOS = [
    decorating,
    decorating_wrongly,
    from_functions,
    describing,
    old_models,
    converting,
    inputs,
    single_inputs,
    schemas,
    variadic,
    awkward_names,
    without_arguments,
    answers,
    artifacts,
    failures,
    asynchrony,
    injecting,
    configuration,
    callbacks_parameter,
    handlers,
    own_handlers,
    run_tree,
    classes,
    wrong_annotation,
    toolkits,
    of_runnables,
    runnable_events,
]


@pytest.mark.filterwarnings("ignore:This API is in beta", "ignore:Field name")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_same(scenario, compare):
    compare(scenario)


# -- what is deliberately different ----------------------------------------------------------------


def own_name_and_id(lib):
    inner = lib.r.RunnableLambda(lambda x: x)

    @tools_of(lib).tool
    def tool(a: int, config: lib.r.RunnableConfig):
        """Hand the configuration on."""
        return inner.invoke(a, config)

    watch = lib.watch()
    tool.invoke({"a": 1}, {"callbacks": [watch], "run_name": "mine"})
    return [kwargs["name"] for event, _, kwargs in watch.events if event == "on_chain_start"]


def run_manager_of_functions(lib):
    @tools_of(lib).tool
    def tool(a: int, run_manager: Any = None):
        """Take a manager."""
        return type(run_manager).__name__

    return tool.invoke({"a": 1})


def optional_configuration(lib):
    @tools_of(lib).tool
    def tool(a: int, config: Optional[lib.r.RunnableConfig] = None):  # noqa: UP045
        """Take a configuration."""
        return config is not None

    return tool.invoke({"a": 1})


def configuration_in_schema(lib):
    t = tools_of(lib)

    class Own(t.BaseTool):
        name: str = "own"
        description: str = "d"

        def _run(self, a: int, config: lib.r.RunnableConfig = None) -> Any:  # type: ignore[valid-type]
            return a

    return sorted(Own().args)


def call_id_beside_the_schema(lib):
    injected = Annotated[str, tools_of(lib).InjectedToolCallId]

    def func(query: str, limit: int, inner: Any, call_id: injected):  # type: ignore[valid-type]
        return call_id

    tool = tools_of(lib).StructuredTool.from_function(func, description="d", args_schema=Search)
    answer = tried(tool.invoke, call("func", query="q"))
    return answer[0] if isinstance(answer, tuple) else answer.content


def aliases(lib):
    class Aliased(BaseModel):
        a: int = Field(alias="alpha")

    tool = tools_of(lib).tool(args_schema=Aliased, description="d")(undocumented)
    return list(tool.args), tool.invoke({"alpha": 1})


def text_schema(lib):
    tool = tools_of(lib).Tool("n", shout, "d")
    return sorted(tool.tool_call_schema.model_json_schema()["properties"])


def tools_of_numbers(lib):
    def double(x: int) -> int:
        return x * 2

    try:
        return lib.r.RunnableLambda(double).as_tool().args
    except TypeError as error:
        return type(error).__name__


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "own-name-and-id": (own_name_and_id, ["mine"], ["RunnableLambda"]),
    "run-manager-of-functions": (
        run_manager_of_functions,
        "NoneType",
        "CallbackManagerForToolRun",
    ),
    "optional-configuration": (optional_configuration, False, True),
    "configuration-in-schema": (configuration_in_schema, ["a", "config"], ["a"]),
    "call-id-beside-the-schema": (call_id_beside_the_schema, "TypeError", "call-1"),
    "aliases": (aliases, (["a"], 1), (["alpha"], 1)),
    "tools-of-numbers": (tools_of_numbers, {}, "TypeError"),
    "text-schema": (text_schema, ["args", "config", "kwargs"], ["tool_input"]),
}


@pytest.mark.filterwarnings("ignore:Field name")
@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name, library):
    scenario, theirs, ours = DIFFERENCES[name]
    assert scenario(library) == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them():
    check_table("Tools", __file__, DIFFERENCES)
