"""Projections of a content-block stream: the parts of one kind, and their final value.

Each new iterator starts over at the first part. Iterators of sync projections pull from the stream
when they have seen everything; those of async ones wait for the stream's producer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace._lazy import lazy_module
from headrace.json import PartialJsonParser, aiter_json, iter_json

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = [
    "AsyncEventsProjection",
    "AsyncProjection",
    "AsyncTextProjection",
    "AsyncToolCallsProjection",
    "Demand",
    "EventLog",
    "EventReader",
    "LiveToolCall",
    "Place",
    "SyncProjection",
    "SyncTextProjection",
    "SyncToolCallsProjection",
]

T = TypeVar("T")


@dataclass(slots=True)
class LiveToolCall:
    """A tool call as it arrives.

    Attributes:
        index: The index of its content block.
        id: The id of the call.
        name: The name of the tool.
        args: The arguments parsed so far. Treat them as read-only.
        complete: True once the JSON of the arguments has ended.
    """

    index: int
    id: str | None
    name: str | None
    args: Any
    complete: bool


class _Projection(Generic[T]):
    """The parts so far, the final value, and the methods with which a stream fills them in."""

    __slots__ = ("_deltas", "_done", "_error", "_final_set", "_final_value")

    def __init__(self) -> None:
        self._deltas: list[T] = []
        self._final_value: Any = None
        self._final_set = False
        self._done = False
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """True after the end or the failure of the stream."""
        return self._done

    @property
    def error(self) -> BaseException | None:
        """The error with which the stream failed."""
        return self._error

    def push(self, delta: T) -> None:
        """Append a part."""
        self._deltas.append(delta)

    def complete(self, final_value: Any) -> None:
        """Set the final value and end the projection."""
        self._final_value = final_value
        self._final_set = self._done = True

    def fail(self, error: BaseException) -> None:
        """End the projection with an error."""
        self._error = error
        self._done = True


def _check_text(projection: Any, value: Any, what: str) -> None:
    if not isinstance(value, str):
        name = type(projection).__name__
        raise TypeError(f"{name} requires a string {what}, not {type(value).__name__}")


class SyncProjection(_Projection[T]):
    """A projection that you iterate over with `for`; `get()` returns its final value."""

    __slots__ = ("_ensure_started", "_request_more")

    def __init__(self) -> None:
        """Create an empty projection."""
        super().__init__()
        self._ensure_started: Callable[[], None] | None = None
        self._request_more: Callable[[], bool] | None = None

    def set_start(self, cb: Callable[[], None] | None) -> None:
        """Set the function to call when iteration starts."""
        self._ensure_started = cb

    def set_request_more(self, cb: Callable[[], bool] | None) -> None:
        """Set the function that produces more; it returns False if there is no more."""
        self._request_more = cb

    def __iter__(self) -> Iterator[T]:
        """Yield all parts from the first on, and request more when there are no others."""
        if self._ensure_started is not None:
            self._ensure_started()
        deltas = self._deltas
        cursor = 0
        while True:
            while cursor < len(deltas):
                yield deltas[cursor]
                cursor += 1
            if self._error is not None:
                raise self._error
            if self._done or self._request_more is None:
                return
            while cursor >= len(deltas) and not self._done:
                if not self._request_more():
                    break
            if cursor >= len(deltas) and not self._done:
                return

    def get(self) -> Any:
        """Read the stream to its end and return the final value.

        Raises:
            Exception: The error with which the stream failed.
        """
        if self._ensure_started is not None:
            self._ensure_started()
        if self._request_more is not None:
            while not self._done and self._request_more():
                pass
        if self._error is not None:
            raise self._error
        return self._final_value


class SyncTextProjection(SyncProjection[str]):
    """The text or reasoning of a stream; `str()` reads it to the end."""

    __slots__ = ()

    def push(self, delta: str) -> None:
        """Append text."""
        _check_text(self, delta, "delta")
        self._deltas.append(delta)

    def complete(self, final_value: str) -> None:
        """Set the final text and end the projection."""
        _check_text(self, final_value, "final value")
        super().complete(final_value)

    def get(self) -> str:
        """Read the stream to its end and return the whole text."""
        value: str | None = super().get()
        return "" if value is None else value

    def json(self, select: str | list[str] | None = None, **options: Any) -> Iterator[Any]:
        """Parse the text as JSON while it arrives.

        Args:
            select: A JSONPath, or a list of them, to yield the selected values only.
            **options: Other options of `headrace.json.iter_json`.

        Yields:
            The document so far after each change, or the selected values.
        """
        return iter_json(self, select=select, **options)

    def __str__(self) -> str:
        return self.get()

    def __bool__(self) -> bool:
        return bool(self._deltas)

    def __repr__(self) -> str:
        return repr(self._final_value if self._final_set else "".join(self._deltas))


class _LiveCalls:
    """Parser of the arguments of several tool calls, fed with their chunks."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, PartialJsonParser] = {}

    def feed(self, place: Place, args: str) -> LiveToolCall:
        """Return the call that arguments belong to, with those parsed so far."""
        index, id, name, _ = place
        parser = self._known.get(index)
        if parser is None:
            parser = self._known[index] = PartialJsonParser(fences=False)
        if parser.error is None:
            parser.feed(args)
        return LiveToolCall(index, id, name, parser.value, parser.complete)


