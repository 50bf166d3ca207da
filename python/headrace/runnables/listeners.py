"""Listeners: functions called when a run of a runnable starts, ends or fails."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from headrace.callbacks.record import RunRecord, RunRecorder
from headrace.runnables.config import RunnableConfig
from headrace.runnables.runnable import Runnable

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.runnables.binding import RunnableBinding

__all__ = ["AsyncListener", "Listener", "with_alisteners", "with_listeners"]

Listener: TypeAlias = Union[  # noqa: UP007 - an alias
    Callable[[RunRecord], None], Callable[[RunRecord, RunnableConfig], None]
]
AsyncListener: TypeAlias = Union[  # noqa: UP007 - an alias
    Callable[[RunRecord], Awaitable[None]], Callable[[RunRecord, RunnableConfig], Awaitable[None]]
]


def _takes_config(listener: Callable[..., Any]) -> bool:
    return len(inspect.signature(listener).parameters) > 1


class _RootListeners(RunRecorder):
    """A handler that calls listeners for its own run, not for child runs."""

    run_inline = False

    def __init__(
        self,
        config: RunnableConfig,
        on_start: Callable[..., Any] | None,
        on_end: Callable[..., Any] | None,
        on_error: Callable[..., Any] | None,
    ) -> None:
        super().__init__()
        self._config = config
        self._on_start = on_start
        self._on_end = on_end
        self._on_error = on_error

    def _call(self, listener: Callable[..., Any] | None, run_id: UUID) -> Any:
        record = self.records.get(run_id)
        if listener is None or record is None or record is not self.roots[0]:
            return None
        return listener(record, self._config) if _takes_config(listener) else listener(record)

    def _on_any_start(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        self._call(self._on_start, run_id)

    def _on_any_end(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        self._call(self._on_end, run_id)

    def _on_any_error(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        self._call(self._on_error, run_id)

    if not TYPE_CHECKING:
        on_chain_start = on_llm_start = on_chat_model_start = _on_any_start
        on_tool_start = on_retriever_start = _on_any_start
        on_chain_end = on_llm_end = on_tool_end = on_retriever_end = _on_any_end
        on_chain_error = on_llm_error = on_tool_error = on_retriever_error = _on_any_error


class _AsyncRootListeners(_RootListeners):
    """The async version of `_RootListeners`."""

    async def _aon_any_start(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        await self._acall(self._on_start, run_id)

    async def _aon_any_end(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        await self._acall(self._on_end, run_id)

    async def _aon_any_error(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        await self._acall(self._on_error, run_id)

    async def _acall(self, listener: Callable[..., Any] | None, run_id: UUID) -> None:
        awaitable = self._call(listener, run_id)
        if awaitable is not None:
            await awaitable

    if not TYPE_CHECKING:
        on_chain_start = on_llm_start = on_chat_model_start = _aon_any_start
        on_tool_start = on_retriever_start = _aon_any_start
        on_chain_end = on_llm_end = on_tool_end = on_retriever_end = _aon_any_end
        on_chain_error = on_llm_error = on_tool_error = on_retriever_error = _aon_any_error


def with_listeners(
    runnable: Runnable[Any, Any],
    on_start: Listener | None,
    on_end: Listener | None,
    on_error: Listener | None,
) -> RunnableBinding[Any, Any]:
    """Bind listeners to a runnable; see `Runnable.with_listeners`."""
    return _bind(runnable, _RootListeners, on_start, on_end, on_error)


def with_alisteners(
    runnable: Runnable[Any, Any],
    on_start: AsyncListener | None,
    on_end: AsyncListener | None,
    on_error: AsyncListener | None,
) -> RunnableBinding[Any, Any]:
    """Bind async listeners to a runnable; see `Runnable.with_alisteners`."""
    return _bind(runnable, _AsyncRootListeners, on_start, on_end, on_error)


def _bind(
    runnable: Runnable[Any, Any], kind: type[_RootListeners], *listeners: Any
) -> RunnableBinding[Any, Any]:
    from headrace.runnables.binding import RunnableBinding

    def factory(config: RunnableConfig) -> RunnableConfig:
        return {"callbacks": [kind(config, *listeners)]}

    if isinstance(runnable, RunnableBinding):
        return runnable._with(config_factories=[*runnable.config_factories, factory])
    return RunnableBinding(bound=runnable, config_factories=[factory])
