"""A model's message together with its parsed form, both streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage, BaseMessage
from headrace.output_parsers.base import (
    BaseGenerationOutputParser,
    BaseLLMOutputParser,
    is_own,
)
from headrace.output_parsers.transform import BaseTransformOutputParser, StreamReader
from headrace.outputs import ChatGeneration
from headrace.runnables import astreaming, closing, execution, streaming
from headrace.runnables.addable import AddableDict
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.generator import RunnableGenerator
from headrace.runnables.handing import config_for
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.passthrough import RunnablePassthrough
from headrace.runnables.runnable import Runnable
from headrace.runnables.transforming import Transforming
from headrace.utils.fold import Fold

__all__ = ["RawAndParsed", "with_raw"]

_OWN = ("transform", "atransform", "_transform", "_atransform", "parse_result", "aparse_result")
"""Methods that a parser must inherit from this package to be run chunk by chunk."""


def with_raw(model: Runnable[Any, Any], parser: Any) -> Runnable[Any, Any]:
    """Return a chain that outputs the message of a model and its parsed form.

    Args:
        model: The model.
        parser: An output parser. Its errors are returned, not raised.

    Returns:
        A runnable that returns dictionaries with `raw`, the message; `parsed`, the parsed value or
        None; and `parsing_error`, the error or None. A stream yields `raw` chunk by chunk, `parsed`
        each time it changes, and `parsing_error` when the message ends. Its chunks add up to the
        result of `invoke`.
    """
    return model | RawAndParsed(parser)


class _Part(AddableDict):
    """A chunk of such a dictionary; a later `parsed` replaces an earlier one."""

    def __add__(self, other: AddableDict) -> AddableDict:
        raws = [one["raw"] for one in (self, other) if one.get("raw") is not None]
        total = _Part({**self, **other})
        if raws:
            total["raw"] = raws[0] if len(raws) == 1 else raws[0] + raws[1]
        return total


class RawAndParsed(Transforming[Any, dict[str, Any]]):
    """Runnable that returns its input, a message, with its parsed form or the parser's error."""

    __slots__ = ("parser",)

    _parts = ("parser",)

    def __init__(self, parser: Any) -> None:
        """Parse messages.

        Args:
            parser: An output parser.
        """
        self.name = None
        self.parser = parser

    def invoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Parse a message."""
        result: dict[str, Any] = execution.call(
            self, self._invoke, input, config, kwargs, optional=True
        )
        return result

    def _invoke(
        self, message: Any, run_manager: Any = None, config: RunnableConfig = BARE
    ) -> dict[str, Any]:
        try:
            parsed = self.parser.invoke(message, config_for(self.parser, config, run_manager, None))
        except Exception as error:  # noqa: BLE001 - it is given
            return {"raw": message, "parsed": None, "parsing_error": error}
        return {"raw": message, "parsed": parsed, "parsing_error": _missing(message, parsed)}

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Parse a message."""
        result: dict[str, Any] = await execution.acall(
            self, self._ainvoke, input, config, kwargs, optional=True
        )
        return result

    async def _ainvoke(
        self, message: Any, run_manager: Any = None, config: RunnableConfig = BARE
    ) -> dict[str, Any]:
        child = config_for(self.parser, config, run_manager, None)
        try:
            parsed = await self.parser.ainvoke(message, child)
        except Exception as error:  # noqa: BLE001 - it is given
            return {"raw": message, "parsed": None, "parsing_error": error}
        return {"raw": message, "parsed": parsed, "parsing_error": _missing(message, parsed)}

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the chunks of a message as they arrive, and their parsed forms."""
        return streaming.transform(self, input, self._transform, config, kwargs, optional=True)

    def _transform(
        self, chunks: Iterator[Any], run_manager: Any = None, config: RunnableConfig = BARE
    ) -> Iterator[_Part]:
        steps = None if run_manager else _steps(self.parser)
        if steps is not None:
            for chunk in chunks:
                yield from steps.take(chunk)
            yield from steps.end()
            return
        both = self._both()
        parts = both.transform(chunks, config_for(both, config, run_manager, None))
        try:
            for part in parts:
                yield _flat(part)
        finally:
            closing.close_all(parts)

    def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the chunks of a message as they arrive, and their parsed forms."""
        return astreaming.atransform(self, input, self._atransform, config, kwargs, optional=True)

    async def _atransform(
        self, chunks: AsyncIterator[Any], run_manager: Any = None, config: RunnableConfig = BARE
    ) -> AsyncIterator[_Part]:
        steps = None if run_manager else _steps(self.parser)
        if steps is not None:
            async for chunk in chunks:
                for step in steps.take(chunk):
                    yield step
            for step in steps.end():
                yield step
            return
        both = self._both()
        parts = both.atransform(chunks, config_for(both, config, run_manager, None))
        try:
            async for part in parts:
                yield _flat(part)
        finally:
            await closing.aclose_all(parts)

    def _both(self) -> RunnableParallel[Any]:
        parsed: Any = RunnableGenerator(self._parsed, self._aparsed, name="Parsed")
        return RunnableParallel(raw=RunnablePassthrough(), parsed=parsed)

    def _parsed(self, chunks: Iterator[Any], config: RunnableConfig) -> Iterator[_Part]:
        message = _Message()
        values = self.parser.transform(message.reading(chunks), config)
        last: Any = None
        try:
            for last in values:
                yield _Part(parsed=last)
            parsed = self.parser.parse_result([message.generation()])
        except Exception as error:
            if message.broken:
                raise
            yield _Part(parsed=None, parsing_error=error)
            return
        finally:
            closing.close_all(values)
        yield message.end(parsed, last)

    async def _aparsed(
        self, chunks: AsyncIterator[Any], config: RunnableConfig
    ) -> AsyncIterator[_Part]:
        message = _Message()
        values = self.parser.atransform(message.areading(chunks), config)
        last: Any = None
        try:
            async for last in values:
                yield _Part(parsed=last)
            parsed = await self.parser.aparse_result([message.generation()])
        except Exception as error:
            if message.broken:
                raise
            yield _Part(parsed=None, parsing_error=error)
            return
        finally:
            await closing.aclose_all(values)
        yield message.end(parsed, last)


