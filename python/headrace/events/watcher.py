"""Watching a tree of runs: which run is where, and which are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from headrace.callbacks.run import Run, RunObserver, RunSink
from headrace.callbacks.taps import OutputTap
from headrace.events.buffer import Buffer
from headrace.events.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from headrace.callbacks.run import Pressure

__all__ = ["CUSTOM", "END", "ERROR", "START", "STREAM", "Watcher"]

T = TypeVar("T")

START, STREAM, END, ERROR, CUSTOM = (1 << n for n in range(5))
"""The phases of a run, as the filter gives them."""


class _Place:
    """Where a run is in the tree.

    Attributes:
        name: What its runnable is called.
        path: The ids from the root to it.
        inside: Whether it is below one of the runs that are asked for.
        sink: The sink of the run, if its chunks are wanted.
    """

    __slots__ = ("inside", "name", "path", "sink")

    def __init__(self, name: str, path: list[str], inside: bool) -> None:
        self.name = name
        self.path = path
        self.inside = inside
        self.sink: RunSink | None = None


class _Unwatched(RunSink):
    """Of a run that is not wanted: hears only that it is over."""

    __slots__ = ("_forget", "_id")

    streams = False
    results = False
    wants_tokens: ClassVar[bool] = False

    def __init__(self, forget: Callable[[UUID], None], run_id: UUID) -> None:
        self._forget = forget
        self._id = run_id

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """The run is over."""
        self._forget(self._id)

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """The run is over."""
        self._forget(self._id)


class Watcher(RunObserver, OutputTap[Any], Generic[T]):
    """Watches a run and those below it, and puts what it tells of them into a buffer.

    Attributes:
        buffer: Where it is put.
        options: What the caller asked for.
        root_id: The run that everything starts with.
    """

    def __init__(self, buffer: Buffer[T], options: Options, root_id: UUID) -> None:
        self.buffer = buffer
        self.options = options
        self.root_id = root_id
        self._places: dict[UUID, _Place] = {}

    def __copy__(self) -> Watcher[T]:
        return self

    def __deepcopy__(self, memo: Any) -> Watcher[T]:
        return self

    def run_started(self, run: Run, inputs: Any) -> RunSink:
        """Decide about a run that starts: once, by its name, kind, tags and place."""
        parent = None if run.parent_id is None else self._places.get(run.parent_id)
        wanted = self.options.include_parents
        if parent is None:
            above = [] if run.parent_id is None else [str(run.parent_id)]
            inside = wanted is None
        else:
            above = parent.path
            inside = parent.inside or (wanted is not None and parent.name in wanted)
        own = str(run.id)
        self._places[run.id] = _Place(run.name, [*above, own], inside)
        if run.id == self.root_id:
            return self.root_started(run, inputs, own, above, inside)
        if inside:
            phases = self.options.filter.phases(run.name, self.kind(run), run.tags)
            if phases:
                sink = self.started(run, inputs, own, above, phases)
                if sink.streams:
                    self._places[run.id].sink = sink
                return sink
        return self.unwatched(run.id)

    async def tap_output_aiter(
        self, run_id: UUID, output: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Pass on what a run streams, and tell of each chunk.

        Args:
            run_id: The run.
            output: Its chunks.

        Yields:
            The chunks.
        """
        sink = self._tapped(run_id)
        async for chunk in output:
            pressure = None if sink is None else sink.streamed(chunk)
            if pressure is not None:
                await pressure
            yield chunk

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Pass on what a run streams, and tell of each chunk.

        Args:
            run_id: The run.
            output: Its chunks.

        Yields:
            The chunks.
        """
        sink = self._tapped(run_id)
        for chunk in output:
            pressure = None if sink is None else sink.streamed(chunk)
            if pressure is not None:
                pressure.block()
            yield chunk

    def _tapped(self, run_id: UUID) -> RunSink | None:
        """Return the sink of a run, once: a run that is tapped twice is told of once."""
        place = self._places.get(run_id)
        if place is None:
            return None
        sink, place.sink = place.sink, None
        return sink

    def unwatched(self, run_id: UUID) -> RunSink:
        """Hear of nothing but the end of a run."""
        return _Unwatched(self.forget, run_id)

    def kind(self, run: Run) -> str:
        """Give the kind of a run as it is filtered by."""
        return run.kind

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Begin to tell of the root."""
        raise NotImplementedError

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Begin to tell of a run that is wanted, of those of its phases that are."""
        raise NotImplementedError

    def root_teller(self) -> Callable[[Any], Pressure | None] | None:
        """Give what whoever runs the root calls for each of its chunks, at the first one.

        Returns:
            What answers as `RunSink.streamed`; None where nobody wants to know.
        """
        raise NotImplementedError

    def root_ended(self, failure: BaseException | None) -> None:
        """What was run has come to its end: nothing more is told.

        Args:
            failure: Why, where it failed.
        """

    def forget(self, run_id: UUID) -> None:
        """A run is over."""
        self._places.pop(run_id, None)

    def place(self, run_id: UUID) -> tuple[list[str], bool]:
        """Give the ids above a run that is going on, and whether its events are asked for."""
        place = self._places.get(run_id)
        if place is None:
            return [], self.options.include_parents is None
        wanted = self.options.include_parents
        return place.path[:-1], place.inside or (wanted is not None and place.name in wanted)
