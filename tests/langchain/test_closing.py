"""Accelerated parsers close the stream that they read, as LangChain's own do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputToolsParser
from langchain_core.runnables import RunnableGenerator

from headrace.langchain import accelerate

CALLS: list[Any] = [
    {"name": "f", "args": '{"a": [1', "id": "1", "index": 0},
    {"name": None, "args": ", 2", "id": None, "index": 0},
]
PARSERS: dict[str, tuple[Any, list[Any]]] = {
    "text": (StrOutputParser(), ["a", "b", "c"]),
    "json": (JsonOutputParser(), ['{"a": [1', ", 2", ", 3"]),
    "tools": (
        JsonOutputToolsParser(),
        [AIMessageChunk(content="", tool_call_chunks=[call]) for call in CALLS],
    ),
}


@pytest.mark.parametrize("ending", ["end", "aclose", "cancel"])
@pytest.mark.parametrize("name", PARSERS)
def test_the_source_is_closed_at_once(name: str, ending: str) -> None:
    parser, chunks = PARSERS[name]

    async def main() -> None:
        closed = asyncio.Event()

        async def source(_: AsyncIterator[Any]) -> AsyncIterator[Any]:
            try:
                for chunk in chunks:
                    yield chunk
                if ending == "cancel":
                    await asyncio.sleep(60)
            finally:
                closed.set()

        with accelerate():
            stream: Any = (RunnableGenerator(source) | parser).astream(1)
            if ending == "aclose":
                await anext(stream)
                await stream.aclose()
            elif ending == "end":
                assert [value async for value in stream]
            else:

                async def read() -> None:
                    async for _ in stream:
                        pass

                task = asyncio.create_task(read())
                for _ in range(200):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
        assert closed.is_set()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
