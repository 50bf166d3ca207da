"""`Watcher`: the base class of observers of a tree of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from headrace.callbacks.observer import Run, RunObserver, RunSink
from headrace.callbacks.taps import OutputTap
from headrace.events.buffer import Buffer
from headrace.events.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from headrace.callbacks.observer import Pressure

__all__ = ["CUSTOM", "END", "ERROR", "START", "STREAM", "Watcher"]

T = TypeVar("T")

START, STREAM, END, ERROR, CUSTOM = (1 << n for n in range(5))
"""The phases of a run, as bits of the filter."""


class _Position:
    """The position of a run in the tree.

    Attributes:
        name: The name of the runnable.
        path: The ids from the root to the run.
        inside: True if it is a descendant of one of `include_parents`.
        sink: The sink of the run, if its chunks are streamed.
    """

    __slots__ = ("inside", "name", "path", "sink")

    def __init__(self, name: str, path: list[str], inside: bool) -> None:
        self.name = name
        self.path = path
        self.inside = inside
        self.sink: RunSink | None = None


class _ExcludedSink(RunSink):
    """The sink of an excluded run, which only handles its end."""

    __slots__ = ("_forget", "_id")

    streams = False
    results = False
    wants_tokens: ClassVar[bool] = False

    def __init__(self, forget: Callable[[UUID], None], run_id: UUID) -> None:
        self._forget = forget
        self._id = run_id

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Mark the run as ended."""
        self._forget(self._id)

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Mark the run as ended."""
        self._forget(self._id)


class Watcher(RunObserver, OutputTap[Any], Generic[T]):
    """Base class of observers that put events of a run and its child runs into a buffer.

    Attributes:
        buffer: Receives the events.
        options: The options of the caller.
        root_id: The id of the root run.
    """

    def __init__(self, buffer: Buffer[T], options: Options, root_id: UUID) -> None:
        self.buffer = buffer
        self.options = options
        self.root_id = root_id
        self._positions: dict[UUID, _Position] = {}

    def __copy__(self) -> Watcher[T]:
        return self

    def __deepcopy__(self, memo: Any) -> Watcher[T]:
        return self

    def run_started(self, run: Run, inputs: Any) -> RunSink:
        """Return the sink of a run that starts, selected by name, type, tags and position."""
        parent = None if run.parent_id is None else self._positions.get(run.parent_id)
        wanted = self.options.include_parents
        if parent is None:
            above = [] if run.parent_id is None else [str(run.parent_id)]
            inside = wanted is None
        else:
            above = parent.path
            inside = parent.inside or (wanted is not None and parent.name in wanted)
        own = str(run.id)
        self._positions[run.id] = _Position(run.name, [*above, own], inside)
        if run.id == self.root_id:
            return self.root_started(run, inputs, own, above, inside)
        if inside:
            phases = self.options.filter.phases(run.name, self.kind(run), run.tags)
            if phases:
                sink = self.started(run, inputs, own, above, phases)
                if sink.streams:
                    self._positions[run.id].sink = sink
                return sink
        return self.excluded_sink(run.id)

    async def tap_output_aiter(
        self, run_id: UUID, output: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield the chunks of a run, and emit an event for each.

        Args:
            run_id: The id of the run.
            output: The chunks.

        Yields:
            The chunks.
        """
        sink = self._take_sink(run_id)
        async for chunk in output:
            pressure = None if sink is None else sink.streamed(chunk)
            if pressure is not None:
                await pressure
            yield chunk

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Yield the chunks of a run, and emit an event for each.

        Args:
            run_id: The id of the run.
            output: The chunks.

        Yields:
            The chunks.
        """
        sink = self._take_sink(run_id)
        for chunk in output:
            pressure = None if sink is None else sink.streamed(chunk)
            if pressure is not None:
                pressure.block()
            yield chunk

    def _take_sink(self, run_id: UUID) -> RunSink | None:
        """Return the sink of a run, once: a run that is tapped twice emits each chunk once."""
        position = self._positions.get(run_id)
        if position is None:
            return None
        sink, position.sink = position.sink, None
        return sink

    def excluded_sink(self, run_id: UUID) -> RunSink:
        """Return the sink of an excluded run."""
        return _ExcludedSink(self.forget, run_id)

    def kind(self, run: Run) -> str:
        """Return the type of a run that filters apply to."""
        return run.kind

    def root_started(
        self, run: Run, inputs: Any, run_id: str, above: list[str], inside: bool
    ) -> RunSink:
        """Return the sink of the root."""
        raise NotImplementedError

    def started(self, run: Run, inputs: Any, run_id: str, above: list[str], phases: int) -> RunSink:
        """Return the sink of an included run, for its included phases."""
        raise NotImplementedError

    def root_receiver(self) -> Callable[[Any], Pressure | None] | None:
        """Return the function to call for each chunk of the root; called at the first chunk.

        Returns:
            A function like `RunSink.streamed`; None if chunks are not needed.
        """
        raise NotImplementedError

    def root_ended(self, failure: BaseException | None) -> None:
        """Handle the end of the stream, after the last event.

        Args:
            failure: The exception, if the stream failed.
        """

    def forget(self, run_id: UUID) -> None:
        """Remove a run that has ended."""
        self._positions.pop(run_id, None)

    def place(self, run_id: UUID) -> tuple[list[str], bool]:
        """Return the ids of the ancestors of an active run, and True if its events are included."""
        place = self._positions.get(run_id)
        if place is None:
            return [], self.options.include_parents is None
        wanted = self.options.include_parents
        return place.path[:-1], place.inside or (wanted is not None and place.name in wanted)
