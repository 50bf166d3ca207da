"""Runs of LangChain's as runs of this library.

A mirror is a handler of LangChain's that starts, for each run it hears of, a run of the same id,
name, kind, tags and metadata here, below the run that the adapter is in. Handlers and event streams
of this library then see what happens inside LangChain's runnables as if it were their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackHandler as TheirAsyncHandler
from langchain_core.callbacks import BaseCallbackHandler as TheirHandler
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.langchain.errors import error_from_langchain
from headrace.langchain.retelling import AsyncRunRetelling, Retelling, RunRetelling
from headrace.langchain.values import value_from_langchain
from headrace.runnables.closing import aclose_all, close_all

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.run import Pressure

__all__ = ["AsyncRunMirror", "AsyncStreamMirror", "Mirror", "RunMirror", "StreamMirror"]


class Mirror(Retelling):
    """What synchronous and asynchronous mirrors have in common.

    Attributes:
        others: Other handlers that look at chunks; LangChain asks only the first it finds.
    """

    run_inline = True
    value = staticmethod(value_from_langchain)
    error = staticmethod(error_from_langchain)

    def __init__(self, manager: BaseCallbackManager, others: Sequence[Any] = ()) -> None:
        """Mirror runs.

        Args:
            manager: What runs without a parent in LangChain are started under.
            others: Handlers of LangChain's that look at chunks too.
        """
        super().__init__(manager)
        self.others = others

    def teller(self, run_id: UUID) -> Callable[[Any], Pressure | None] | None:
        """Give what shows a chunk to those who watch a run; None where nobody does."""
        run = self.runs.get(run_id)
        return None if run is None else run.teller

    def listening(self, run_id: UUID) -> Any:
        """Give the run of a model of whose tokens somebody wants to hear."""
        run = self.runs.get(run_id)
        return run if run is not None and (run.streamers or run.token_handlers) else None


class RunMirror(Mirror, RunRetelling, TheirHandler):
    """Mirrors runs for synchronous code."""

    kind = CallbackManager


class AsyncRunMirror(Mirror, AsyncRunRetelling, TheirAsyncHandler):
    """Mirrors runs for asynchronous code."""

    kind = AsyncCallbackManager


# --- those that look at chunks --------------------------------------------------------------------


class _Tapped:
    """A stream whose chunks are shown as they pass."""

    def __init__(self, tell: Callable[[Any], Pressure | None], source: Iterator[Any]) -> None:
        self._tell = tell
        self._source = source

    def __iter__(self) -> _Tapped:
        return self

    def __next__(self) -> Any:
        chunk = next(self._source)
        pressure = self._tell(value_from_langchain(chunk))
        if pressure is not None:
            pressure.block()
        return chunk

    def close(self) -> None:
        """Close the stream."""
        close_all(self._source)


class _ATapped:
    """An asynchronous stream whose chunks are shown as they pass.

    It is no generator: LangChain closes what it reads from, and leaves this.
    """

    def __init__(self, tell: Callable[[Any], Pressure | None], source: AsyncIterator[Any]) -> None:
        self._tell = tell
        self._source = source

    def __aiter__(self) -> _ATapped:
        return self

    async def __anext__(self) -> Any:
        chunk = await self._source.__anext__()
        pressure = self._tell(value_from_langchain(chunk))
        if pressure is not None:
            await pressure
        return chunk

    async def aclose(self) -> None:
        """Close the stream."""
        await aclose_all(self._source)


class _Tapping(Mirror, _StreamingCallbackHandler[Any]):
    """What makes LangChain show chunks, and models stream where they are asked for all."""

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Give a stream whose chunks are shown to those who watch the run."""
        for handler in self.others:
            output = handler.tap_output_iter(run_id, output)
        tell = self.teller(run_id)
        return output if tell is None else _Tapped(tell, output)

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Give a stream whose chunks are shown to those who watch the run."""
        for handler in self.others:
            output = handler.tap_output_aiter(run_id, output)
        tell = self.teller(run_id)
        return output if tell is None else _ATapped(tell, output)


class StreamMirror(_Tapping, RunMirror):
    """Mirrors runs and what they stream."""


class AsyncStreamMirror(_Tapping, AsyncRunMirror):
    """Mirrors runs and what they stream, for asynchronous code."""
