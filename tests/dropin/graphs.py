"""Graphs and agents, each a small program; prints what all of them give, as JSON.

It is run on langchain-core as it is, and on headrace with `--headrace`: the output is the same.
"""

import asyncio
import json
import operator
import re
import sys
import warnings
from importlib.util import find_spec
from typing import Annotated, Any, TypedDict

if "--headrace" in sys.argv:
    from headrace import dropin

    dropin.install()

warnings.simplefilter("ignore")

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel  # noqa: E402
from langchain_core.messages import (  # noqa: E402
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGenerationChunk  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate  # noqa: E402
from langchain_core.runnables import RunnableLambda  # noqa: E402
from langchain_core.tools import InjectedToolCallId, tool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.config import get_stream_writer  # noqa: E402
from langgraph.func import entrypoint, task  # noqa: E402
from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: E402
from langgraph.prebuilt import InjectedState, ToolNode, create_react_agent  # noqa: E402
from langgraph.types import Command, RetryPolicy, Send, interrupt  # noqa: E402

MODES = ["values", "updates", "messages", "custom", "debug"]


class State(TypedDict):
    seen: Annotated[list[Any], operator.add]


class Fake(GenericFakeChatModel):
    """Streams its messages word by word, calls of tools in one chunk each."""

    def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> Any:
        message = next(self.messages)
        pieces: list[dict[str, Any]] = [
            {
                "content": "",
                "tool_call_chunks": [{**call, "args": json.dumps(call["args"]), "index": i}],
            }
            for i, call in enumerate(getattr(message, "tool_calls", []))
        ]
        pieces += [{"content": word} for word in re.split(r"(\s)", message.content) if word]
        for piece in pieces:
            for call in piece.get("tool_call_chunks", ()):
                call.pop("type", None)
            chunk = ChatGenerationChunk(message=AIMessageChunk(id=message.id, **piece))
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def model(*messages: AIMessage) -> Fake:
    return Fake(messages=iter(messages))


def calls(*names: str) -> AIMessage:
    made = [
        {"name": name, "args": {"city": f"C{i}"}, "id": f"call{i}", "type": "tool_call"}
        for i, name in enumerate(names)
    ]
    return AIMessage("", id="asking", tool_calls=made)


@tool
def weather(city: str) -> str:
    """Say the weather."""
    return f"sunny in {city}"


@tool
def fails(city: str) -> str:
    """Fail."""
    raise ValueError(f"no {city}")


@tool
def hand_over(city: str, call: Annotated[str, InjectedToolCallId]) -> Any:
    """Change the state."""
    return Command(update={"messages": [ToolMessage(f"to {city}", tool_call_id=call, id="t")]})


@tool
def count(city: str, state: Annotated[Any, InjectedState]) -> str:
    """Count messages."""
    return f"{city}: {len(state['messages'])}"


def asking() -> Any:
    return {"messages": [HumanMessage("hi", id="h")]}


def chain_of(*nodes: Any, **options: Any) -> Any:
    graph = StateGraph(State)
    names = []
    for node in nodes:
        graph.add_node(node.__name__, node)
        names.append(node.__name__)
    for left, right in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(left, right)
    return graph.compile(**options)


def one(state: Any) -> Any:
    return {"seen": [1]}


def two(state: Any) -> Any:
    return {"seen": [len(state["seen"])]}


def writes(state: Any) -> Any:
    get_stream_writer()({"half": 1})
    return {"seen": ["w"]}


def asks(state: Any) -> Any:
    return {"seen": [interrupt({"ask": "name"})]}


def thread(name: str = "1") -> Any:
    return {"configurable": {"thread_id": name}}


def agent(*tools: Any, replies: Any = None, **options: Any) -> Any:
    return create_react_agent(
        model(*(replies or (calls(*(t.name for t in tools)), AIMessage("all is well", id="end")))),
        ToolNode(list(tools), handle_tool_errors=True),
        **options,
    )


# --- the programs ----------------------------------------------------------------------------


def p_invoke():
    return chain_of(one, two).invoke({"seen": []})


async def p_ainvoke():
    return await chain_of(one, two).ainvoke({"seen": []})


def p_batch():
    return chain_of(one, two).batch([{"seen": []}, {"seen": ["x"]}])


def stream_mode(mode):
    def program():
        return list(chain_of(one, writes, two).stream({"seen": []}, stream_mode=mode))

    return program


def astream_mode(mode):
    async def program():
        stream = chain_of(one, writes, two).astream({"seen": []}, stream_mode=mode)
        return [chunk async for chunk in stream]

    return program


def p_list_of_modes():
    return list(chain_of(one, writes).stream({"seen": []}, stream_mode=["values", "custom"]))


def p_condition():
    graph = StateGraph(State)
    graph.add_node("one", one)
    graph.add_node("two", two)
    graph.add_edge(START, "one")
    graph.add_conditional_edges("one", lambda s: "two" if len(s["seen"]) < 3 else END)
    graph.add_edge("two", "one")
    return list(graph.compile().stream({"seen": []}))


def p_recursion_limit():
    graph = StateGraph(State)
    graph.add_node("one", one)
    graph.add_edge(START, "one")
    graph.add_edge("one", "one")
    try:
        graph.compile().invoke({"seen": []}, {"recursion_limit": 4})
    except Exception as error:
        return type(error).__name__


def p_send():
    graph = StateGraph(State)
    graph.add_node("each", lambda value: {"seen": [value * 2]})
    graph.add_conditional_edges(START, lambda s: [Send("each", n) for n in range(3)])
    return graph.compile().invoke({"seen": []})


def p_command():
    graph = StateGraph(State)
    graph.add_node("one", lambda s: Command(update={"seen": ["c"]}, goto="two"))
    graph.add_node("two", two)
    graph.add_edge(START, "one")
    return graph.compile().invoke({"seen": []})


def p_subgraph():
    outer = StateGraph(State)
    outer.add_node("inner", chain_of(one, two))
    outer.add_edge(START, "inner")
    stream = outer.compile().stream({"seen": []}, subgraphs=True, stream_mode="updates")
    return [(len(place), update) for place, update in stream]


def p_retry():
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("again")
        return {"seen": [len(tries)]}

    graph = StateGraph(State)
    graph.add_node("flaky", flaky, retry_policy=RetryPolicy(initial_interval=0.01, jitter=False))
    graph.add_edge(START, "flaky")
    return graph.compile().invoke({"seen": []})


def p_failing_node():
    def bad(state):
        raise KeyError("bad")

    try:
        chain_of(one, bad).invoke({"seen": []})
    except KeyError as error:
        return str(error), getattr(error, "__notes__", [])[:1]


def p_interrupt():
    graph = chain_of(one, asks, two, checkpointer=InMemorySaver())
    first = list(graph.stream({"seen": []}, thread()))
    waiting = graph.get_state(thread())
    return (
        first[0],
        len(first[1]["__interrupt__"]),
        waiting.next,
        graph.invoke(Command(resume="Ada"), thread()),
    )


async def p_interrupt_async():
    graph = chain_of(one, asks, checkpointer=InMemorySaver())
    await graph.ainvoke({"seen": []}, thread())
    return await graph.ainvoke(Command(resume="Ada"), thread())


def p_interrupt_events():
    from langchain_core.callbacks import BaseCallbackHandler

    heard = []

    class Handler(BaseCallbackHandler):
        def on_chain_end(self, outputs, **kwargs):
            heard.append("end")

        def on_chain_error(self, error, **kwargs):
            heard.append(type(error).__name__)

    graph = chain_of(asks, checkpointer=InMemorySaver())
    graph.invoke({"seen": []}, {**thread(), "callbacks": [Handler()]})
    return heard


def p_interrupt_before():
    graph = chain_of(one, two, checkpointer=InMemorySaver(), interrupt_before=["two"])
    return graph.invoke({"seen": []}, thread()), graph.invoke(None, thread())


def p_history():
    graph = chain_of(one, two, checkpointer=InMemorySaver())
    graph.invoke({"seen": []}, thread())
    graph.invoke({"seen": ["again"]}, thread())
    return [
        (state.values, state.next, state.metadata["step"])
        for state in graph.get_state_history(thread())
    ]


def p_update_state():
    graph = chain_of(one, two, checkpointer=InMemorySaver())
    graph.invoke({"seen": []}, thread())
    graph.update_state(thread(), {"seen": ["by hand"]})
    return graph.get_state(thread()).values


def p_messages_state():
    def reply(state):
        return {"messages": [AIMessage("yes", id="a"), RemoveMessage(id="h")]}

    graph = StateGraph(MessagesState)
    graph.add_node("reply", reply)
    graph.add_edge(START, "reply")
    return graph.compile().invoke({"messages": [("user", "x"), HumanMessage("hi", id="h")]})[
        "messages"
    ][1:]


def p_chain_in_a_node():
    chain = ChatPromptTemplate.from_messages(
        [("system", "s"), ("placeholder", "{messages}")]
    ) | model(AIMessage("in a chain", id="a"))
    graph = StateGraph(MessagesState)
    graph.add_node("call", lambda state: {"messages": [chain.invoke(state)]})
    graph.add_edge(START, "call")
    stream = graph.compile().stream(asking(), stream_mode="messages")
    return [(chunk, metadata["langgraph_node"]) for chunk, metadata in stream]


def p_runnable_node():
    graph = StateGraph(State)
    graph.add_node(
        "it", RunnableLambda(one) | RunnableLambda(lambda update: {"seen": update["seen"] * 2})
    )
    graph.add_edge(START, "it")
    return graph.compile().invoke({"seen": []})


def p_drawing():
    return chain_of(one, two).get_graph().draw_mermaid()


def p_functional():
    @task
    def square(number):
        return number * number

    @entrypoint()
    def work(numbers):
        return [future.result() for future in [square(n) for n in numbers]]

    return work.invoke([1, 2, 3])


def p_agent():
    return strip(agent(weather).invoke(asking())["messages"])


async def p_agent_async():
    return strip((await agent(weather).ainvoke(asking()))["messages"])


def p_agent_tokens():
    stream = agent(weather).stream(asking(), stream_mode="messages")
    return [
        (strip([chunk]), metadata["langgraph_node"], sorted(metadata)) for chunk, metadata in stream
    ]


async def p_agent_tokens_async():
    stream = agent(weather).astream(asking(), stream_mode="messages")
    return [(strip([chunk]), metadata["langgraph_node"]) async for chunk, metadata in stream]


async def p_agent_events():
    events = agent(weather).astream_events(asking(), version="v2")
    return [
        (
            e["event"],
            e["name"],
            e["tags"],
            len(e["parent_ids"]),
            sorted(e["metadata"]),
            sorted(e["data"]),
        )
        async for e in events
    ]


async def p_agent_filtered_events():
    events = agent(weather).astream_events(asking(), version="v2", include_types=["chat_model"])
    return [(e["event"], e["data"].get("chunk")) async for e in events]


def p_agent_two_tools():
    made = agent(weather, count).invoke(asking())["messages"]
    return sorted(str(message.content) for message in made)


def p_agent_failing_tool():
    return strip(agent(fails).invoke(asking())["messages"])


def p_agent_hands_over():
    return strip(agent(hand_over).invoke(asking())["messages"])


def p_agent_with_prompt():
    return strip(agent(weather, prompt=SystemMessage("be brief")).invoke(asking())["messages"])


def p_agent_thread():
    made = agent(
        weather,
        replies=(AIMessage("one", id="1"), AIMessage("two", id="2")),
        checkpointer=InMemorySaver(),
    )
    made.invoke(asking(), thread())
    return strip(made.invoke({"messages": [HumanMessage("again", id="h2")]}, thread())["messages"])


def p_agent_debug():
    stream = agent(weather).stream(asking(), stream_mode="debug")
    return [(event["type"], event["step"], event["payload"].get("name")) for event in stream]


def strip(messages: Any) -> Any:
    """Messages without the ids that are made up each time."""
    return [message.model_copy(update={"id": None}) for message in messages]


PROGRAMS = {name[2:]: value for name, value in list(globals().items()) if name.startswith("p_")}
PROGRAMS.update({f"stream {mode}": stream_mode(mode) for mode in MODES})
PROGRAMS.update({f"astream {mode}": astream_mode(mode) for mode in MODES})

VARIES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.+]+|[0-9a-f]{32}"
)


def shown(value: Any) -> Any:
    """What two libraries should agree on."""
    if hasattr(value, "model_dump"):
        return [type(value).__name__, shown(value.model_dump())]
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, (int, float, bool, type(None))):
        return value
    return VARIES.sub("ID", str(value))


def main() -> None:
    programs = dict(PROGRAMS)
    if find_spec("langchain"):
        sys.modules["graphs"] = sys.modules["__main__"]
        from agents import PROGRAMS as AGENTS

        programs.update({f"agent: {name}": program for name, program in AGENTS.items()})
    for name, program in programs.items():
        result = program()
        if asyncio.iscoroutine(result):
            result = asyncio.run(result)
        print(json.dumps([name, shown(result)]), flush=True)


if __name__ == "__main__":
    main()
