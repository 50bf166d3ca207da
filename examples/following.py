"""Follow a stream of OpenAI's SDK: the arguments of a tool call, parsed, after each of its chunks.

It needs the SDK (`pip install 'headrace[openai]'`). OPENAI_API_KEY is the key, OPENAI_BASE_URL
another server's address.
"""

import openai

from headrace.following import follow

WEATHER = {
    "name": "weather",
    "description": "Say what the weather is.",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
}


def main() -> None:
    """Print each call of a tool as it comes, and what the model says beside."""
    stream = openai.OpenAI().chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": "How is the weather in San Francisco?"}],
        tools=[{"type": "function", "function": WEATHER}],
        stream=True,
    )
    with follow(stream) as events:
        for _, answer in events:
            print(answer.delta, end="", flush=True)
            for call in answer.tool_calls:
                print(call.name, call.arguments, "complete" if call.complete else "...")
    print("It stopped because of:", events.answer.stop_reason)


if __name__ == "__main__":
    main()
