"""Runs of this library as runs of LangChain's.

A bridge is a handler of this library that starts, for each run it hears of, a run of the same id,
name, kind, tags and metadata with LangChain's handlers, and shows its chunks to those of them that
look at chunks: LangChain's event streams, its log, LangGraph's streams of messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManager as TheirAsyncManager
from langchain_core.callbacks import CallbackManager as TheirManager
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.run import Pressure, Run, RunObserver, RunSink
from headrace.langchain.errors import error_to_langchain
from headrace.langchain.retelling import AsyncRunRetelling, Retelling, RunRetelling
from headrace.langchain.values import value_to_langchain
from headrace.runnables.closing import close_all

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.callbacks.base import BaseCallbackManager as TheirBaseManager

__all__ = ["AsyncRunBridge", "Bridge", "RunBridge"]

_MODELS = ("chat_model", "llm")
_END = object()


class _Feed:
    """A stream that gives what was put into it, one at a time."""

    __slots__ = ("chunk",)

    def __init__(self) -> None:
        self.chunk: Any = _END

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> Any:
        chunk, self.chunk = self.chunk, _END
        if chunk is _END:
            raise StopIteration
        return chunk


class _Taps(RunSink):
    """Hands the chunks of a run to LangChain's handlers that look at chunks.

    Those expect to sit in the middle of a stream that is being read. Each is given a stream of its
    own, which is fed with a chunk and read for it.
    """

    __slots__ = ("_handlers", "_run_id", "_taps")

    results: bool = False
    inputs: ClassVar[bool] = False

    def __init__(self, handlers: Sequence[Any], run_id: UUID) -> None:
        self._handlers = handlers
        self._run_id = run_id
        self._taps: list[tuple[_Feed, Iterator[Any]]] | None = None

    def streamed(self, chunk: Any) -> Pressure | None:
        """Show a chunk."""
        if self._taps is None:
            # not before the first chunk: by now the handlers have heard of the run
            feeds = [_Feed() for _ in self._handlers]
            self._taps = [
                (feed, handler.tap_output_iter(self._run_id, feed))
                for feed, handler in zip(feeds, self._handlers, strict=True)
            ]
        other = value_to_langchain(chunk)
        for feed, tap in self._taps:
            feed.chunk = other
            next(tap, None)
        return None

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """The run came to its end."""
        close_all(*(tap for _, tap in self._taps or ()))

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """The run failed, or was closed before its end."""
        close_all(*(tap for _, tap in self._taps or ()))


class Bridge(Retelling, RunObserver):
    """What synchronous and asynchronous bridges have in common."""

    value = staticmethod(value_to_langchain)
    error = staticmethod(error_to_langchain)

    def __init__(self, manager: TheirBaseManager) -> None:
        """Tell LangChain's handlers of runs.

        Args:
            manager: What runs without a parent here are started under.
        """
        super().__init__(manager)
        self._all = _streaming(manager.handlers)
        self._inherited = _streaming(manager.inheritable_handlers)
        self.wants_tokens = bool(self._all)
        self.watches_streams = bool(self._all)

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        """Look at the chunks of a run, where a handler does; models tell of theirs as tokens."""
        if run.kind in _MODELS:
            return None
        handlers = self._inherited if run.parent_id in self.runs else self._all
        return _Taps(handlers, run.id) if handlers else None


def _streaming(handlers: Sequence[Any]) -> list[Any]:
    return [handler for handler in handlers if isinstance(handler, _StreamingCallbackHandler)]


class RunBridge(RunRetelling, Bridge):
    """Tells of runs from synchronous code."""

    kind = TheirManager


class AsyncRunBridge(AsyncRunRetelling, Bridge):
    """Tells of runs from asynchronous code."""

    kind = TheirAsyncManager
