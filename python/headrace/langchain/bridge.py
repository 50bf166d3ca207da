"""Headrace runs as LangChain runs.

A bridge is a headrace handler. For each run it starts a run with the same id, name, type, tags and
metadata with LangChain's handlers. It passes chunks to the handlers that read them: LangChain's
event streams, its log, and LangGraph's message streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManager as TheirAsyncManager
from langchain_core.callbacks import CallbackManager as TheirManager
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.observer import Pressure, Run, RunObserver, RunSink
from headrace.langchain.errors import error_to_langchain
from headrace.langchain.run_forwarding import AsyncRunForwarder, RunForwarder, SyncRunForwarder
from headrace.langchain.values import value_to_langchain
from headrace.runnables.closing import close_all

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.callbacks.base import BaseCallbackManager as TheirBaseManager

__all__ = ["AsyncRunBridge", "Bridge", "RunBridge"]

_MODELS = ("chat_model", "llm")
_END = object()


class _PushStream:
    """A stream that yields the items put into it, one at a time."""

    __slots__ = ("chunk",)

    def __init__(self) -> None:
        self.chunk: Any = _END

    def __iter__(self) -> _PushStream:
        return self

    def __next__(self) -> Any:
        chunk, self.chunk = self.chunk, _END
        if chunk is _END:
            raise StopIteration
        return chunk


class _ChunkSink(RunSink):
    """A sink that passes the chunks of a run to LangChain's streaming handlers.

    These handlers wrap a stream that is being read. Each gets its own stream, which receives a
    chunk and is then read.
    """

    __slots__ = ("_handlers", "_run_id", "_streams")

    results: bool = False
    inputs: ClassVar[bool] = False

    def __init__(self, handlers: Sequence[Any], run_id: UUID) -> None:
        self._handlers = handlers
        self._run_id = run_id
        self._streams: list[tuple[_PushStream, Iterator[Any]]] | None = None

    def streamed(self, chunk: Any) -> Pressure | None:
        """Pass a chunk to the handlers."""
        if self._streams is None:
            # Created at the first chunk, when the handlers have been notified of the run.
            feeds = [_PushStream() for _ in self._handlers]
            self._streams = [
                (feed, handler.tap_output_iter(self._run_id, feed))
                for feed, handler in zip(feeds, self._handlers, strict=True)
            ]
        other = value_to_langchain(chunk)
        for feed, tap in self._streams:
            feed.chunk = other
            next(tap, None)
        return None

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Close the streams at the end of the run."""
        close_all(*(tap for _, tap in self._streams or ()))

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Close the streams if the run failed or was closed early."""
        close_all(*(tap for _, tap in self._streams or ()))


class Bridge(RunForwarder, RunObserver):
    """Base class of sync and async bridges."""

    value = staticmethod(value_to_langchain)
    error = staticmethod(error_to_langchain)

    def __init__(self, manager: TheirBaseManager) -> None:
        """Initialize the bridge.

        Args:
            manager: The callback manager that starts runs without a parent.
        """
        super().__init__(manager)
        self._all = _streaming(manager.handlers)
        self._inherited = _streaming(manager.inheritable_handlers)
        self.wants_tokens = bool(self._all)
        self.watches_streams = bool(self._all)

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        """Return a sink if a handler reads chunks; models emit their chunks as tokens."""
        if run.kind in _MODELS:
            return None
        handlers = self._inherited if run.parent_id in self.runs else self._all
        return _ChunkSink(handlers, run.id) if handlers else None


def _streaming(handlers: Sequence[Any]) -> list[Any]:
    return [handler for handler in handlers if isinstance(handler, _StreamingCallbackHandler)]


class RunBridge(SyncRunForwarder, Bridge):
    """A bridge for sync code."""

    kind = TheirManager


class AsyncRunBridge(AsyncRunForwarder, Bridge):
    """A bridge for async code."""

    kind = TheirAsyncManager
