"""Headrace's chains as steps of LangChain's chains, graphs and agents."""

import asyncio
import warnings
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.exceptions import OutputParserException as TheirParserException
from langchain_core.language_models import BaseChatModel as TheirChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser as TheirParser
from langchain_core.prompts import ChatPromptTemplate as TheirPrompt
from langchain_core.runnables import ConfigurableField as TheirField
from langchain_core.runnables import ConfigurableFieldSpec as TheirSpec
from langchain_core.runnables import RunnableBinding
from langchain_core.runnables import RunnableLambda as TheirLambda
from langchain_core.runnables import ensure_config as their_ensure_config
from langchain_core.tools import ToolException as TheirToolException
from langchain_core.tools import tool as their_tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode, create_react_agent
from tests.compat.events import Comparer

from headrace import messages
from headrace.callbacks import adispatch_custom_event
from headrace.exceptions import OutputParserException, ToolException
from headrace.langchain import from_langchain, to_langchain
from headrace.language_models import FakeListChatModel, ReplayChatModel
from headrace.language_models import GenericFakeChatModel as OurFake
from headrace.output_parsers import StrOutputParser
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import RunnableGenerator, RunnableLambda
from headrace.tools import tool

PIECES = ["once", " ", "upon", " ", "a", " ", "time"]
CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c1", "type": "tool_call"}


def theirs(text="once upon a time"):
    return GenericFakeChatModel(messages=iter([AIMessage(text, id="m")] * 5))


def fake(text="once upon a time"):
    return OurFake(messages=iter([messages.AIMessage(text, id="m")] * 5))


def chain_with(model):
    return TheirPrompt.from_messages([("human", "{q}")]) | model | TheirParser()


async def events_of(chain, value, config=None, **options):
    comparer = Comparer()
    return [
        comparer.value(event)
        async for event in chain.astream_events(value, config, version="v2", **options)
    ]


async def test_all_ways_of_running():
    chain = chain_with(to_langchain(fake()))
    assert chain.invoke({"q": "hi"}) == "once upon a time"
    assert await chain.ainvoke({"q": "hi"}) == "once upon a time"
    assert list(chain.stream({"q": "hi"})) == PIECES
    assert [chunk async for chunk in chain.astream({"q": "hi"})] == PIECES
    whole = to_langchain(ChatPromptTemplate.from_messages(["{q}"]) | fake() | StrOutputParser())
    assert whole.batch([{"q": "a"}, {"q": "b"}]) == ["once upon a time"] * 2
    assert await whole.abatch([{"q": "a"}]) == ["once upon a time"]
    model = to_langchain(fake())
    assert isinstance(model, TheirChatModel)
    assert model.invoke("hi") == AIMessage("once upon a time", id="m")
    assert all(type(chunk) is AIMessageChunk for chunk in model.stream("hi"))
    assert model.generate([[HumanMessage("hi")]]).generations[0][0].text == "once upon a time"
    told = await model.agenerate([[HumanMessage("hi")]])
    assert told.generations[0][0].message.id == "m"


async def test_functions_and_dictionaries_become_steps():
    assert to_langchain(lambda x: x + 1).invoke(1) == 2
    assert to_langchain({"a": lambda x: x + 1}).invoke(1) == {"a": 2}
    with pytest.raises(TypeError):
        to_langchain(3)


async def test_events_are_those_of_langchains_own_model():
    config = {"tags": ["t"], "metadata": {"k": "v"}}
    adapted = await events_of(chain_with(to_langchain(fake())), {"q": "hi"}, config)
    assert adapted == await events_of(chain_with(theirs()), {"q": "hi"}, config)
    assert sum(event["event"] == "on_chat_model_stream" for event in adapted) == len(PIECES)


