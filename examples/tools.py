"""A chat that calls a tool, and what its interface is sent meanwhile. No key, no network.

The tool asks a model itself, whose tokens are shown, too, and says how far it is. Run it with
`python examples/tools.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from headrace.callbacks import adispatch_custom_event
from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessage, BaseMessage, HumanMessage
from headrace.output_parsers import StrOutputParser
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import chain
from headrace.tools import tool

DELAY = 0.01
# What models would say; these say it whatever they are asked.
USAGE: Any = {"input_tokens": 21, "output_tokens": 6, "total_tokens": 27}
CALL: Any = {"name": "summarize", "args": {"text": "A long story of a mill."}, "id": "call_1"}
SUMMARY = "Water turns the wheel."
ANSWER = "In short: water turns the wheel."


@tool
async def summarize(text: str) -> str:
    """Summarize a text."""
    await adispatch_custom_event("progress", {"characters": len(text)})
    prompt = ChatPromptTemplate.from_template("In five words: {text}")
    model = ReplayChatModel(SUMMARY, delay=DELAY, name="summarizer")
    return await (prompt | model | StrOutputParser()).ainvoke({"text": text})


def make_model() -> Any:
    """Make the model of the chat: it asks for the tool, and then answers."""
    answers = [AIMessage("", tool_calls=[CALL]), AIMessage(ANSWER, usage_metadata=USAGE)]
    return ReplayChatModel(responses=answers, delay=DELAY).bind_tools([summarize])


@chain
async def assistant(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Answer, calling tools as long as the model asks for them."""
    model = make_model()
    answer = await model.ainvoke(messages)
    while answer.tool_calls:
        results = [await summarize.ainvoke(call) for call in answer.tool_calls]
        messages = [*messages, answer, *results]
        answer = await model.ainvoke(messages)
    return [*messages, answer]


async def replies(text: str) -> AsyncIterator[dict[str, Any]]:
    """Give what the interface is sent, as it happens."""
    stream = assistant.astream_events(
        [HumanMessage(text)], include_types=["chat_model", "tool"], include_names=["progress"]
    )
    async for event in stream:
        kind, data = event["event"], event["data"]
        if kind == "on_chat_model_stream" and data["chunk"].content:
            yield {"token": data["chunk"].content, "from": event["name"]}
        elif kind == "on_tool_start":
            yield {"tool": event["name"], "args": data["input"]}
        elif kind == "on_custom_event":
            yield {event["name"]: data}
        elif kind == "on_tool_end":
            yield {"tool": event["name"], "result": data["output"].content}
        elif kind == "on_chat_model_end" and data["output"].usage_metadata:
            yield {"used": data["output"].usage_metadata["total_tokens"]}


async def main() -> None:
    """Show them."""
    async for reply in replies("Summarize the story, please."):
        print(reply, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
