"""Agents of `langchain.agents.create_agent`, each a small program; graphs.py runs them."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    after_model,
    before_model,
    dynamic_prompt,
    wrap_model_call,
    wrap_tool_call,
)
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.types import Command
from pydantic import BaseModel

sys.path.insert(0, str(Path(__file__).parent))
from graphs import MODES, asking, calls, fails, model, strip, thread, weather

DONE = AIMessage("all is well", id="end")


@tool
def population(city: str) -> dict[str, int]:
    """Count the inhabitants."""
    get_stream_writer()({"counting": city})
    return {"inhabitants": len(city)}


@tool
async def distance(city: str) -> str:
    """Measure the way."""
    await asyncio.sleep(0)
    return f"far from {city}"


def agent(*tools: Any, replies: Any = None, **options: Any) -> Any:
    """An agent whose model calls each tool once, in one message, then ends."""
    tools = tools or (weather, population)
    replies = replies or (calls(*(one.name for one in tools)), DONE)
    return create_agent(model(*replies), list(tools), **options)


def texts(result: Any) -> Any:
    return [[type(one).__name__, one.content, one.name] for one in result["messages"]]


def sorted_texts(result: Any) -> Any:
    return sorted(map(str, texts(result)))


def p_two_tools():
    return strip(agent().invoke(asking())["messages"])


async def p_two_tools_async():
    return strip((await agent(weather, distance).ainvoke(asking()))["messages"])


def p_system_prompt():
    seen = []

    @wrap_model_call
    def look(request, handler):
        seen.append([request.system_message, [type(it).__name__ for it in request.messages]])
        return handler(request)

    made = agent(system_prompt="be brief", middleware=[look])
    return texts(made.invoke(asking())), seen


def p_failing_tool():
    @wrap_tool_call
    def catch(request, handler):
        try:
            return handler(request)
        except ValueError as error:
            return ToolMessage(f"sorry: {error}", tool_call_id=request.tool_call["id"])

    return texts(agent(fails, middleware=[catch]).invoke(asking()))


def p_failing_tool_raises():
    try:
        agent(fails).invoke(asking())
    except ValueError as error:
        return str(error)


def p_middleware_of_models():
    log = []

    @before_model
    def before(state, runtime):
        log.append(["before", len(state["messages"])])

    @after_model
    def after(state, runtime):
        log.append(["after", len(state["messages"])])

    return texts(agent(middleware=[before, after]).invoke(asking())), log


def p_middleware_class():
    class Counts(AgentMiddleware):
        def __init__(self):
            super().__init__()
            self.log = []

        def before_agent(self, state, runtime):
            self.log.append("begin")

        def wrap_model_call(self, request, handler):
            self.log.append(len(request.tools))
            return handler(request.override(system_message=SystemMessage("x")))

        def wrap_tool_call(self, request, handler):
            self.log.append(request.tool_call["name"])
            return handler(request)

        def after_agent(self, state, runtime):
            self.log.append("end")
            return {"messages": [HumanMessage("thanks", id="thanks")]}

    counts = Counts()
    made = texts(agent(weather, middleware=[counts]).invoke(asking()))
    return made, counts.log


async def p_middleware_class_async():
    class Slow(AgentMiddleware):
        async def abefore_model(self, state, runtime):
            await asyncio.sleep(0)

        async def awrap_tool_call(self, request, handler):
            result = await handler(request)
            return result.model_copy(update={"content": result.content.upper()})

    return texts(await agent(weather, middleware=[Slow()]).ainvoke(asking()))


def p_jump_to_end():
    @before_model(can_jump_to=["end"])
    def stop(state, runtime):
        return {"jump_to": "end", "messages": [AIMessage("enough", id="e")]}

    return texts(agent(middleware=[stop]).invoke(asking()))


def p_call_limit():
    limit = ModelCallLimitMiddleware(run_limit=1, exit_behavior="end")
    return texts(agent(middleware=[limit]).invoke(asking()))


def p_dynamic_prompt():
    @dynamic_prompt
    def write(request):
        return f"{len(request.messages)} so far"

    return texts(agent(middleware=[write]).invoke(asking()))


def p_structured_output():
    class Report(BaseModel):
        city: str

    call = {"name": "Report", "args": {"city": "C"}, "id": "r", "type": "tool_call"}
    made = agent(
        weather,
        replies=(calls("weather"), AIMessage("", id="end", tool_calls=[call])),
        response_format=ToolStrategy(Report),
    )
    result = made.invoke(asking())
    return texts(result), result["structured_response"]


def waiting_agent() -> Any:
    watch = HumanInTheLoopMiddleware({"weather": True, "population": False})
    return agent(middleware=[watch], checkpointer=InMemorySaver())


def decide(decision: Any) -> Any:
    def program():
        made = waiting_agent()
        first = made.invoke(asking(), thread())
        question = first["__interrupt__"][0].value
        end = made.invoke(Command(resume={"decisions": [decision]}), thread())
        return question, made.get_state(thread()).next, texts(end)

    return program


async def p_approved_async():
    made = waiting_agent()
    await made.ainvoke(asking(), thread())
    resumed = Command(resume={"decisions": [{"type": "approve"}]})
    return sorted_texts(await made.ainvoke(resumed, thread()))


def p_stream_around_an_interrupt():
    made = waiting_agent()
    resumed = Command(resume={"decisions": [{"type": "approve"}]})
    return [
        [sorted(map(str, chunk)) for chunk in made.stream(given, thread(), stream_mode="updates")]
        for given in (asking(), resumed)
    ]


def p_history():
    made = agent(weather, checkpointer=InMemorySaver())
    made.invoke(asking(), thread())
    return [
        [len(state.values.get("messages", ())), state.next, state.metadata["step"]]
        for state in made.get_state_history(thread())
    ]


def p_thread():
    made = agent(
        weather,
        replies=(AIMessage("one", id="1"), AIMessage("two", id="2")),
        checkpointer=InMemorySaver(),
    )
    made.invoke(asking(), thread())
    return texts(made.invoke({"messages": [HumanMessage("again", id="h2")]}, thread()))


def p_agent_as_a_tool():
    inner = agent(weather, name="inner")

    @tool
    def helper(city: str) -> str:
        """Ask another agent."""
        return inner.invoke(asking())["messages"][-1].text

    outer = agent(helper, name="outer")
    stream = outer.stream(asking(), stream_mode="messages", subgraphs=True)
    return [
        [len(place), metadata["langgraph_node"], chunk.content]
        for place, (chunk, metadata) in stream
    ]


def p_drawing():
    @before_model
    def before(state, runtime):
        return None

    return agent(middleware=[before]).get_graph().draw_mermaid()


def part(mode: str, chunk: Any) -> Any:
    """What does not depend on which of two parallel tools is faster."""
    if mode == "messages":
        message, metadata = chunk
        return [strip([message]), metadata["langgraph_node"], sorted(metadata)]
    if mode == "debug":
        return [chunk["type"], chunk["step"], chunk["payload"].get("name")]
    if mode == "values":
        return strip(chunk["messages"])
    return chunk


def stream_of(mode: str) -> Any:
    def program():
        stream = agent(population).stream(asking(), stream_mode=mode)
        return [part(mode, chunk) for chunk in stream]

    return program


def astream_of(mode: str) -> Any:
    async def program():
        stream = agent(population).astream(asking(), stream_mode=mode)
        return [part(mode, chunk) async for chunk in stream]

    return program


def p_list_of_modes():
    modes = ["updates", "messages", "custom"]
    stream = agent(population).stream(asking(), stream_mode=modes)
    return [[mode, part(mode, chunk)] for mode, chunk in stream]


async def p_events():
    events = agent(weather).astream_events(asking(), version="v2")
    return [
        [
            event["event"],
            event["name"],
            event["tags"],
            len(event["parent_ids"]),
            sorted(event["metadata"]),
            sorted(event["data"]),
        ]
        async for event in events
    ]


async def p_filtered_events():
    events = agent(weather).astream_events(asking(), version="v2", include_types=["tool"])
    return [[event["event"], event["data"]] async for event in events]


DECISIONS: dict[str, Any] = {
    "approve": {"type": "approve"},
    "reject": {"type": "reject", "message": "no"},
    "respond": {"type": "respond", "message": "rainy"},
    "edit": {"type": "edit", "edited_action": {"name": "weather", "args": {"city": "D"}}},
}

PROGRAMS = {name[2:]: value for name, value in list(globals().items()) if name.startswith("p_")}
PROGRAMS.update({f"decision {name}": decide(one) for name, one in DECISIONS.items()})
PROGRAMS.update({f"stream {mode}": stream_of(mode) for mode in MODES})
PROGRAMS.update({f"astream {mode}": astream_of(mode) for mode in MODES})