async def test_both_directions_nested():
    """LangChain's events of a chain here in which a chain of LangChain's is a step."""
    inner = TheirLambda(lambda x: x).with_config(run_name="same") | theirs()
    nested = to_langchain(from_langchain(inner) | StrOutputParser())
    plain = inner | TheirParser()
    seen = await events_of(nested, "hi")
    expected = await events_of(plain, "hi")

    def told(events):
        return [
            (event["event"], event["name"], event["data"].get("chunk"))
            for event in events
            if event["name"] in ("same", "GenericFakeChatModel", "StrOutputParser")
        ]

    assert told(seen) == told(expected)


async def test_events_of_langchains_code_inside_are_told_once():
    """A handler of LangChain's that is at work around a step hears once of what runs in it."""
    model = from_langchain(theirs())

    def step(question):
        return model.invoke(question)

    adapted = to_langchain(RunnableLambda(step))
    starts = [event["event"] for event in await events_of(adapted, "hi")]
    assert starts.count("on_chat_model_start") == 1
    outer = TheirLambda(lambda x: RunnableLambda(step).invoke(x))
    starts = [event["event"] for event in await events_of(outer, "hi")]
    assert starts.count("on_chat_model_start") == 1
    assert starts.count("on_chat_model_stream") == len(PIECES)


class Watch(BaseCallbackHandler):
    def __init__(self):
        self.heard: list[Any] = []

    def on_chat_model_start(self, serialized, messages, **kwargs):
        self.heard.append(("start", messages[0], kwargs["tags"], kwargs["metadata"].get("k")))

    def on_llm_new_token(self, token, *, chunk=None, **kwargs):
        self.heard.append(("token", type(chunk.message), token))

    def on_llm_end(self, response, **kwargs):
        self.heard.append(("end", response.generations[0][0].message.content))

    def on_custom_event(self, name, data, **kwargs):
        self.heard.append((name, data))


class AsyncWatch(AsyncCallbackHandler):
    def __init__(self):
        self.loops: set[Any] = set()

    async def on_llm_new_token(self, token, **kwargs):
        self.loops.add(asyncio.get_running_loop())


async def test_handlers_hear_with_langchains_classes():
    watch, asynchronous = Watch(), AsyncWatch()
    config = {"callbacks": [watch, asynchronous], "tags": ["t"], "metadata": {"k": "v"}}
    model = to_langchain(fake())
    assert len([chunk async for chunk in model.astream("hi", config)]) == len(PIECES)
    assert watch.heard[0] == ("start", [HumanMessage("hi")], ["t"], "v")
    assert watch.heard[1] == ("token", AIMessageChunk, "once")
    assert watch.heard[-1] == ("end", "once upon a time")
    assert asynchronous.loops == {asyncio.get_running_loop()}


async def test_custom_events():
    async def step(value):
        await adispatch_custom_event("progress", {"at": messages.HumanMessage("half")})
        return value

    watch = Watch()
    await to_langchain(RunnableLambda(step)).ainvoke("x", {"callbacks": [watch]})
    assert watch.heard == [("progress", {"at": HumanMessage("half")})]


def test_the_configuration_is_carried_over():
    seen = {}

    def step(value, config):
        seen.update(config)
        return value

    config = {
        "tags": ["t"],
        "metadata": {"k": "v"},
        "configurable": {"thread_id": "1"},
        "max_concurrency": 3,
        "recursion_limit": 7,
    }
    to_langchain(RunnableLambda(step)).invoke(1, config)
    assert seen["tags"] == ["t"]
    # older versions of langchain-core 1 add what is configured to the metadata
    assert seen["metadata"] == their_ensure_config(config)["metadata"]
    assert seen["configurable"] == {"thread_id": "1"}
    assert (seen["max_concurrency"], seen["recursion_limit"]) == (3, 7)


