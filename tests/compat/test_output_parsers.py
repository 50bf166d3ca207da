"""What output parsers give and raise, streamed and invoked, on both libraries."""

import asyncio
import importlib
import json
from typing import Any

import pytest
from tests.messages.recordings import chunks_of, recordings


class Parsers:
    """The modules of a library that have to do with parsers."""

    def __init__(self, package: str) -> None:
        self.o = importlib.import_module(f"{package}.output_parsers")
        self.tools = importlib.import_module(f"{package}.output_parsers.openai_tools")
        self.m = importlib.import_module(f"{package}.messages")
        self.out = importlib.import_module(f"{package}.outputs")
        self.e = importlib.import_module(f"{package}.exceptions")


def said(error: BaseException) -> tuple[str, str]:
    """An exception, without the reference's links to its documentation."""
    lines = [line for line in str(error).splitlines() if not line.startswith("For troubleshooting")]
    return type(error).__name__, "\n".join(lines).rstrip()


def given(func) -> Any:
    try:
        return plain(func())
    except Exception as error:
        return said(error)


def plain(value: Any) -> Any:
    """Models as their class's name and fields."""
    if hasattr(value, "model_dump"):
        return type(value).__name__, value.model_dump()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return repr(value) if isinstance(value, float) else value


def streamed(parser: Any, chunks: list[Any]) -> list[Any]:
    """What comes out, and how it ends, by both ways."""
    values: list[Any] = []
    try:
        for value in parser.transform(iter(chunks)):
            values.append(json.loads(json.dumps(plain(value))))
    except Exception as error:
        values.append(said(error))

    async def source():
        for chunk in chunks:
            yield chunk

    async def run():
        avalues: list[Any] = []
        try:
            async for value in parser.atransform(source()):
                avalues.append(json.loads(json.dumps(plain(value))))
        except Exception as error:
            avalues.append(said(error))
        return avalues

    assert asyncio.run(run()) == values
    return values


def whole(parser: Any, value: Any) -> Any:
    """What `invoke` and `ainvoke` give or raise."""
    result = given(lambda: parser.invoke(value))
    assert given(lambda: asyncio.run(parser.ainvoke(value))) == result
    return result


PARSERS = {
    "str": lambda p: p.o.StrOutputParser(),
    "json": lambda p: p.o.JsonOutputParser(),
    "tools": lambda p: p.o.JsonOutputToolsParser(),
    "tools with ids": lambda p: p.o.JsonOutputToolsParser(return_id=True),
    "first tool": lambda p: p.o.JsonOutputToolsParser(first_tool_only=True),
    "key tools": lambda p: p.o.JsonOutputKeyToolsParser(key_name="weather"),
    "key tools with ids": lambda p: p.o.JsonOutputKeyToolsParser(
        key_name="weather", return_id=True
    ),
    "first key tool": lambda p: p.o.JsonOutputKeyToolsParser(
        key_name="weather", first_tool_only=True
    ),
}


@pytest.mark.parametrize("path", recordings())
@pytest.mark.parametrize("name", PARSERS)
def test_recorded_streams(name, path, compare):
    fields = chunks_of(path)

    def scenario(lib):
        p = Parsers(lib.package)
        parser = PARSERS[name](p)
        chunks = [p.m.AIMessageChunk(**json.loads(json.dumps(made))) for made in fields[:60]]
        results = [streamed(parser, chunks)]
        if chunks:
            total = chunks[0]
            for chunk in chunks[1:]:
                total = total + chunk
            results.append(whole(parser, total))
        return results

    compare(scenario)
