"""LangChain runs as headrace runs.

A mirror is a LangChain handler. For each run it starts a headrace run with the same id, name, type,
tags and metadata, as a child of the run that contains the adapter. Headrace handlers and event
streams then see the steps inside LangChain runnables like their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackHandler as TheirAsyncHandler
from langchain_core.callbacks import BaseCallbackHandler as TheirHandler
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.langchain.errors import error_from_langchain
from headrace.langchain.run_forwarding import AsyncRunForwarder, RunForwarder, SyncRunForwarder
from headrace.langchain.values import value_from_langchain
from headrace.runnables.closing import aclose_all, close_all

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.observer import Pressure

__all__ = ["AsyncRunMirror", "AsyncStreamMirror", "Mirror", "RunMirror", "StreamMirror"]


class Mirror(RunForwarder):
    """Base class of sync and async mirrors.

    Attributes:
        others: Other streaming handlers, to which this one passes streams, since LangChain calls
            only the first.
    """

    run_inline = True
    value = staticmethod(value_from_langchain)
    error = staticmethod(error_from_langchain)

    def __init__(self, manager: BaseCallbackManager, others: Sequence[Any] = ()) -> None:
        """Initialize the mirror.

        Args:
            manager: The callback manager that starts runs without a parent in LangChain.
            others: Other LangChain handlers that read chunks.
        """
        super().__init__(manager)
        self.others = others

    def chunk_emitter(self, run_id: UUID) -> Callable[[Any], Pressure | None] | None:
        """Return a function that emits a chunk of a run; None without observers."""
        run = self.runs.get(run_id)
        return None if run is None else run.emit_chunk

    def token_run(self, run_id: UUID) -> Any:
        """Return the run of a model if a handler needs its tokens."""
        run = self.runs.get(run_id)
        return run if run is not None and (run.streamers or run.token_handlers) else None


class RunMirror(Mirror, SyncRunForwarder, TheirHandler):
    """A mirror for sync code."""

    kind = CallbackManager


class AsyncRunMirror(Mirror, AsyncRunForwarder, TheirAsyncHandler):
    """A mirror for async code."""

    kind = AsyncCallbackManager


# --- mirrors of streams ---------------------------------------------------------------------------


class _EmittingStream:
    """A stream whose chunks are emitted as they are read."""

    def __init__(self, emit: Callable[[Any], Pressure | None], source: Iterator[Any]) -> None:
        self._emit = emit
        self._source = source

    def __iter__(self) -> _EmittingStream:
        return self

    def __next__(self) -> Any:
        chunk = next(self._source)
        pressure = self._emit(value_from_langchain(chunk))
        if pressure is not None:
            pressure.block()
        return chunk

    def close(self) -> None:
        """Close the stream."""
        close_all(self._source)


class _AsyncEmittingStream:
    """An async stream whose chunks are emitted as they are read.

    It is a class instead of a generator because LangChain closes its source, but not this stream.
    """

    def __init__(self, emit: Callable[[Any], Pressure | None], source: AsyncIterator[Any]) -> None:
        self._emit = emit
        self._source = source

    def __aiter__(self) -> _AsyncEmittingStream:
        return self

    async def __anext__(self) -> Any:
        chunk = await self._source.__anext__()
        pressure = self._emit(value_from_langchain(chunk))
        if pressure is not None:
            await pressure
        return chunk

    async def aclose(self) -> None:
        """Close the stream."""
        await aclose_all(self._source)


class _StreamingMixin(Mirror, _StreamingCallbackHandler[Any]):
    """A mixin that makes LangChain pass on chunks, and makes models stream when invoked."""

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Wrap a stream so that its chunks are emitted to the observers of the run."""
        for handler in self.others:
            output = handler.tap_output_iter(run_id, output)
        emit = self.chunk_emitter(run_id)
        return output if emit is None else _EmittingStream(emit, output)

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Wrap a stream so that its chunks are emitted to the observers of the run."""
        for handler in self.others:
            output = handler.tap_output_aiter(run_id, output)
        emit = self.chunk_emitter(run_id)
        return output if emit is None else _AsyncEmittingStream(emit, output)


class StreamMirror(_StreamingMixin, RunMirror):
    """A mirror of runs and their chunks."""


class AsyncStreamMirror(_StreamingMixin, AsyncRunMirror):
    """A mirror of runs and their chunks, for async code."""
