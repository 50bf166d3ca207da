"""Incremental versions of LangChain's streaming parsers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, BaseMessageChunk
from langchain_core.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
)
from langchain_core.runnables.config import run_in_executor

from headrace._core import JsonOutputs

__all__ = [
    "ajson_outputs",
    "atexts",
    "atool_outputs",
    "json_outputs",
    "texts",
    "tool_outputs",
]


def texts(_: Any, input: Iterator[Any]) -> Iterator[str]:
    """Yield the same strings as `StrOutputParser`."""
    for chunk in input:
        yield chunk if type(chunk) is str else _text_of(chunk)


async def atexts(_: Any, input: AsyncIterator[Any]) -> AsyncIterator[str]:
    """Yield the same strings as `StrOutputParser`."""
    async for chunk in input:
        yield chunk if type(chunk) is str else _text_of(chunk)


def _text_of(chunk: Any) -> str:
    if not isinstance(chunk, BaseMessage):
        return Generation(text=chunk).text
    content = chunk.content
    # LangChain decides which blocks contain text.
    return content if type(content) is str else ChatGeneration(message=chunk).text


class _JsonReader:
    """A reader of the JSON values of a stream of strings or messages, without repeated values.

    Strings, and messages with string content, are parsed incrementally. From the first message with
    content blocks on, the messages are added up and the text of the sum is parsed.
    """

    __slots__ = ("_of_texts", "_outputs", "_read", "_total")

    def __init__(self) -> None:
        self._outputs = JsonOutputs()
        self._of_texts: bool | None = None
        self._total: Any = None
        self._read = ""

    def read(self, chunk: Any) -> tuple[Any] | None:
        """Return the new value after a chunk as a tuple; None if the value has not changed."""
        if isinstance(chunk, str):
            if self._of_texts is None:
                self._of_texts = True
            elif not self._of_texts:
                _raise_langchain_error(AIMessageChunk(content=""), chunk)
            return self._outputs.feed(chunk)
        first = self._of_texts is None
        if first and isinstance(chunk, BaseMessage):
            self._of_texts = False
        elif self._of_texts is not False or not isinstance(chunk, BaseMessage):
            _raise_langchain_error("", chunk)
        content = chunk.content
        if self._total is None and isinstance(content, str):
            return self._outputs.feed(content)
        return self._of_sum(as_chunk(chunk), first)

    def _of_sum(self, message: Any, first: bool) -> tuple[Any] | None:
        if self._total is None and not first:
            self._read = self._outputs.text
            self._total = type(message)(content=self._read)
        self._total = message if self._total is None else self._total + message
        # LangChain decides which blocks contain text.
        text = ChatGenerationChunk(message=self._total).text
        new = text.removeprefix(self._read)
        if len(new) + len(self._read) != len(text):
            # A block before the last one has grown.
            self._outputs = self._outputs.again()
            new = text
        self._read = text
        return self._outputs.feed(new)


def as_chunk(message: Any) -> Any:
    """Convert a message to a chunk, as LangChain does."""
    if isinstance(message, BaseMessageChunk):
        return message
    return BaseMessageChunk(**message.model_dump())


def _raise_langchain_error(one: Any, two: Any) -> None:
    """Raise the error that LangChain raises for a stream that mixes both types."""
    generations = [
        ChatGenerationChunk(message=as_chunk(it))
        if isinstance(it, BaseMessage)
        else GenerationChunk(text=it)
        for it in (one, two)
    ]
    generations[0] + generations[1]  # type: ignore[operator]  # it is refused, which is the point


def json_outputs(parser: Any, input: Iterator[Any]) -> Iterator[Any]:
    """Yield the same values as `JsonOutputParser`."""
    reader = _JsonReader()
    before: Any = None
    for chunk in input:
        news = reader.read(chunk)
        if news is not None:
            if parser.diff:
                yield parser._diff(before, news[0])
                before = news[0]
            else:
                yield news[0]


async def ajson_outputs(parser: Any, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Yield the same values as `JsonOutputParser`."""
    reader = _JsonReader()
    before: Any = None
    async for chunk in input:
        news = reader.read(chunk)
        if news is not None:
            if parser.diff:
                yield await run_in_executor(None, parser._diff, before, news[0])
                before = news[0]
            else:
                yield news[0]


class _ToolReader:
    """A reader of the tool calls of a stream of messages, without repeated values."""

    __slots__ = ("_parser", "_total")

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._total: Any = None

    def read(self, chunk: Any) -> Any:
        """Return the result of the parser for the sum of all chunks."""
        if not isinstance(chunk, BaseMessage):
            if self._total is not None:
                _raise_langchain_error(self._total, chunk)
            return self._parser.parse_result([GenerationChunk(text=chunk)], partial=True)
        message = as_chunk(chunk)
        self._total = message if self._total is None else self._total + message
        # The parser only reads the message, which is valid.
        generation = ChatGenerationChunk.model_construct(message=self._total)
        return self._parser.parse_result([generation], partial=True)


def tool_outputs(parser: Any, input: Iterator[Any]) -> Iterator[Any]:
    """Yield the same values as the tools parsers."""
    reader = _ToolReader(parser)
    before: Any = None
    for chunk in input:
        parsed = reader.read(chunk)
        if parsed is not None and parsed != before:
            yield parser._diff(before, parsed) if parser.diff else parsed
            before = parsed


async def atool_outputs(parser: Any, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Yield the same values as the tools parsers."""
    reader = _ToolReader(parser)
    before: Any = None
    async for chunk in input:
        parsed = reader.read(chunk)
        if parsed is not None and parsed != before:
            if parser.diff:
                yield await run_in_executor(None, parser._diff, before, parsed)
            else:
                yield parsed
            before = parsed
