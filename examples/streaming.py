"""Streaming a model, a chain, and JSON as it grows. No key, no network.

Run it with `python examples/streaming.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from headrace.language_models import ReplayChatModel
from headrace.output_parsers import JsonOutputParser, StrOutputParser
from headrace.prompts import ChatPromptTemplate

# What a model would say; these say it whatever they are asked.
JOKE = "Why did the parrot stop? It was speechless."
COUNTRIES = """{"countries": [
  {"name": "France", "population": 67413000},
  {"name": "Spain", "population": 47351567}
]}"""
DELAY = 0.01


async def names(values: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Give each country's name when it is there: a step that works on the stream."""
    seen = set()
    async for value in values:
        for country in value.get("countries", []):
            name = country.get("name")
            if name and name not in seen:
                seen.add(name)
                yield name


async def main() -> None:
    """Show each."""
    model = ReplayChatModel(JOKE, delay=DELAY)
    total = None
    async for chunk in model.astream("a joke, please"):
        total = chunk if total is None else total + chunk
        print(chunk.content, end="|", flush=True)
    print()
    assert total is not None
    print(total.content)

    chain = ChatPromptTemplate.from_template("a joke about a {animal}") | model | StrOutputParser()
    async for piece in chain.astream({"animal": "parrot"}):
        print(piece, end="|", flush=True)
    print()

    countries = ReplayChatModel(COUNTRIES, delay=DELAY) | JsonOutputParser()
    async for value in countries.astream("France and Spain, as JSON"):
        print(value, flush=True)
    async for name in (countries | names).astream("France and Spain, as JSON"):
        print(name, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
