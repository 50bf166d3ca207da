"""A model of Anthropic's that calls a tool, and answers with what the tool gives.

Run it with `python examples/anthropic_tools.py`; it needs `pip install 'headrace[anthropic]'` and a
key in ANTHROPIC_API_KEY. ANTHROPIC_BASE_URL names another server.
"""

import asyncio
import os

from headrace.messages import HumanMessage
from headrace.providers.anthropic import ChatAnthropic
from headrace.tools import tool

MODEL = os.environ.get("ANTHROPIC_MODEL", "claude-sonnet-4-6")


@tool
def weather(city: str) -> str:
    """Say how the weather is in a city."""
    return f"It is sunny in {city}."


async def main() -> None:
    """Ask, call the tools that the model asks for, and stream its answer."""
    model = ChatAnthropic(model=MODEL).bind_tools([weather])
    messages = [HumanMessage("How is the weather in Ulm?")]
    asked = await model.ainvoke(messages)
    messages.append(asked)
    for call in asked.tool_calls:
        result = await weather.ainvoke(call)
        print(f"{call['name']}: {result.content}")
        messages.append(result)
    async for chunk in model.astream(messages):
        print(chunk.text, end="|", flush=True)
    print()


if __name__ == "__main__":
    asyncio.run(main())
