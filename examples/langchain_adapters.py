"""A model of LangChain's in a chain here, and that chain as a step of LangChain's.

It needs langchain-core (`pip install 'headrace[langchain]'`), no key and no network: the model
stands for that of any provider that LangChain has a package for.
"""

import asyncio
from typing import Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from headrace.langchain import from_langchain, to_langchain
from headrace.output_parsers import JsonOutputParser
from headrace.prompts import ChatPromptTemplate

ANSWER = '{"countries": [{"name": "France", "capital": "Paris"}, {"name": "Spain"}]}'


def make_chain() -> Any:
    """Make a chain here, of which the model is LangChain's."""
    model = GenericFakeChatModel(messages=iter([AIMessage(ANSWER)] * 2))
    prompt = ChatPromptTemplate.from_template("Name {count} countries, as JSON.")
    return prompt | from_langchain(model) | JsonOutputParser(select="$.countries[*].name")


async def main() -> None:
    """Stream the chain here, then watch it inside one of LangChain's."""
    for name in make_chain().stream({"count": 2}):
        print(name)

    chain = RunnableLambda(lambda count: {"count": count}) | to_langchain(make_chain())
    async for event in chain.astream_events(2, version="v2", include_types=["parser"]):
        print(event["event"], event["name"], event["data"].get("chunk", ""))


if __name__ == "__main__":
    asyncio.run(main())
