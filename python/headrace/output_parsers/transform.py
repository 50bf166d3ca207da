"""The bases of parsers that stream: chunk by chunk, or the whole so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk
from headrace.output_parsers.base import BaseOutputParser, T, as_generation, is_own
from headrace.outputs import ChatGenerationChunk, Generation, GenerationChunk
from headrace.runnables import astreaming
from headrace.runnables.accepts import wanted
from headrace.runnables.config import RunnableConfig, run_in_executor

__all__ = [
    "BaseCumulativeTransformOutputParser",
    "BaseTransformOutputParser",
    "as_message_chunk",
]


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
        return None if wanted(function) else function

    def _is_leaf(self) -> bool:
        return is_own(
            type(self), ("_atransform", "parse_result", "aparse_result", "parse", "aparse", "_diff")
        )

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[T]:
        for chunk in input:
            yield self.parse_result([as_generation(chunk)])

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[T]:
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

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[Any]:
        total: Any = None
        previous: Any = None
        for chunk in input:
            part = _as_chunk(chunk)
            total = part if total is None else total + part
            parsed = self.parse_result([total], partial=True)
            if parsed is not None and parsed != previous:
                yield self._diff(previous, parsed) if self.diff else parsed
                previous = parsed

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[Any]:
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
