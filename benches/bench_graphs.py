"""LangGraph on headrace, in place of langchain-core, beside LangGraph on langchain-core.

One process can have only one of them: processes of each take turns, and the median counts.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

TOKENS = 1_000
ROUNDS = 3
LIBRARIES = ("headrace", "langchain-core")
WORK = (
    "import",
    "agent stream, a token",
    "agent astream, a token",
    "agent astream_events, a token",
    "graph invoke",
    "graph ainvoke",
)


def best(run: Callable[[], object], items: int, rounds: int) -> float:
    """The shortest time for an item, in microseconds."""
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) / items * 1e6


def measure(library: str) -> dict[str, float]:
    """Measure all work on a library, in this process."""
    start = time.perf_counter()
    if library == "headrace":
        from headrace import dropin

        dropin.install()
    from langgraph.graph import START, MessagesState, StateGraph

    imported = (time.perf_counter() - start) * 1e6
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    class Fast(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "fast"

        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(TOKENS):
                yield ChatGenerationChunk(message=AIMessageChunk(content="word"))

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for _ in range(TOKENS):
                yield ChatGenerationChunk(message=AIMessageChunk(content="word"))

    model = Fast()

    def call(state: Any) -> Any:
        return {"messages": [model.invoke(state["messages"])]}

    async def acall(state: Any) -> Any:
        return {"messages": [await model.ainvoke(state["messages"])]}

    def agent(node: Any) -> Any:
        building = StateGraph(MessagesState)
        building.add_node("call", node)
        building.add_edge(START, "call")
        return building.compile()

    def two_nodes() -> Any:
        building = StateGraph(dict)
        building.add_node("one", lambda state: state)
        building.add_node("two", lambda state: state)
        building.add_edge(START, "one")
        building.add_edge("one", "two")
        return building.compile()

    asked: Any = {"messages": [("user", "hi")]}
    sync_agent, async_agent, graph = agent(call), agent(acall), two_nodes()

    def stream() -> None:
        for _ in sync_agent.stream(asked, stream_mode="messages"):
            pass

    async def drain(stream: Any) -> None:
        async for _ in stream:
            pass

    async def ainvoke() -> None:
        for _ in range(100):
            await graph.ainvoke({"a": 1})

    def invoke() -> None:
        for _ in range(100):
            graph.invoke({"a": 1})

    def events() -> Any:
        return async_agent.astream_events(asked, version="v2")

    return {
        "import": imported,
        "agent stream, a token": best(stream, TOKENS, 5),
        "agent astream, a token": best(
            lambda: asyncio.run(drain(async_agent.astream(asked, stream_mode="messages"))),
            TOKENS,
            5,
        ),
        "agent astream_events, a token": best(lambda: asyncio.run(drain(events())), TOKENS, 5),
        "graph invoke": best(invoke, 100, 5),
        "graph ainvoke": best(lambda: asyncio.run(ainvoke()), 100, 5),
    }


def bench_graphs(benchmark: Any) -> None:
    times: dict[str, dict[str, list[float]]] = {
        work: {library: [] for library in LIBRARIES} for work in WORK
    }
    for _ in range(ROUNDS):
        for library in LIBRARIES:
            printed = subprocess.run(
                [sys.executable, __file__, library], capture_output=True, text=True, check=True
            ).stdout
            for work, measured in json.loads(printed).items():
                times[work][library].append(measured)
    for work, both in times.items():
        ours, theirs = (statistics.median(both[library]) for library in LIBRARIES)
        benchmark.extra_info[work] = {"headrace": ours, "langchain-core": theirs}
        print(
            f"{work}: {ours:.1f} us, on langchain-core {theirs:.1f} us: {theirs / ours:.2f} times"
        )
    benchmark(lambda: None)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
