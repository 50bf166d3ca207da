"""LangGraph's prebuilt agent with a replayed model that calls tools, accelerated and not."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.prebuilt import create_react_agent

from headrace.langchain import accelerate


@tool
def weather(city: str, days: list[int]) -> str:
    """Say what the weather is."""
    return f"{city}: sunny on {days}"


class Replayed(BaseChatModel):
    """It calls the tool in pieces, and then says what the tool said."""

    @property
    def _llm_type(self) -> str:
        return "replayed"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> ChatResult:
        chunks = [chunk.message for chunk in self._stream(messages)]
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole = whole + chunk
        return ChatResult(generations=[ChatGeneration(message=whole)])

    def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        if isinstance(messages[-1], ToolMessage):
            for word in f"It is {messages[-1].text}.".split(" "):
                yield ChatGenerationChunk(message=AIMessageChunk(content=word + " ", id="say"))
            return
        first: dict[str, Any] = {"name": "weather", "args": "", "id": "call_1", "index": 0}
        pieces = ['{"city": "Par', 'is", "da', 'ys": [1, ', "2]}"]
        rest = [{"name": None, "args": it, "id": None, "index": 0} for it in pieces]
        for part in (first, *rest):
            message = AIMessageChunk(content="", tool_call_chunks=[part], id="call")
            yield ChatGenerationChunk(message=message)


def normal(value: Any) -> str:
    text = repr(value)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID", text)
    return re.sub(r"0x[0-9a-f]+|checkpoint_ns[^,}]*|'thread_id[^,}]*|\w+:ID", "", text)


@pytest.mark.filterwarnings("ignore:create_react_agent has been moved")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_agent_does_the_same() -> None:
    def scenario() -> Any:
        agent = create_react_agent(Replayed(), [weather])
        question = {"messages": [HumanMessage("How is the weather?", id="ask")]}

        async def events() -> list[Any]:
            return [it async for it in agent.astream_events(question, version="v2")]

        messages = [normal(it) for it in agent.stream(question, stream_mode="messages")]
        updates = [normal(it) for it in agent.stream(question, stream_mode="updates")]
        return messages, updates, [normal(it) for it in asyncio.run(events())]

    with accelerate():
        ours = scenario()
    assert ours == scenario()
    messages, updates, seen = ours
    assert any("Paris: sunny on [1, 2]" in it for it in updates)
    assert len(messages) > 8
    assert any("on_tool_start" in it for it in seen)
