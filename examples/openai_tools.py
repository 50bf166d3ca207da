"""Show the arguments of a tool call as they come, then call the tool.

OPENAI_API_KEY is the key, OPENAI_API_BASE another server's address.
"""

from headrace.providers.openai import ChatOpenAI
from headrace.tools import tool


@tool
def weather(location: str) -> str:
    """Tell the weather somewhere."""
    return f"Sunny in {location}."


model = ChatOpenAI(model="gpt-4o").bind_tools([weather])
total = None
for chunk in model.stream("What is the weather in San Francisco?"):
    total = chunk if total is None else total + chunk
    for call in total.tool_calls:
        print(call["args"])
for call in total.tool_calls:
    print(weather.invoke(call["args"]))
