"""Base classes of parsers that stream: chunk by chunk, or the whole so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol

from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk
from headrace.output_parsers.base import BaseOutputParser, T, as_generation, is_own
from headrace.output_parsers.refusal import raise_if_stopped
from headrace.outputs import ChatGenerationChunk, Generation, GenerationChunk
from headrace.runnables import astreaming
from headrace.runnables.accepts import run_parameters
from headrace.runnables.config import RunnableConfig, run_in_executor

__all__ = [
    "BaseCumulativeTransformOutputParser",
    "BaseTransformOutputParser",
    "StreamReader",
    "as_message_chunk",
]


class StreamReader(Protocol):
    """Protocol of a reader that reads each chunk of a stream once."""

    @property
    def of(self) -> Callable[[Any], Any]:
        """Function that returns the part of a chunk (a message or text) to read."""

    @property
    def feed(self) -> Callable[[Any], bool]:
        """Function that reads this part; returns True if it adds values to the stream."""

    def values(self) -> Iterable[Any]:
        """Return the values that it adds."""

    def rest(self) -> Iterable[Any]:
        """End the stream and return the last values."""


class BaseTransformOutputParser(BaseOutputParser[T]):
    """Base class of parsers that parse each chunk by itself."""

    def transform(
        self,
        input: Iterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[T]:
        """Parse a stream.

        Args:
            input: The chunks of a message or text.
            config: The config of the run.
            **kwargs: Not used.

        Yields:
            The parsed value.

        Raises:
            OutputParserException: If the chunks cannot be parsed.
        """
        return self._transform_stream_with_config(input, self._transform, config, run_type="parser")

    def atransform(
        self,
        input: AsyncIterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[T]:
        """Async version of `transform`."""
        each = self._chunk_function()
        if each is not None:
            return astreaming.atransform(
                self, input, self._atransform, config, {}, each=each, run_type="parser"
            )
        return self._atransform_stream_with_config(
            input, self._atransform, config, run_type="parser"
        )

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        if not is_own(type(self), (method, f"_{method}_stream_with_config")):
            return None
        function: Callable[..., Any] = (
            self._transform if method == "transform" else self._atransform
        )
        return None if run_parameters(function) else function

    def _is_leaf(self) -> bool:
        return is_own(
            type(self), ("_atransform", "parse_result", "aparse_result", "parse", "aparse", "_diff")
        )

    def _stream_reader(self) -> StreamReader | None:
        """Return the reader of a stream; None if `parse_result` handles each chunk."""
        return None

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[T]:
        reader = self._stream_reader()
        if reader is None:
            yield from self._parse_chunks(input)
            return
        feed, of = reader.feed, reader.of
        chunk: Any = None
        for chunk in input:
            if feed(of(chunk)):
                for value in reader.values():
                    yield value
        raise_if_stopped(chunk)
        for value in reader.rest():
            yield value

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[T]:
        reader = self._stream_reader()
        if reader is None:
            async for value in self._aparse_chunks(input):
                yield value
            return
        feed, of = reader.feed, reader.of
        chunk: Any = None
        async for chunk in input:
            if feed(of(chunk)):
                for value in reader.values():
                    yield value
        raise_if_stopped(chunk)
        for value in reader.rest():
            yield value

    def _parse_chunks(self, input: Iterator[BaseMessage | str]) -> Iterator[T]:
        for chunk in input:
            yield self.parse_result([as_generation(chunk)])

    async def _aparse_chunks(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[T]:
        inline = is_own(type(self), ("parse_result", "parse"))
        async for chunk in input:
            if inline:
                yield self.parse_result([as_generation(chunk)])
            else:
                yield await run_in_executor(None, self.parse_result, [as_generation(chunk)])


class BaseCumulativeTransformOutputParser(BaseTransformOutputParser[T]):
    """Base class of parsers that parse everything so far with each chunk, and yield changed values.

    Each chunk calls `parse_result(..., partial=True)` of a subclass with the whole text; the
    parsers of this package parse only the new text.
    """

    diff: bool = False
    """Whether to yield the changes, as `_diff` returns them, instead of the whole value."""

    def _diff(self, prev: T | None, next: T) -> T:
        raise NotImplementedError

    def _parse_chunks(self, input: Iterator[BaseMessage | str]) -> Iterator[Any]:
        total: Any = None
        previous: Any = None
        for chunk in input:
            part = _as_chunk(chunk)
            total = part if total is None else total + part
            parsed = self.parse_result([total], partial=True)
            if parsed is not None and parsed != previous:
                yield self._diff(previous, parsed) if self.diff else parsed
                previous = parsed

    async def _aparse_chunks(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[Any]:
        total: Any = None
        previous: Any = None
        inline = is_own(type(self), ("_diff",))
        async for chunk in input:
            part = _as_chunk(chunk)
            total = part if total is None else total + part
            parsed = await self.aparse_result([total], partial=True)
            if parsed is not None and parsed != previous:
                if not self.diff:
                    yield parsed
                elif inline:
                    yield self._diff(previous, parsed)
                else:
                    yield await run_in_executor(None, self._diff, previous, parsed)
                previous = parsed


def _as_chunk(chunk: BaseMessage | str) -> Generation:
    """Return a chunk as a generation chunk, which can be added to others."""
    if isinstance(chunk, BaseMessage):
        return ChatGenerationChunk(message=as_message_chunk(chunk))
    return GenerationChunk(text=chunk)


def as_message_chunk(message: BaseMessage) -> BaseMessageChunk:
    """Return a message as a chunk, which can be added to others, with its tool calls."""
    if isinstance(message, BaseMessageChunk):
        return message
    fields = message.model_dump()
    if isinstance(message, AIMessage):
        del fields["type"]
        return AIMessageChunk(**fields)
    return BaseMessageChunk(**fields)
