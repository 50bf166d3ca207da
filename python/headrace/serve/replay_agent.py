"""The agent that `headrace serve` serves without an argument: replayed answers, and a real tool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessage, AIMessageChunk
from headrace.runnables import Runnable, RunnableGenerator
from headrace.tools import tool

__all__ = ["replay_agent"]

ANSWER = """\
It is **{celsius} °C** in {city} with {sky}.

| Day | Sky | Temperature |
| --- | --- | ---: |
| Today | {sky} | {celsius} °C |
| Tomorrow | light rain | {tomorrow} °C |

This answer is replayed, so it needs neither a key nor a network. Serve your own runnable with
`headrace serve module:object`.
"""


@tool
def get_weather(city: str) -> dict[str, Any]:
    """Return the weather of a city."""
    return {"city": city, "sky": "scattered clouds", "celsius": 12 + len(city) % 9}


def replay_agent(delay: float = 0.03) -> Runnable[Any, Any]:
    """Create an agent that calls a tool and then answers.

    Args:
        delay: Seconds before each token.

    Returns:
        A runnable whose input are chat messages.
    """

    async def answer(inputs: AsyncIterator[Any]) -> AsyncIterator[AIMessageChunk]:
        question = ""
        async for messages in inputs:
            question = _text(messages)
        names = [word.strip("?!.,") for word in question.split()[1:] if word[:1].isupper()]
        city = names[-1] if names else "Oslo"
        call = {"name": "get_weather", "args": {"city": city}, "id": "call_weather"}
        planner = ReplayChatModel(
            AIMessage(
                content=[
                    {"type": "reasoning", "reasoning": f"The weather of {city}: use the tool."}
                ],
                tool_calls=[call],
            ),
            delay=delay,
        )
        planned: Any = await planner.ainvoke(question)
        result = await get_weather.ainvoke({**planned.tool_calls[0], "type": "tool_call"})
        weather = get_weather.invoke({"city": city})
        text = ANSWER.format(**weather, tomorrow=weather["celsius"] - 2)
        usage = {"input_tokens": 42, "output_tokens": 64, "total_tokens": 106}
        writer = ReplayChatModel(AIMessage(content=text, usage_metadata=usage), delay=delay)
        async for chunk in writer.astream([result]):
            yield chunk

    return RunnableGenerator(answer, name="Replay agent")


def _text(messages: Any) -> str:
    """Return the text of the last message."""
    last = messages[-1] if isinstance(messages, list) and messages else messages
    if isinstance(last, dict):
        last = last.get("content", "")
    return str(getattr(last, "content", last))
