"""A graph on headrace that is killed again and again, and resumes from its last checkpoint.

Prints, as JSON, how often it was killed, between how many steps, and the final states. A process
kills itself when it has called a random number of Python functions: anywhere in LangGraph, in the
checkpointer, in headrace or in a node. The points are the same each time, on any machine.
"""

import asyncio
import json
import operator
import os
import random
import signal
import sqlite3
import sys
import threading
import warnings
from pathlib import Path
from typing import Annotated, Any, TypedDict

from headrace import dropin

dropin.install()
# The parent has no threads; packages that it imports start some only when they are used.
warnings.simplefilter("error")
warnings.filterwarnings("default", category=DeprecationWarning)

from langchain_core.language_models import FakeListChatModel  # noqa: E402
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage  # noqa: E402
from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: E402
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: E402
from langgraph.graph import START, StateGraph  # noqa: E402
from langgraph.graph.message import add_messages  # noqa: E402

STEPS = 12
KILLS = int(sys.argv[2])
MOST_CALLS = 16_000  # A whole run takes 22,000 and, if async, 33,000.
CHAIN = FakeListChatModel(responses=["yes"])


class State(TypedDict):
    numbers: Annotated[list[int], operator.add]
    sides: Annotated[list[int], operator.add]
    messages: Annotated[list[AnyMessage], add_messages]


def count(state: State) -> Any:
    number = len(state["numbers"])
    answer = CHAIN.invoke([HumanMessage("go on?")]).content
    return {"numbers": [number], "messages": [AIMessage(f"{answer} {number}", id=str(number))]}


def follow(state: State) -> Any:
    return {"sides": [len(state["sides"])]}


def further(state: State) -> Any:
    return ["count", "follow"] if len(state["numbers"]) < STEPS else []


def graph(saver: Any) -> Any:
    building = StateGraph(State)
    building.add_node("count", count)
    building.add_node("follow", follow)
    building.add_conditional_edges(START, further, ["count", "follow"])
    building.add_conditional_edges("count", further, ["count", "follow"])
    return building.compile(checkpointer=saver)


def given(state: Any) -> Any:
    """The input of a run: none, if the thread has a checkpoint."""
    return None if state.created_at else {"numbers": [], "sides": [], "messages": []}


def run(path: str, name: str) -> None:
    config: Any = {"configurable": {"thread_id": name}, "recursion_limit": 100}
    with SqliteSaver.from_conn_string(path) as saver:
        runner = graph(saver)
        runner.invoke(given(runner.get_state(config)), config)


async def arun(path: str, name: str) -> None:
    config: Any = {"configurable": {"thread_id": name}, "recursion_limit": 100}
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        runner = graph(saver)
        await runner.ainvoke(given(await runner.aget_state(config)), config)


def state_of(path: str, name: str) -> Any:
    with SqliteSaver.from_conn_string(path) as saver:
        return graph(saver).get_state({"configurable": {"thread_id": name}})


def kill_after(calls: int) -> None:
    """Kill this process when it has called so many functions, in any thread."""

    def observe(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls -= event == "call"
        if calls <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(observe)
    sys.setprofile(observe)


def life(path: str, name: str, calls: int) -> bool:
    """Run a thread in a process of its own; return True if it was killed."""
    child = os.fork()
    if child == 0:
        kill_after(calls)
        if int(name) % 2:
            asyncio.run(arun(path, name))
        else:
            run(path, name)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), f"a process ended with {status}"
    return status != 0


def main() -> None:
    path = str(Path(sys.argv[1]) / "checkpoints.sqlite")
    chance = random.Random(7)
    kills, name, steps, states = 0, 0, set(), []
    while kills < KILLS or not states or states[-1][0] != name - 1:
        calls = chance.randrange(1, MOST_CALLS) if kills < KILLS else 10**9
        if life(path, str(name), calls):
            kills += 1
            steps.add((name, len(state_of(path, str(name)).values.get("numbers", ()))))
            continue
        state = state_of(path, str(name))
        messages = [message.content for message in state.values["messages"]]
        states.append([name, state.next, state.values["numbers"], state.values["sides"], messages])
        name += 1
    check = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()[0]
    print(json.dumps({"kills": kills, "steps": len(steps), "states": states, "file": check}))


if __name__ == "__main__":
    # Imports what a run needs, before the first child.
    run(":memory:", "warm")
    asyncio.run(arun(":memory:", "warm"))
    assert threading.active_count() == 1
    main()
