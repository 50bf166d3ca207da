"""Tracers that call functions when the first run that they see starts, ends or fails."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from headrace.tracers.base import AsyncBaseTracer, BaseTracer
from headrace.tracers.schemas import Run

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["AsyncListener", "AsyncRootListenersTracer", "Listener", "RootListenersTracer"]

Listener: TypeAlias = Union[Callable[[Run], None], Callable[[Run, Any], None]]  # noqa: UP007
AsyncListener: TypeAlias = Union[  # noqa: UP007
    Callable[[Run], Awaitable[None]], Callable[[Run, Any], Awaitable[None]]
]


def _call(listener: Callable[..., Any] | None, run: Run, config: Any) -> Any:
    if listener is None:
        return None
    if len(inspect.signature(listener).parameters) > 1:
        return listener(run, config)
    return listener(run)


class RootListenersTracer(BaseTracer):
    """Tracer that calls functions for the first run that it sees."""

    log_missing_parent = False

    def __init__(
        self,
        *,
        config: Any,
        on_start: Listener | None,
        on_end: Listener | None,
        on_error: Listener | None,
    ) -> None:
        """Create a tracer; the functions receive the run, and `config` if they take it."""
        super().__init__(_schema_format="original+chat")
        self.config = config
        self.root_id: UUID | None = None
        self._on_start, self._on_end, self._on_error = on_start, on_end, on_error

    def _persist_run(self, run: Run) -> None:
        pass

    def _on_run_create(self, run: Run) -> None:
        if self.root_id is None:
            self.root_id = run.id
            _call(self._on_start, run, self.config)

    def _on_run_update(self, run: Run) -> None:
        if run.id == self.root_id:
            _call(self._on_end if run.error is None else self._on_error, run, self.config)


class AsyncRootListenersTracer(AsyncBaseTracer):
    """Async tracer that awaits functions for the first run that it sees."""

    log_missing_parent = False

    def __init__(
        self,
        *,
        config: Any,
        on_start: AsyncListener | None,
        on_end: AsyncListener | None,
        on_error: AsyncListener | None,
    ) -> None:
        """Create a tracer; the functions receive the run, and `config` if they take it."""
        super().__init__(_schema_format="original+chat")
        self.config = config
        self.root_id: UUID | None = None
        self._on_start, self._on_end, self._on_error = on_start, on_end, on_error

    async def _persist_run(self, run: Run) -> None:
        pass

    async def _on_run_create(self, run: Run) -> None:
        if self.root_id is None:
            self.root_id = run.id
            await self._acall(self._on_start, run)

    async def _on_run_update(self, run: Run) -> None:
        if run.id == self.root_id:
            await self._acall(self._on_end if run.error is None else self._on_error, run)

    async def _acall(self, listener: AsyncListener | None, run: Run) -> None:
        answer = _call(listener, run, self.config)
        if answer is not None:
            await answer
