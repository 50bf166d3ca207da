"""A graph that asks a person, remembers its thread, and streams: start it with `headrace run`.

Nothing in it knows of headrace. `python examples/graphs.py` runs it on langchain-core.
"""

import operator
from typing import Annotated, TypedDict

import langchain_core
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt


class State(TypedDict):
    """What the nodes share. The reducer adds up what parallel nodes return."""

    cities: list[str]
    lines: Annotated[list[str], operator.add]


def look(city: str) -> dict[str, list[str]]:
    """Look one city up; `Send` runs this once for each."""
    get_stream_writer()(f"looking at {city}")
    return {"lines": [f"{city}: sunny"]}


def review(state: State) -> dict[str, list[str]]:
    """Stop until a person answers."""
    return {"lines": [interrupt(f"add something to {len(state['lines'])} lines?")]}


graph = StateGraph(State)
graph.add_node("look", look)
graph.add_node("review", review)
graph.add_conditional_edges(START, lambda state: [Send("look", city) for city in state["cities"]])
graph.add_edge("look", "review")
app = graph.compile(checkpointer=InMemorySaver())

print("on", langchain_core.__name__)
thread = {"configurable": {"thread_id": "1"}}
for mode, chunk in app.stream({"cities": ["Paris"]}, thread, stream_mode=["custom", "updates"]):
    print(mode, chunk["__interrupt__"][0].value if "__interrupt__" in chunk else chunk)
print(app.invoke(Command(resume="and warm"), thread)["lines"])
