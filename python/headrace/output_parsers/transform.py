"""The bases of parsers that stream: chunk by chunk, or the whole so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol

from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk
from headrace.output_parsers.base import BaseOutputParser, T, as_generation, is_own
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
    """Reads a stream chunk by chunk, and each chunk once."""

    @property
    def of(self) -> Callable[[Any], Any]:
        """Gives what is read of a chunk, which is a message or text."""

    @property
    def feed(self) -> Callable[[Any], bool]:
        """Reads what was taken of a chunk; gives whether that adds something to the stream."""

    def values(self) -> Iterable[Any]:
        """Give what it adds."""

    def rest(self) -> Iterable[Any]:
        """End the stream; give what only that makes certain."""


class BaseTransformOutputParser(BaseOutputParser[T]):
    """A parser that reads each chunk by itself."""

    def transform(
        self,
        input: Iterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[T]:
        """Read a stream.

        Args:
            input: The chunks of a message or text.
            config: What to say about the run.
            **kwargs: Not used.

        Yields:
            What they say.

        Raises:
            OutputParserException: If they cannot be read.
        """
        return self._transform_stream_with_config(input, self._transform, config, run_type="parser")

    def atransform(
        self,
        input: AsyncIterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[T]:
        """Read a stream; see `transform`."""
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
        """What reads a stream; None where each chunk is for `parse_result`."""
        return None

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[T]:
        reader = self._stream_reader()
        if reader is None:
            yield from self._parse_chunks(input)
            return
        feed, of = reader.feed, reader.of
        for chunk in input:
            if feed(of(chunk)):
                for value in reader.values():
                    yield value
        for value in reader.rest():
            yield value

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[T]:
        reader = self._stream_reader()
        if reader is None:
            async for value in self._aparse_chunks(input):
                yield value
            return
        feed, of = reader.feed, reader.of
        async for chunk in input:
            if feed(of(chunk)):
                for value in reader.values():
                    yield value
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
    """A parser that reads everything so far at each chunk, and gives it where it has changed.

    What `parse_result(..., partial=True)` of a subclass costs, it costs at each chunk; the parsers
    of this package read only what is new.
    """

    diff: bool = False
    """Whether to give what has changed, as `_diff` says it, instead of the whole."""

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
    """Give a chunk as one that can be added to others."""
    if isinstance(chunk, BaseMessage):
        return ChatGenerationChunk(message=as_message_chunk(chunk))
    return GenerationChunk(text=chunk)


def as_message_chunk(message: BaseMessage) -> BaseMessageChunk:
    """Give a message as one that can be added to others, its tool calls included."""
    if isinstance(message, BaseMessageChunk):
        return message
    fields = message.model_dump()
    if isinstance(message, AIMessage):
        del fields["type"]
        return AIMessageChunk(**fields)
    return BaseMessageChunk(**fields)
