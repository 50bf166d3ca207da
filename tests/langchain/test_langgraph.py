"""What LangGraph hands on, and what its agents look for in models."""

import warnings
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.language_models import FakeListChatModel as TheirFake
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId as TheirToolCallId
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import InjectedState, InjectedStore, ToolRuntime, create_react_agent
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, Interrupt, Send, interrupt
from tests.compat.events import Comparer

from headrace import messages
from headrace.langchain import from_langchain, to_langchain
from headrace.language_models import ReplayChatModel
from headrace.runnables import ConfigurableField, RunnableLambda, RunnableParallel
from headrace.tools import InjectedToolCallId, tool


class State(TypedDict):
    messages: Annotated[list[Any], add_messages]
    said: Any


def graph(node: Any, **options: Any) -> Any:
    building = StateGraph(State)
    building.add_node("it", node)
    building.add_edge(START, "it")
    return building.compile(**options)


def agent(model: Any, *tools: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has moved to another package
        return create_react_agent(to_langchain(model), [to_langchain(one) for one in tools])


@tool
def hand_over(to: str, call: Annotated[str, InjectedToolCallId]) -> Any:
    """Hand over to somebody."""
    return Command(update={"messages": [messages.ToolMessage(f"it is {to}", tool_call_id=call)]})


def calling() -> ReplayChatModel:
    call: Any = {"name": "hand_over", "args": {"to": "Ada"}, "id": "c1", "type": "tool_call"}
    return ReplayChatModel(responses=[messages.AIMessage("", tool_calls=[call]), "done"])


def test_a_command_carries_messages() -> None:
    node = to_langchain(lambda state: Command(update={"messages": [messages.AIMessage("hi")]}))
    assert [type(it) for it in graph(node).invoke({"said": 1})["messages"]] == [AIMessage]


def test_a_tool_returns_a_command() -> None:
    answer = agent(calling(), hand_over).invoke({"messages": [HumanMessage("?")]})
    assert [type(it) for it in answer["messages"]] == [
        HumanMessage,
        AIMessage,
        ToolMessage,
        AIMessage,
    ]
    assert answer["messages"][2].content == "it is Ada"


def test_a_tool_takes_what_langgraph_injects() -> None:
    @tool
    def look(
        where: str,
        state: Annotated[Any, InjectedState],
        store: Annotated[Any, InjectedStore],
        runtime: ToolRuntime,
        call: Annotated[str, TheirToolCallId],
    ) -> str:
        """Look somewhere."""
        asked = state["messages"][0]
        return f"{where}: {asked!r}, {store is runtime.store}, {call == runtime.tool_call_id}"

    assert list(to_langchain(look).tool_call_schema.model_json_schema()["properties"]) == ["where"]
    call: Any = {"name": "look", "args": {"where": "here"}, "id": "c1", "type": "tool_call"}
    model = ReplayChatModel(responses=[messages.AIMessage("", tool_calls=[call]), "done"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has moved to another package
        made = create_react_agent(to_langchain(model), [to_langchain(look)], store=InMemoryStore())
    asked = messages.HumanMessage("?", id="h")
    answer = made.invoke({"messages": [HumanMessage("?", id="h")]})
    assert answer["messages"][2].content == f"here: {asked!r}, True, True"


def test_what_carries_values_is_converted_both_ways() -> None:
    ours, theirs = messages.AIMessage("x"), AIMessage("x")
    for one, other in (
        (Send("it", {"m": [ours]}), Send("it", {"m": [theirs]})),
        (Command(goto=[Send("it", ours)]), Command(goto=[Send("it", theirs)])),
        (Command(resume=ours), Command(resume=theirs)),
        (Interrupt(ours, id="i"), Interrupt(theirs, id="i")),
    ):
        assert to_langchain(lambda _, made=one: made).invoke(0) == other
        there = to_langchain(RunnableLambda(lambda _, made=other: made))
        assert from_langchain(there | (lambda x: x)).invoke(0) == one
    plain = Command(goto="it")
    assert to_langchain(lambda _: plain).invoke(0) is plain


def test_an_interrupted_chain_goes_on() -> None:
    chain = RunnableLambda(lambda _: interrupt("who?")) | (lambda name: {"said": name})
    compiled = graph(to_langchain(chain), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    assert compiled.invoke({"said": ""}, config)["__interrupt__"][0].value == "who?"
    assert compiled.invoke(Command(resume="Ada"), config)["said"] == "Ada"


def test_the_stream_writer_is_found_inside() -> None:
    def tell(_: Any) -> str:
        get_stream_writer()("half")
        return "all"

    chain = RunnableParallel(said=tell)
    seen = list(graph(to_langchain(chain)).stream({"said": ""}, stream_mode=["custom", "updates"]))
    assert seen == [("custom", "half"), ("updates", {"it": {"said": "all"}})]


@pytest.mark.parametrize("way", ["fallbacks", "alternatives", "fields"])
def test_what_stands_for_a_model_in_an_agent(way: str) -> None:
    model: Any = calling()
    if way == "fallbacks":
        model = model.with_fallbacks([ReplayChatModel("other")])
    elif way == "alternatives":
        model = model.configurable_alternatives(ConfigurableField("m"), other=calling())
    else:
        model = model.configurable_fields(tags=ConfigurableField("tags"))
    answer = agent(model, hand_over).invoke({"messages": [HumanMessage("?")]})
    assert answer["messages"][-1].content == "done"


async def test_the_nodes_of_a_graph_are_watched_here() -> None:
    def node(state: Any) -> Any:
        return {"messages": [TheirFake(responses=["ab"]).invoke(state["messages"])]}

    compiled = graph(node)
    given: Any = {"messages": [HumanMessage("?", id="h")]}

    async def told(runnable: Any) -> list[Any]:
        comparer = Comparer()
        return [
            (event["event"], event["name"], comparer.value(event["parent_ids"]))
            async for event in runnable.astream_events(given, version="v2")
        ]

    seen = await told(from_langchain(compiled))
    assert seen == await told(compiled)
    assert ("on_chain_stream", "it", ["run 0"]) in seen