def test_errors_that_langchains_code_looks_for():
    def fails(error):
        def step(value):
            raise error

        return to_langchain(RunnableLambda(step))

    original = OutputParserException("no", llm_output="l")
    with pytest.raises(TheirParserException, match="no") as raised:
        fails(original).invoke(1)
    assert raised.value.__cause__ is original
    assert raised.value.llm_output == "l"
    with pytest.raises(TheirToolException):
        list(fails(ToolException("t")).stream(1))
    with pytest.raises(KeyError):
        fails(KeyError("k")).invoke(1)
    assert (
        fails(original)
        .with_fallbacks(
            [TheirLambda(lambda x: "other")], exceptions_to_handle=(TheirParserException,)
        )
        .invoke(1)
        == "other"
    )


async def test_closing_reaches_the_other_side():
    ended = []

    def numbers(pieces):
        try:
            for _ in pieces:
                yield from range(9)
        finally:
            ended.append("sync")

    stream = to_langchain(RunnableGenerator(numbers)).stream("x")
    assert next(stream) == 0
    stream.close()
    assert ended == ["sync"]

    async def anumbers(pieces):
        try:
            async for _ in pieces:
                for n in range(9):
                    yield n
        finally:
            ended.append("async")

    events = to_langchain(RunnableGenerator(anumbers)).astream_events("x", version="v2")
    async for event in events:
        if event["event"] == "on_chain_stream":
            break
    await events.aclose()
    for _ in range(20):
        await asyncio.sleep(0)
    assert ended == ["sync", "async"]


# --- in LangGraph ---------------------------------------------------------------------------------


class State(TypedDict):
    messages: Annotated[list[Any], add_messages]


def graph():
    chain = RunnableLambda(lambda state: state["messages"]) | fake() | _as_state
    building = StateGraph(State)
    building.add_node("chat", to_langchain(chain))
    building.add_edge(START, "chat")
    building.add_edge("chat", END)
    return building.compile()


def _as_state(message):
    return {"messages": [message]}


async def test_a_chain_as_a_node_of_a_graph():
    given = {"messages": [HumanMessage("hi", id="h")]}
    answer = graph().invoke(given)
    assert answer["messages"][-1] == AIMessage("once upon a time", id="m")
    assert (await graph().ainvoke(given))["messages"][-1].content == "once upon a time"
    events = [event async for event in graph().astream_events(given, version="v2")]
    chunks = [
        event["data"]["chunk"] for event in events if event["event"] == "on_chat_model_stream"
    ]
    assert [chunk.content for chunk in chunks] == PIECES
    model = next(event for event in events if event["event"] == "on_chat_model_start")
    assert model["metadata"]["langgraph_node"] == "chat"
    assert len(model["parent_ids"]) == 3


