"""What differs under acceleration beyond results, as docs/differences.md lists it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.utils import json as json_functions
from tests.differences import check_table

from headrace.langchain import accelerate


def shared_values() -> Any:
    values = list(JsonOutputParser().transform(iter(['{"a": [1], "b": "x', "y", '"}'])))
    return values[0]["a"] is values[-1]["a"]


def parsers_stay_on_the_loop() -> Any:
    threads: set[str] = set()
    real = json_functions.json.loads

    def loads(*args: Any, **kwargs: Any) -> Any:
        threads.add(threading.current_thread().name)
        return real(*args, **kwargs)

    async def chunks() -> AsyncIterator[str]:
        for text in ('{"a": [1], "action_input": "x', '"}'):
            yield text

    async def run() -> list[Any]:
        json_functions.json.loads = loads
        try:
            return [value async for value in JsonOutputParser().atransform(chunks())]
        finally:
            json_functions.json.loads = real

    assert asyncio.run(run())[-1] == {"a": [1], "action_input": "x"}
    return all(name == "MainThread" for name in threads)


def parsers_read_text() -> Any:
    chunks: list[Any] = [
        AIMessageChunk(content='{"a": 1', response_metadata={"x": 1.5}),
        AIMessageChunk(content="}", response_metadata={"x": "y"}),
    ]
    try:
        return list(JsonOutputParser().transform(iter(chunks))) == [{"a": 1}]
    except TypeError:
        return False


DIFFERENCES: dict[str, Callable[[], Any]] = {
    "shared-values": shared_values,
    "parsers-stay-on-the-loop": parsers_stay_on_the_loop,
    "parsers-read-text": parsers_read_text,
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    assert DIFFERENCES[name]() is False
    with accelerate():
        assert DIFFERENCES[name]() is True


def test_the_page_lists_them() -> None:
    check_table("In a LangChain program", __file__, DIFFERENCES)
