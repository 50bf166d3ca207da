"""Stream an answer of OpenAI's, or of a server that speaks the same.

OPENAI_API_KEY is the key, OPENAI_API_BASE another server's address.
"""

import asyncio

from headrace.providers import init_chat_model


async def main() -> None:
    """Print the answer as it comes, and what it took."""
    model = init_chat_model("openai:gpt-4o", stream_usage=True)
    total = None
    async for chunk in model.astream("Invent a new holiday and describe its traditions."):
        print(chunk.text, end="", flush=True)
        total = chunk if total is None else total + chunk
    print(f"\n{total.usage_metadata['total_tokens']} tokens")


asyncio.run(main())