async def test_a_graphs_stream_of_messages_has_the_tokens():
    given = {"messages": [HumanMessage("hi", id="h")]}
    streamed = [
        (chunk.content, about["langgraph_node"])
        for chunk, about in graph().stream(given, stream_mode="messages")
    ]
    assert streamed == [(piece, "chat") for piece in PIECES]
    streamed = [chunk.content async for chunk, _ in graph().astream(given, stream_mode="messages")]
    assert streamed == PIECES


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def agent(*, bound=False):
    model: Any = ReplayChatModel(
        responses=[messages.AIMessage("", id="y", tool_calls=[CALL]), "It is three."]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has moved to another package
        model = model.bind_tools([add]) if bound else model
        return create_react_agent(to_langchain(model), [to_langchain(add)])


async def test_a_model_and_a_tool_in_langgraphs_agent():
    given = {"messages": [HumanMessage("1 + 2?", id="h")]}
    answer = await agent().ainvoke(given)
    assert [type(message) for message in answer["messages"]] == [
        HumanMessage,
        AIMessage,
        ToolMessage,
        AIMessage,
    ]
    assert answer["messages"][1].tool_calls == [CALL]
    assert answer["messages"][2].content == "3"
    assert answer["messages"][3].content == "It is three."
    answer = await agent(bound=True).ainvoke(given)
    assert answer["messages"][3].content == "It is three."
    events = [event async for event in agent().astream_events(given, version="v2")]
    kinds = [(event["event"], event["name"]) for event in events]
    assert ("on_tool_start", "add") in kinds
    tokens = [
        event["data"]["chunk"].content
        for event in events
        if event["event"] == "on_chat_model_stream"
    ]
    assert "".join(tokens) == "It is three."
    output = next(event["data"]["output"] for event in events if event["event"] == "on_tool_end")
    assert type(output) is ToolMessage


def test_tools():
    adapted = to_langchain(add)
    assert (adapted.name, adapted.description) == ("add", "Add two numbers.")
    assert adapted.args == add.args
    assert adapted.invoke({"a": 1, "b": 2}) == 3
    assert adapted.invoke(CALL) == ToolMessage("3", name="add", tool_call_id="c1")
    assert adapted.run({"a": 1, "b": 2}) == 3
    assert from_langchain(adapted) is add
    node = ToolNode([adapted])
    assert "add" in node.tools_by_name


def test_models_bind_langchains_tools():
    @their_tool
    def look(where: str) -> str:
        """Look somewhere."""
        return where

    bound = to_langchain(ReplayChatModel("ok")).bind_tools([look])
    assert isinstance(bound, RunnableBinding)
    assert bound.kwargs["tools"][0]["function"]["name"] == "look"
    assert bound.invoke("hi").content == "ok"
    assert from_langchain(bound) is bound.inner
    structured = to_langchain(ReplayChatModel(messages.AIMessage("", tool_calls=[CALL])))
    schema = {"title": "add", "description": "Add.", "type": "object", "properties": {}}
    assert structured.with_structured_output(schema).invoke("hi") == CALL["args"]


def test_what_langchain_derives_of_a_bound_model():
    heard = []

    class Watch(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, **kwargs):
            about = kwargs["invocation_params"]
            heard.append((sorted(kwargs["tags"]), about.get("stop"), "tools" in about))

    ours = ReplayChatModel("ok").bind_tools([add]).with_config(tags=["ours"])
    bound = to_langchain(ours)
    assert from_langchain(bound) is ours
    derived = [
        bound.with_config(tags=["theirs"]),
        bound.bind(stop=["."]),
        bound.with_types(input_type=str),
        bound.with_retry(),
        bound.with_listeners(on_start=lambda run: heard.append("listened")),
    ]
    for model in derived:
        assert model.kwargs["tools"] == ours.kwargs["tools"]
        assert model.invoke("hi", {"callbacks": [Watch()]}).content == "ok"
    assert heard == [
        (["ours", "theirs"], None, True),
        (["ours"], ["."], True),
        (["ours"], None, True),
        (["ours"], None, True),
        (["ours"], None, True),
        "listened",
    ]


def test_fields_are_configurable_from_there():
    fake = to_langchain(FakeListChatModel(responses=["a"]))
    model = fake.configurable_fields(responses=TheirField(id="said"))
    assert model.invoke("hi").content == "a"
    assert model.invoke("hi", {"configurable": {"said": ["b"]}}).content == "b"
    assert [(spec.id, type(spec)) for spec in model.config_specs] == [("said", TheirSpec)]


def test_what_is_langchains_is_refused():
    with pytest.raises(TypeError, match="from_langchain makes a step of what is LangChain's"):
        to_langchain(TheirLambda(len))
    with pytest.raises(TypeError, match=r"unsupported type: <class 'int'>$"):
        to_langchain(3)


def test_describing():
    chain = ChatPromptTemplate.from_messages(["{q}"]) | fake()
    adapted = to_langchain(chain)
    assert adapted.get_name() == chain.get_name()
    assert to_langchain(RunnableLambda(len, name="size")).name == "size"
    assert adapted.get_input_jsonschema() == chain.get_input_jsonschema()
    assert len(adapted.get_graph().nodes) == 3