Place = tuple[int, Any, Any, Any]
"""The index of a call's block, its id, its name, and the provider's index."""


class _PlacedChunks(_Projection[Any]):
    """Chunks of tool calls, kept as their arguments and the place of their call."""

    __slots__ = ()

    _places: list[Place]

    def push_call(self, place: Place, args: str) -> None:
        """Append arguments of a call."""
        self._places.append(place)
        self.push(args)

    def _chunk(self, position: int) -> dict[str, Any]:
        """Return the chunk at a position."""
        _, id, name, index = self._places[position]
        args = self._deltas[position]
        chunk = {"type": "tool_call_chunk", "id": id, "name": name, "args": args}
        if index is not None:
            chunk["index"] = index
        return chunk

    def _is_chosen(self, position: int, name: str | None, index: int | None) -> bool:
        place = self._places[position]
        return (name is None or place[2] == name) and (index is None or place[0] == index)


class SyncToolCallsProjection(SyncProjection[Any], _PlacedChunks):
    """The tool calls of a stream: chunks as you iterate, finished calls from `get()`."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        """Create an empty projection."""
        super().__init__()
        self._places = []

    def __iter__(self) -> Iterator[Any]:
        """Yield all chunks from the first on."""
        for position, _ in enumerate(super().__iter__()):
            yield self._chunk(position)

    def live(self) -> Iterator[LiveToolCall]:
        """Yield the call that each chunk belongs to, with its arguments parsed so far."""
        calls = _LiveCalls()
        for position, args in enumerate(super().__iter__()):
            yield calls.feed(self._places[position], args)

    def json(
        self,
        select: str | list[str] | None = None,
        *,
        name: str | None = None,
        index: int | None = None,
        **options: Any,
    ) -> Iterator[Any]:
        """Parse the arguments of one tool call while they arrive.

        Args:
            select: A JSONPath, or a list of them, to yield the selected values only.
            name: The name of the tool.
            index: The index of the content block. Without `name` and `index`, it is the first call.
            **options: Other options of `headrace.json.iter_json`.

        Yields:
            The arguments so far after each change, or the selected values.
        """
        return iter_json(self._arguments(name, index), select=select, **options)

    def _arguments(self, name: str | None, index: int | None) -> Iterator[str]:
        for position, args in enumerate(super().__iter__()):
            if self._is_chosen(position, name, index):
                index = self._places[position][0]
                yield args


class AsyncProjection(_Projection[T]):
    """A projection that you iterate over with `async for`; awaiting it returns its final value.

    All its readers and its stream share one event loop.
    """

    __slots__ = ("_arequest_more", "_demand", "_ensure_started", "_waiters")

    def __init__(self) -> None:
        """Create an empty projection."""
        super().__init__()
        self._arequest_more: Callable[[], Awaitable[bool]] | None = None
        self._ensure_started: Callable[[], Awaitable[None]] | None = None
        self._demand: Demand | None = None
        self._waiters: list[asyncio.Future[None]] = []

    def set_start(self, cb: Callable[[], Awaitable[None]] | None) -> None:
        """Set the function to await when reading starts."""
        self._ensure_started = cb

    def set_arequest_more(self, cb: Callable[[], Awaitable[bool]] | None) -> None:
        """Set the function that produces more; it returns False if there is no more."""
        self._arequest_more = cb

    def set_demand(self, demand: Demand | None) -> None:
        """Set the demand that pauses and resumes the producer of the stream."""
        self._demand = demand

    def push(self, delta: T) -> None:
        """Append a part and wake the readers."""
        self._deltas.append(delta)
        if self._waiters:
            self._wake()

    def complete(self, final_value: Any) -> None:
        """Set the final value, end the projection and wake the readers."""
        super().complete(final_value)
        self._wake()

    def fail(self, error: BaseException) -> None:
        """End the projection with an error and wake the readers."""
        super().fail(error)
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _changed(self) -> None:
        """Wait until a part arrives or the projection ends."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        demand = self._demand
        if demand is None:
            await waiter
            return
        demand.readers += 1
        try:
            await waiter
        except asyncio.CancelledError:
            if demand.readers == 1 and not self._done:
                await demand.abandon()
            raise
        finally:
            demand.readers -= 1

    def __aiter__(self) -> AsyncIterator[T]:
        """Return an iterator over all parts from the first on."""
        return _AsyncParts(self)

    def __await__(self) -> Generator[Any, None, Any]:
        """Read the stream to its end and return the final value."""
        return self._final().__await__()

    async def _final(self) -> Any:
        if self._ensure_started is not None:
            await self._ensure_started()
        if self._demand is not None:
            self._demand.request_all()
        while not self._done:
            if self._arequest_more is None:
                await self._changed()
            elif not await self._arequest_more():
                break
        if self._error is not None:
            raise self._error
        return self._final_value


