"""Sync handlers with `run_inline` are called in the task of the run."""

import asyncio
from contextvars import ContextVar
from typing import Any

from headrace.callbacks import BaseCallbackHandler
from headrace.tools import tool

WRITER: ContextVar[list[Any] | None] = ContextVar("writer", default=None)


class Inline(BaseCallbackHandler):
    run_inline = True

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.token: Any = None

    def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
        self.token = WRITER.set(self.written)

    def on_tool_end(self, *args: Any, **kwargs: Any) -> None:
        WRITER.reset(self.token)  # fails in another context


@tool
async def work(text: str) -> str:
    """Write to what the handler has set."""
    WRITER.get().append(text)
    return text


async def test_a_run_sees_the_context_variables_of_an_inline_handler() -> None:
    handler = Inline()
    handler.raise_error = True
    assert await work.ainvoke({"text": "a"}, {"callbacks": [handler]}) == "a"
    assert handler.written == ["a"]
    assert WRITER.get() is None


async def test_async_handlers_after_an_inline_one_are_awaited_to_the_end() -> None:
    log: list[str] = []

    class Slow(BaseCallbackHandler):
        async def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
            log.append("begun")
            await asyncio.sleep(0.01)
            log.append("ended")

    task = asyncio.ensure_future(work.ainvoke({"text": "a"}, {"callbacks": [Inline(), Slow()]}))
    while not log:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert log == ["begun", "ended"]
