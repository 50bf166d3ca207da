"""An agent whose answers wait for the test, served in a process of its own.

The last message chooses the scenario. A scenario may wait for a gate, which `POST /gates/NAME`
opens: so a test sees each state for as long as it looks, on a machine of any speed. The process
prints its ports.
"""

import asyncio
import json
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from headrace import dropin

dropin.install()

import uvicorn  # noqa: E402
from langchain_core.language_models import BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, ToolMessage  # noqa: E402
from langchain_core.outputs import ChatGenerationChunk, ChatResult  # noqa: E402
from langchain_core.runnables import RunnableConfig  # noqa: E402
from langchain_core.tools import StructuredTool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: E402
from langgraph.types import interrupt  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import Response  # noqa: E402
from starlette.routing import Route  # noqa: E402

from headrace.serve import create_app  # noqa: E402

GATES: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
SCRIPT = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
FORECAST = """It will be **clear and mild** in Oslo: about `21 °C`, with a light wind.

| Day | Sky | Temperature |
|---|---|---:|
| Today | clear | 21 °C |
| Tomorrow | some clouds | 19 °C |
| Thursday | rain | 16 °C |

To read the forecast from a program:

```python
@tool
def get_weather(city: str, days: int = 3) -> dict:
    \"\"\"Return the forecast for a city.\"\"\"
    return fetch_forecast(city, days=days)
```

> Forecasts beyond three days are uncertain.
"""


def split(text: str, size: int = 12) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def call(name: str, args: dict[str, Any]) -> list[AIMessageChunk]:
    """Return the chunks of a tool call, its arguments in pieces."""
    chunks = [
        AIMessageChunk(
            content="", tool_call_chunks=[{"name": name, "args": "", "id": "call_1", "index": 0}]
        )
    ]
    for piece in split(json.dumps(args), 6):
        part = {"name": None, "args": piece, "id": None, "index": 0}
        chunks.append(AIMessageChunk(content="", tool_call_chunks=[part]))
    return chunks


class Gate(str):
    """A place where the answer waits."""


def text(words: str) -> list[AIMessageChunk]:
    return [AIMessageChunk(content=piece) for piece in split(words)]


def reasoning(words: str) -> list[AIMessageChunk]:
    return [
        AIMessageChunk(content=[{"type": "reasoning", "reasoning": piece, "index": 0}])
        for piece in split(words)
    ]


def usage(input_tokens: int, output_tokens: int) -> list[AIMessageChunk]:
    counts = {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }
    return [AIMessageChunk(content="", usage_metadata=counts)]


def answer(messages: Sequence[BaseMessage]) -> list[AIMessageChunk | Gate | Exception]:
    """Return what the model streams for these messages."""
    question = next(
        str(message.content) for message in reversed(messages) if isinstance(message, HumanMessage)
    )
    result = messages[-1] if isinstance(messages[-1], ToolMessage) else None
    if "weather" in question:
        if result is None:
            steps = reasoning("**Plan.** The user asks for the weather, so I call the tool.")
            chunks = call("get_weather", {"city": "Oslo", "days": 3})
            return [*steps, *chunks[:3], Gate("arguments"), *chunks[3:], *usage(1012, 31)]
        return [*text(FORECAST), *usage(1248, 281)]
    if "slow" in question:
        return [*text("The first half, "), Gate("rest"), *text("and the second half.")]
    if "fail" in question:
        return [*text("Half an "), RuntimeError("the model hung up")]
    if "inject" in question:
        if result is None:
            return [
                *text(f"Text {SCRIPT} [link](javascript:document.title='owned') "),
                *call(SCRIPT, {SCRIPT: SCRIPT}),
            ]
        return [
            *text(f"After {result.content}"),
            *text("\n\n![picture](https://example.invalid/x.png)"),
        ]
    if "delete" in question:
        if result is None:
            return call("delete_file", {"path": "/srv/report.csv"})
        return text(f"The tool said: {result.content}")
    return [*text(f"You said: {question}"), *usage(8, 5)]


class ScriptedModel(BaseChatModel):
    """A chat model that streams `answer`."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError("this model only streams, asynchronously")

    async def _astream(
        self, messages: Any, *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for step in answer(messages):
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Gate):
                await GATES[step].wait()
            else:
                yield ChatGenerationChunk(message=step)


def get_weather(city: str, days: int) -> dict[str, Any]:
    """Return the forecast for a city."""
    return {"city": city, "days": days, "sky": "clear", "celsius": 21}


def delete_file(path: str) -> str:
    """Delete a file."""
    return f"{path} is gone"


def echo(**_: Any) -> str:
    """Return markup."""
    return SCRIPT


TOOLS = {
    "get_weather": StructuredTool.from_function(get_weather),
    "delete_file": StructuredTool.from_function(delete_file),
    SCRIPT: StructuredTool.from_function(
        echo,
        name=SCRIPT,
        args_schema={"type": "object", "properties": {}, "additionalProperties": True},
    ),
}


async def think(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
    return {"messages": [await ScriptedModel().ainvoke(state["messages"], config)]}


async def act(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
    results = []
    for each in state["messages"][-1].tool_calls:
        if each["name"] == "delete_file":
            request = {
                "name": each["name"],
                "args": each["args"],
                "description": "This cannot be undone.",
            }
            rules = {
                "action_name": each["name"],
                "allowed_decisions": ["approve", "edit", "reject"],
            }
            decision = interrupt({"action_requests": [request], "review_configs": [rules]})[
                "decisions"
            ][0]
            if decision["type"] == "reject":
                results.append(
                    ToolMessage(decision.get("message", "rejected"), tool_call_id=each["id"])
                )
                continue
            if decision["type"] == "edit":
                each = {**each, "args": decision["edited_action"]["args"]}
        results.append(await TOOLS[each["name"]].ainvoke({**each, "type": "tool_call"}, config))
    return {"messages": results}


graph = StateGraph(MessagesState)
graph.add_node("think", think)
graph.add_node("act", act)
graph.add_edge(START, "think")
graph.add_conditional_edges(
    "think", lambda state: "act" if state["messages"][-1].tool_calls else END
)
graph.add_edge("act", "think")
agent = graph.compile(checkpointer=InMemorySaver(), name="Weather agent")


async def change_gate(request: Request) -> Response:
    gate = GATES[request.path_params["name"]]
    if request.method == "POST":
        gate.set()
    else:
        gate.clear()
    return Response(status_code=204)


async def serve() -> None:
    """Serve the agent twice: without a token, and with the token `a-secret`."""
    servers = []
    for token in (None, "a-secret"):
        app = create_app(agent, token=token)
        app.router.routes.insert(0, Route("/gates/{name}", change_gate, methods=["POST", "DELETE"]))
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        servers.append(uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listener]))
    await asyncio.gather(*servers)


if __name__ == "__main__":
    asyncio.run(serve())