class Demand:
    """The number of events that readers let the producer of a stream run ahead.

    Attributes:
        readers: The number of readers that wait.
    """

    __slots__ = ("_allowed", "_bound", "_close", "_count", "_paused", "readers")

    def __init__(
        self, bound: int, count: Callable[[], int], close: Callable[[], Awaitable[None]]
    ) -> None:
        """Create the demand of a stream.

        Args:
            bound: The number of events to run ahead of a reader.
            count: Returns the number of events so far.
            close: Closes the stream.
        """
        self.readers = 0
        self._bound = bound
        self._count = count
        self._close = close
        self._allowed: float = bound
        self._paused: asyncio.Future[None] | None = None

    def request_more(self) -> None:
        """Allow another `bound` events: a reader has seen all there are."""
        self._allowed = max(self._allowed, self._count() + self._bound)
        self._resume()

    def request_all(self) -> None:
        """Allow any number of events: a reader waits for the end."""
        self._allowed = float("inf")
        self._resume()

    def _resume(self) -> None:
        if self._paused is not None and not self._paused.done():
            self._paused.set_result(None)

    async def wait(self) -> None:
        """Wait until the producer may continue."""
        while self._count() >= self._allowed:
            self._paused = asyncio.get_running_loop().create_future()
            await self._paused

    async def abandon(self) -> None:
        """Close the stream: the task of its only reader is cancelled."""
        await self._close()


class _AsyncParts(AsyncIterator[T]):
    """Iterator over the parts of an async projection."""

    __slots__ = ("_cursor", "_projection")

    def __init__(self, projection: AsyncProjection[T]) -> None:
        self._projection = projection
        self._cursor = 0

    async def __anext__(self) -> T:
        projection = self._projection
        deltas = projection._deltas
        while self._cursor >= len(deltas):
            if projection._error is not None:
                raise projection._error
            if projection._done:
                raise StopAsyncIteration
            if projection._ensure_started is not None:
                await projection._ensure_started()
                if self._cursor < len(deltas):
                    break
            if projection._arequest_more is not None:
                if not await projection._arequest_more() and not projection._done:
                    if self._cursor < len(deltas):
                        break
                    raise StopAsyncIteration
                continue
            if projection._demand is not None:
                projection._demand.request_more()
            if not projection._done:
                await projection._changed()
        item = deltas[self._cursor]
        self._cursor += 1
        if projection._demand is not None and self._cursor == len(deltas):
            projection._demand.request_more()
        return item


class EventLog:
    """The events of a stream, of which deltas of text and arguments are kept as strings.

    Attributes:
        items: Events, and strings for the deltas of a run.
        runs: For each run of such strings, the position of its first, and the index and type of its
            block.
    """

    __slots__ = ("items", "runs")

    def __init__(self, items: list[Any]) -> None:
        """Create a log that appends to `items`."""
        self.items = items
        self.runs: list[tuple[int, int, bool]] = []


