"""Handlers that observe the chunks of runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, TypeVar, runtime_checkable
from uuid import UUID

__all__ = ["BlockEventTap", "OutputTap"]

T = TypeVar("T")


@runtime_checkable
class OutputTap(Protocol[T]):
    """A handler that observes the chunks of a run and passes them on.

    A model whose run has such a handler streams even if its caller requests the complete answer.
    """

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[T]) -> AsyncIterator[T]:
        """Return an iterator over the chunks of a run, which passes them on."""
        ...

    def tap_output_iter(self, run_id: UUID, output: Iterator[T]) -> Iterator[T]:
        """Return an iterator over the chunks of a run, which passes them on."""
        ...


class BlockEventTap:
    """Marker base class of handlers that request content-block events.

    A chat model whose run has such a handler streams, and emits `on_stream_event` in place of
    `on_llm_new_token`, even if its caller requests the complete answer.
    """
