"""Common parts of the parsers of tool calls and function calls, which parse messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from headrace.exceptions import OutputParserException
from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.output_parsers.transform import BaseCumulativeTransformOutputParser, as_message_chunk
from headrace.outputs import ChatGeneration, Generation

__all__ = ["CallsParser", "CallsReader", "message_of"]


class CallsReader(ABC):
    """Base class of readers that collect the calls of a stream and detect changes."""

    __slots__ = ("_new",)

    @staticmethod
    def of(chunk: BaseMessage | str) -> BaseMessageChunk:
        """Return the chunk as a message chunk.

        Raises:
            OutputParserException: If the chunk is text.
        """
        if isinstance(chunk, BaseMessageChunk):
            return chunk
        if not isinstance(chunk, BaseMessage):
            raise _no_message()
        return as_message_chunk(chunk)

    @abstractmethod
    def feed(self, part: BaseMessageChunk) -> bool:
        """Add a chunk of the message; return True if the result has changed."""

    def values(self) -> tuple[Any, ...]:
        """Return the result."""
        return (self._new,)

    def rest(self) -> tuple[Any, ...]:
        """Return nothing: the end of the stream adds no result."""
        return ()

    def _set_result(self, result: Any) -> bool:
        """Store the result for `values`, unless it is None."""
        self._new = result
        return result is not None


class CallsParser(BaseCumulativeTransformOutputParser[Any]):
    """Base class of parsers of the calls in a message."""

    def parse(self, text: str) -> Any:
        """Raise an error: text has no calls.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError


def message_of(result: list[Generation]) -> BaseMessage:
    """Return the message of the first candidate.

    Raises:
        OutputParserException: If the candidate is text.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration):
        raise _no_message()
    return generation.message


def _no_message() -> OutputParserException:
    """Return the error for text instead of a message."""
    return OutputParserException("This output parser can only be used with a chat generation.")
