"""`follow`: the events of an SDK's stream, each with the answer so far."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from headrace.following.answer import LiveAnswer, ParserOptions
from headrace.following.readers import AnswerReader
from headrace.wire.streams import StreamWatch

if TYPE_CHECKING:
    from typing_extensions import Protocol, Self

    T_co = TypeVar("T_co", covariant=True)

    class SyncStream(Protocol[T_co]):
        """A stream of an SDK's sync client."""

        def __iter__(self) -> Iterator[T_co]: ...

    class AsyncStream(Protocol[T_co]):
        """A stream of an SDK's async client."""

        def __aiter__(self) -> AsyncIterator[T_co]: ...


__all__ = ["AsyncFollowing", "Following", "follow"]

EventT = TypeVar("EventT")


@overload
def follow(
    stream: AsyncStream[EventT],
    *,
    numbers: Literal["partial", "complete"] = ...,
    strings: Literal["partial", "complete"] = ...,
    choice: int = ...,
) -> AsyncFollowing[EventT]: ...
@overload
def follow(
    stream: SyncStream[EventT],
    *,
    numbers: Literal["partial", "complete"] = ...,
    strings: Literal["partial", "complete"] = ...,
    choice: int = ...,
) -> Following[EventT]: ...
def follow(
    stream: Any,
    *,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    choice: int = 0,
) -> Any:
    """Follow a stream of OpenAI's or Anthropic's SDK.

    Args:
        stream: The result of `client.chat.completions.create`, `client.responses.create` or
            `client.messages.create` with `stream=True`, from the sync or the async client.
        numbers: Whether to include numbers in arguments and output before they are complete.
        strings: Whether to include strings before they are complete.
        choice: The index of the answer to follow, if a chat completion has several.

    Returns:
        An iterator of pairs: the SDK's own event, and the answer so far, which is the same object
        each time. It is also a context manager, which closes the stream.

    Raises:
        TypeError: If `stream` is not a stream; at the first event, if its events have an unknown
            format.
    """
    options = ParserOptions(numbers=numbers, strings=strings)
    answer = LiveAnswer(options)
    if hasattr(stream, "__aiter__"):
        return AsyncFollowing(stream, answer, choice)
    if hasattr(stream, "__iter__"):
        return Following(stream, answer, choice)
    raise TypeError(
        f"follow() needs the stream that an SDK gives with stream=True, not {type(stream).__name__}"
    )


def _events(stream: Any, answer: LiveAnswer, choice: int) -> Iterator[tuple[Any, LiveAnswer]]:
    reader = AnswerReader(answer, choice)
    watch = StreamWatch(stream)
    try:
        for event in stream:
            answer.delta = ""
            reader.read(event)
            yield event, answer
        reader.close(watch)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


async def _aevents(
    stream: Any, answer: LiveAnswer, choice: int
) -> AsyncIterator[tuple[Any, LiveAnswer]]:
    reader = AnswerReader(answer, choice)
    watch = StreamWatch(stream)
    try:
        async for event in stream:
            answer.delta = ""
            reader.read(event)
            yield event, answer
        reader.close(watch)
    finally:
        close = getattr(stream, "close", None) or getattr(stream, "aclose", None)
        if close is not None:
            await close()


class Following(Generic[EventT]):
    """A stream with the answer so far; returned by `follow`.

    Attributes:
        answer: The answer so far.
    """

    __slots__ = ("__weakref__", "_events", "_stream", "answer")

    def __init__(self, stream: Any, answer: LiveAnswer, choice: int) -> None:
        """Follow a stream; see `follow`."""
        self.answer = answer
        self._stream = stream
        self._events: Any = _events(stream, answer, choice)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[EventT, LiveAnswer]:
        pair: tuple[EventT, LiveAnswer] = next(self._events)
        return pair

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the SDK's stream, and with it the connection."""
        self._events.close()
        close = getattr(self._stream, "close", None)
        if close is not None:  # also if nothing was read
            close()

    def until_done(self) -> LiveAnswer:
        """Read the rest.

        Returns:
            The whole answer.
        """
        for _ in self._events:
            pass
        return self.answer


class AsyncFollowing(Generic[EventT]):
    """An async stream with the answer so far; returned by `follow`.

    Attributes:
        answer: The answer so far.
    """

    __slots__ = ("__weakref__", "_events", "_stream", "answer")

    def __init__(self, stream: Any, answer: LiveAnswer, choice: int) -> None:
        """Follow a stream; see `follow`."""
        self.answer = answer
        self._stream = stream
        self._events: Any = _aevents(stream, answer, choice)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[EventT, LiveAnswer]:
        pair: tuple[EventT, LiveAnswer] = await self._events.__anext__()
        return pair

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the SDK's stream, and with it the connection."""
        await self._events.aclose()
        close = getattr(self._stream, "close", None) or getattr(self._stream, "aclose", None)
        if close is not None:  # also if nothing was read
            await close()

    async def until_done(self) -> LiveAnswer:
        """Read the rest.

        Returns:
            The whole answer.
        """
        async for _ in self._events:
            pass
        return self.answer