class EventReader:
    """The position of a reader in the runs of an event log."""

    __slots__ = ("_index", "_is_text", "_log", "_next", "_start")

    def __init__(self, log: EventLog) -> None:
        """Start at the first event."""
        self._log = log
        self._next = 0
        self._start: float = 0
        self._index = 0
        self._is_text = True

    def event(self, position: int, text: str) -> dict[str, Any]:
        """Return the event of a string; positions only increase.

        Args:
            position: Its position in the log.
            text: The string.
        """
        if position >= self._start:
            runs = self._log.runs
            while self._next < len(runs) and runs[self._next][0] <= position:
                _, self._index, self._is_text = runs[self._next]
                self._next += 1
            # The next run starts after this position, also if it is not known yet.
            self._start = runs[self._next][0] if self._next < len(runs) else position + 1
        return {
            "event": "content-block-delta",
            "index": self._index,
            "delta": {"type": "text-delta", "text": text}
            if self._is_text
            else {"type": "tool-call-delta", "args": text},
        }


class AsyncEventsProjection(AsyncProjection[Any]):
    """The events of a stream."""

    __slots__ = ("log",)

    def __init__(self) -> None:
        """Create an empty projection."""
        super().__init__()
        self.log = EventLog(self._deltas)

    async def _final(self) -> list[Any]:
        await super()._final()
        built = EventReader(self.log).event
        return [built(i, e) if isinstance(e, str) else e for i, e in enumerate(self._deltas)]

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return an iterator over all events from the first on."""
        return _AsyncEvents(self)


class _AsyncEvents(_AsyncParts[Any]):
    """Iterator over events."""

    __slots__ = ("_reader",)

    def __init__(self, projection: AsyncEventsProjection) -> None:
        super().__init__(projection)
        self._reader = EventReader(projection.log)

    async def __anext__(self) -> Any:
        item = await super().__anext__()
        return self._reader.event(self._cursor - 1, item) if item.__class__ is str else item


class _AsyncChunks(_AsyncParts[Any]):
    """Iterator over chunks of tool calls."""

    __slots__ = ()

    _projection: AsyncToolCallsProjection

    async def __anext__(self) -> Any:
        await super().__anext__()
        return self._projection._chunk(self._cursor - 1)


class AsyncTextProjection(AsyncProjection[str]):
    """The text or reasoning of a stream; awaiting it returns all of it."""

    __slots__ = ()

    def push(self, delta: str) -> None:
        """Append text and wake the readers."""
        _check_text(self, delta, "delta")
        super().push(delta)

    def complete(self, final_value: str) -> None:
        """Set the final text and end the projection."""
        _check_text(self, final_value, "final value")
        super().complete(final_value)

    async def _final(self) -> str:
        value: str | None = await super()._final()
        return "" if value is None else value

    def json(self, select: str | list[str] | None = None, **options: Any) -> AsyncIterator[Any]:
        """Parse the text as JSON while it arrives; see `SyncTextProjection.json`."""
        return aiter_json(self, select=select, **options)


class AsyncToolCallsProjection(AsyncProjection[Any], _PlacedChunks):
    """The tool calls of a stream: chunks as you iterate, finished calls when you await it."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        """Create an empty projection."""
        super().__init__()
        self._places = []

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return an iterator over all chunks from the first on."""
        return _AsyncChunks(self)

    async def live(self) -> AsyncIterator[LiveToolCall]:
        """Yield the call that each chunk belongs to, with its arguments parsed so far."""
        calls = _LiveCalls()
        position = 0
        async for args in super().__aiter__():
            yield calls.feed(self._places[position], args)
            position += 1

    def json(
        self,
        select: str | list[str] | None = None,
        *,
        name: str | None = None,
        index: int | None = None,
        **options: Any,
    ) -> AsyncIterator[Any]:
        """Parse the arguments of one tool call; see `SyncToolCallsProjection.json`."""
        return aiter_json(self._arguments(name, index), select=select, **options)

    async def _arguments(self, name: str | None, index: int | None) -> AsyncIterator[str]:
        position = 0
        async for args in super().__aiter__():
            if self._is_chosen(position, name, index):
                index = self._places[position][0]
                yield args
            position += 1