class _Steps:
    """Step that returns each chunk, then its change to the parsed value; for unobserved parsers."""

    def __init__(self, parser: BaseLLMOutputParser[Any], reader: StreamReader) -> None:
        self._parser = parser
        self._reader: StreamReader | None = reader
        self._message = _Message()
        self._last: Any = None

    def take(self, chunk: Any) -> Iterator[_Part]:
        """Read a chunk."""
        self._message.put(chunk)
        yield _Part(raw=chunk)
        reader = self._reader
        if reader is None:
            return
        try:
            if reader.feed(reader.of(chunk)):
                yield from self._given(reader.values())
        except Exception as error:  # noqa: BLE001 - it is given
            yield self._failed(error)

    def end(self) -> Iterator[_Part]:
        """End the message."""
        reader = self._reader
        if reader is None:
            return
        try:
            yield from self._given(reader.rest())
            parsed = self._parser.parse_result([self._message.generation()])
        except Exception as error:  # noqa: BLE001 - it is given
            yield self._failed(error)
        else:
            yield self._message.end(parsed, self._last)

    def _given(self, values: Iterable[Any]) -> Iterator[_Part]:
        for self._last in values:
            yield _Part(parsed=self._last)

    def _failed(self, error: Exception) -> _Part:
        self._reader = None
        return _Part(parsed=None, parsing_error=error)


class _Waiting:
    """Step that parses no chunks: for a parser of complete answers."""

    @staticmethod
    def of(chunk: Any) -> Any:
        return chunk

    @staticmethod
    def feed(part: Any) -> bool:
        return False

    def values(self) -> tuple[()]:
        return ()

    def rest(self) -> tuple[()]:
        return ()


def _steps(parser: Any) -> _Steps | None:
    """Return the step that parses chunk by chunk; None if the parser must be run as a stream."""
    if not isinstance(parser, BaseLLMOutputParser) or not is_own(type(parser), _OWN):
        return None
    if isinstance(parser, BaseGenerationOutputParser):
        return _Steps(parser, _Waiting())
    if isinstance(parser, BaseTransformOutputParser):
        reader = parser._stream_reader()
        return None if reader is None else _Steps(parser, reader)
    return None


class _Message:
    """The complete message for a parser, and whether its stream broke off."""

    def __init__(self) -> None:
        self._whole = Fold()
        self.broken = False

    def put(self, chunk: Any) -> None:
        """Add a chunk."""
        self._whole.put(chunk)

    def reading(self, chunks: Iterator[Any]) -> Iterator[Any]:
        """Pass the chunks on."""
        try:
            for chunk in chunks:
                self.put(chunk)
                yield chunk
        except Exception:
            self.broken = True
            raise

    async def areading(self, chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass the chunks on."""
        try:
            async for chunk in chunks:
                self.put(chunk)
                yield chunk
        except Exception:
            self.broken = True
            raise

    def generation(self) -> ChatGeneration:
        """Return the message as a generation, the input of parsers."""
        return ChatGeneration(message=self._whole.value)

    def end(self, parsed: Any, last: Any) -> _Part:
        """Return the part for the end of the message, without a repeated `parsed`."""
        part = _Part(parsing_error=_missing(self._whole.value, parsed))
        if last is None or type(last) is not type(parsed) or last != parsed:
            part["parsed"] = parsed
        return part


def _flat(part: dict[str, Any]) -> _Part:
    return _Part(raw=part["raw"]) if "raw" in part else part["parsed"]


def _missing(message: BaseMessage, parsed: Any) -> OutputParserException | None:
    """Return the error if a tool call was not parsed; a message without a call is not an error."""
    if parsed is not None or not isinstance(message, AIMessage):
        return None
    for call in message.invalid_tool_calls:
        return OutputParserException(
            f"The arguments of the call {call['name']!r} are no JSON object, "
            f"or were cut off: {call['args']}",
            llm_output=call["args"],
        )
    return None
