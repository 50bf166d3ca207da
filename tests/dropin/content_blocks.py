"""Graphs read with `stream_events(version="v3")`; prints what each program gives, as JSON.

It is run on langchain-core as it is, and on headrace with `--headrace`: the output is the same.
"""

import asyncio
import json
import re
import sys
import warnings
from typing import Any, TypedDict

if "--headrace" in sys.argv:
    from headrace import dropin

    dropin.install()

warnings.simplefilter("ignore")

from langchain_core.language_models.chat_models import BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage  # noqa: E402
from langchain_core.outputs import (  # noqa: E402
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
)
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: E402
from langgraph.types import Command, interrupt  # noqa: E402


class Fake(BaseChatModel):
    """Streams reasoning, text and a tool call."""

    fails: bool = False

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("whole"))])

    def _stream(self, *args: Any, **kwargs: Any):
        def chunk(content: Any = "", **fields: Any) -> ChatGenerationChunk:
            return ChatGenerationChunk(message=AIMessageChunk(content=content, **fields))

        def call(args: str, id: str | None = None, name: str | None = None) -> Any:
            return {"type": "tool_call_chunk", "args": args, "index": 0, "id": id, "name": name}

        yield chunk(additional_kwargs={"reasoning_content": "hm"})
        yield chunk("The ")
        if self.fails:
            raise RuntimeError("no more")
        yield chunk("sky")
        yield chunk(tool_call_chunks=[call("", "1", "look")])
        yield chunk(tool_call_chunks=[call('{"up":')])
        yield chunk(tool_call_chunks=[call(" 1}")])
        usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
        yield chunk(usage_metadata=usage, response_metadata={"finish_reason": "stop"})


class Plain(TypedDict):
    said: str


def graph(model: Any = None, **options: Any) -> Any:
    """A graph with one node that calls a model."""
    model = model or Fake()

    def node(state: MessagesState) -> Any:
        return {"messages": [model.invoke(state["messages"])]}

    async def anode(state: MessagesState) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    from langchain_core.runnables import RunnableLambda

    builder = StateGraph(MessagesState)
    builder.add_node("talk", RunnableLambda(node, anode))
    builder.add_edge(START, "talk")
    builder.add_edge("talk", END)
    return builder.compile(**options)


INPUT = {"messages": [HumanMessage("hi", id="h")]}


def messages() -> Any:
    run = graph().stream_events(INPUT, version="v3")
    return [
        [
            list(message.reasoning),
            list(message.text),
            list(message.tool_calls),
            list(message),
            message.output,
            message.node,
        ]
        for message in run.messages
    ]


def values() -> Any:
    run = graph().stream_events(INPUT, version="v3")
    return [list(run.values), run.output, run.interrupted]


def raw() -> Any:
    run = graph().stream_events(INPUT, version="v3")
    return [[event["method"], event["params"]["namespace"]] for event in run]


def subgraphs() -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("inner", graph())
    builder.add_edge(START, "inner")
    run = builder.compile().stream_events(INPUT, version="v3")
    return [
        [sub.graph_name, [list(message.text) for message in sub.messages]] for sub in run.subgraphs
    ]


def interrupts() -> Any:
    def ask(state: Plain) -> Plain:
        return {"said": interrupt("what?")}

    builder = StateGraph(Plain)
    builder.add_node("ask", ask)
    builder.add_edge(START, "ask")
    compiled = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    run = compiled.stream_events({"said": ""}, config, version="v3")
    found = [run.interrupted, [it.value for it in run.interrupts]]
    again = compiled.stream_events(Command(resume="this"), config, version="v3")
    return [found, again.output, again.interrupted]


def whole_message() -> Any:
    builder = StateGraph(MessagesState)
    builder.add_node("say", lambda state: {"messages": [AIMessage("done", id="m")]})
    builder.add_edge(START, "say")
    run = builder.compile().stream_events(INPUT, version="v3")
    return [[list(message), str(message.text), message.output] for message in run.messages]


def failure() -> Any:
    run = graph(Fake(fails=True)).stream_events(INPUT, version="v3")
    parts: list[Any] = []
    try:
        for message in run.messages:
            for part in message.text:
                parts.append(part)
    except Exception as error:
        parts.append(repr(error))
    return parts


def stopped() -> Any:
    with graph().stream_events(INPUT, version="v3") as run:
        for message in run.messages:
            for part in message.text:
                return part
    return None


async def amessages() -> Any:
    run = await graph().astream_events(INPUT, version="v3")
    found = []
    async for message in run.messages:
        text = [part async for part in message.text]
        found.append([text, [event async for event in message], await message.output])
    return found


async def avalues() -> Any:
    run = await graph().astream_events(INPUT, version="v3")
    return [[value async for value in run.values], await run.output()]


async def anested() -> Any:
    async with await graph().astream_events(INPUT, version="v3") as run:
        async for message in run.messages:
            return [call async for call in message.tool_calls]
    return None


def model_alone() -> Any:
    stream = Fake().stream_events("hi", version="v3")
    return [list(stream), stream.output]


async def amodel_alone() -> Any:
    stream = await Fake().bind(stop=["x"]).astream_events("hi", version="v3")
    return [[event async for event in stream], await stream]


PROGRAMS = [
    messages,
    values,
    raw,
    subgraphs,
    interrupts,
    whole_message,
    failure,
    stopped,
    amessages,
    avalues,
    anested,
    model_alone,
    amodel_alone,
]


def shown(value: Any) -> Any:
    """Give a value as JSON can write it; generated ids are left out."""
    if hasattr(value, "model_dump"):
        return {"class": type(value).__name__, **shown(value.model_dump())}
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, (int, float, type(None))):
        return value
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", str(value))


for program in PROGRAMS:
    try:
        result = program()
        if asyncio.iscoroutine(result):
            result = asyncio.run(result)
    except Exception as error:
        result = ["raised", type(error).__name__, str(error)]
    print(json.dumps([program.__name__, shown(result)], ensure_ascii=False))
