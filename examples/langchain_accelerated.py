"""An application of LangChain, before and after `accelerate()`: same output, and how long it took.

It needs langchain-core (`pip install 'headrace[langchain]'`), no key and no network.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate

from headrace.langchain import accelerate

COUNTRIES = {
    "countries": [
        {"name": f"Country {i}", "population": 67_413_000 + i, "cities": ["One", "Two"]}
        for i in range(120)
    ]
}


class Recorded(BaseChatModel):
    """A model that says what it is given, in pieces of four characters."""

    text: str
    as_tool_call: bool = False

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError("it only streams")

    def _chunks(self) -> Iterator[ChatGenerationChunk]:
        for at in range(0, len(self.text), 4):
            piece = self.text[at : at + 4]
            message = AIMessageChunk(content=piece)
            if self.as_tool_call:
                name, id = ("write", "call_1") if at == 0 else (None, None)
                call = {"name": name, "args": piece, "id": id, "index": 0}
                message = AIMessageChunk(content="", tool_call_chunks=[call])
            yield ChatGenerationChunk(message=message)

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        yield from self._chunks()

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks():
            yield chunk


def follow_a_tool_call() -> Any:
    """Show what has come of a call's arguments after each chunk."""
    total: Any = None
    shown: Any = None
    for chunk in Recorded(text=json.dumps(COUNTRIES), as_tool_call=True).stream("write"):
        total = chunk if total is None else total + chunk
        shown = total.tool_calls
    return shown[0]["args"] == COUNTRIES, len(total.tool_call_chunks)


def fill_in_json() -> Any:
    """Show a document as it fills in."""
    chain = Recorded(text=json.dumps(COUNTRIES)) | JsonOutputParser()
    shown = None
    for count, shown in enumerate(chain.stream("countries"), 1):  # noqa: B007 - the last of each
        pass
    return shown == COUNTRIES, count


async def watch_one_step() -> Any:
    """Look at the events of one step of a chain."""
    prompt = ChatPromptTemplate.from_template("Tell of {what}.")
    chain = prompt | Recorded(text="word " * 500) | StrOutputParser()
    events = chain.astream_events(
        {"what": "rivers"}, version="v2", include_names=["ChatPromptTemplate"]
    )
    return [event["event"] async for event in events]


STEPS = {
    "following a tool call": follow_a_tool_call,
    "filling in JSON": fill_in_json,
    "watching one step": lambda: asyncio.run(watch_one_step()),
}


def timed(step: Any) -> tuple[Any, float]:
    """What a step gives, and how many seconds it took."""
    begin = time.perf_counter()
    result = step()
    return result, time.perf_counter() - begin


def main() -> None:
    """Run each step without acceleration, then with it."""
    for name, step in STEPS.items():
        before, slow = timed(step)
        with accelerate():
            after, fast = timed(step)
        same = "the same result" if before == after else f"{before} is now {after}"
        print(f"{name}: {slow * 1000:,.0f} ms, accelerated {fast * 1000:,.0f} ms; {same}: {after}")


if __name__ == "__main__":
    main()
