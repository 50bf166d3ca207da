"""What the parsers of tool calls and of function calls have in common: they read messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from headrace.exceptions import OutputParserException
from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.output_parsers.transform import BaseCumulativeTransformOutputParser, as_message_chunk
from headrace.outputs import ChatGeneration, Generation

__all__ = ["CallsParser", "CallsReader", "message_of"]


class CallsReader(ABC):
    """A stream's calls: what has come of them, and whether that is news."""

    __slots__ = ("_new",)

    @staticmethod
    def of(chunk: BaseMessage | str) -> BaseMessageChunk:
        """Give the message that a chunk is.

        Raises:
            OutputParserException: If it is text.
        """
        if isinstance(chunk, BaseMessageChunk):
            return chunk
        if not isinstance(chunk, BaseMessage):
            raise _no_message()
        return as_message_chunk(chunk)

    @abstractmethod
    def feed(self, part: BaseMessageChunk) -> bool:
        """Read a part of the message; give whether the result has changed."""

    def values(self) -> tuple[Any, ...]:
        """The result."""
        return (self._new,)

    def rest(self) -> tuple[Any, ...]:
        """Nothing: the end of the stream makes nothing certain."""
        return ()

    def _give(self, result: Any) -> bool:
        """Keep the result to be given, unless there is none."""
        self._new = result
        return result is not None


class CallsParser(BaseCumulativeTransformOutputParser[Any]):
    """A parser of the calls in a message."""

    def parse(self, text: str) -> Any:
        """Not possible: text has no calls.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError


def message_of(result: list[Generation]) -> BaseMessage:
    """Give the message of the first candidate.

    Raises:
        OutputParserException: If it is text.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration):
        raise _no_message()
    return generation.message


def _no_message() -> OutputParserException:
    """Make the error for text where a message is read."""
    return OutputParserException("This output parser can only be used with a chat generation.")
