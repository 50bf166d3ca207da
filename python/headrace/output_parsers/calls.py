"""What the parsers of tool calls and of function calls have in common: they read messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from headrace.exceptions import OutputParserException
from headrace.messages import BaseMessage
from headrace.output_parsers.transform import BaseCumulativeTransformOutputParser
from headrace.outputs import ChatGeneration, Generation

__all__ = ["CallsParser", "CallsReader", "message_of", "no_message"]


class CallsReader(Protocol):
    """A stream's calls: what has come of them, and whether that is news."""

    def read(self, chunk: BaseMessage | str) -> Any:
        """Read a chunk; give the result where that has changed it, otherwise None."""


class CallsParser(BaseCumulativeTransformOutputParser[Any], ABC):
    """A parser of the calls in a message, which are read as they come."""

    def parse(self, text: str) -> Any:
        """Not possible: text has no calls.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError

    @abstractmethod
    def _streams(self) -> bool:
        """Whether the calls are read as they come, by the rules of this package."""

    @abstractmethod
    def _reader(self) -> CallsReader:
        """What reads the calls of a stream."""

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[Any]:
        if not self._streams():
            yield from super()._transform(input)
            return
        read = self._reader().read
        for chunk in input:
            value = read(chunk)
            if value is not None:
                yield value

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[Any]:
        if not self._streams():
            async for value in super()._atransform(input):
                yield value
            return
        read = self._reader().read
        async for chunk in input:
            value = read(chunk)
            if value is not None:
                yield value


def message_of(result: list[Generation]) -> BaseMessage:
    """Give the message of the first candidate.

    Raises:
        OutputParserException: If it is text.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration):
        raise no_message()
    return generation.message


def no_message() -> OutputParserException:
    """Make the error for text where a message is read."""
    return OutputParserException("This output parser can only be used with a chat generation.")
