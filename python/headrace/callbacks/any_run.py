"""Base classes of the run managers.

Each has a sync and an async version; their shared logic is in `BaseRunManager`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.base import BaseCallbackHandler, RunManagerMixin
from headrace.callbacks.dispatch import (
    ahandle_event,
    ahandle_to_the_end,
    handle_event,
    hears,
)
from headrace.callbacks.run import RunObserver
from headrace.callbacks.taps import OutputTap
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
    from headrace.callbacks.run import Pressure, RunSink

__all__ = [
    "AsyncParentRunManager",
    "AsyncRunManager",
    "BaseRunManager",
    "ParentRunManager",
    "RunManager",
]


class BaseRunManager(RunManagerMixin):
    """An active run: its id, its handlers, and what child runs inherit.

    Attributes:
        run_id: The id of the run.
        parent_run_id: The id of the parent run.
        handlers: Handlers of this run's events.
        inheritable_handlers: Handlers that child runs inherit.
        tags: Tags of the run.
        inheritable_tags: Tags that child runs inherit.
        metadata: Metadata of the run.
        inheritable_metadata: Metadata that child runs inherit.
        sinks: The sinks of observers that watch the whole run.
        streamers: The sinks that receive chunks.
        token_handlers: The handlers of model tokens.
    """

    __slots__ = (
        "handlers",
        "inheritable_handlers",
        "inheritable_metadata",
        "inheritable_tags",
        "metadata",
        "parent_run_id",
        "run_id",
        "sinks",
        "streamers",
        "tags",
        "token_handlers",
    )

    def __init__(
        self,
        *,
        run_id: UUID,
        handlers: list[BaseCallbackHandler],
        inheritable_handlers: list[BaseCallbackHandler],
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        inheritable_tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inheritable_metadata: dict[str, Any] | None = None,
        sinks: Sequence[RunSink] = (),
    ) -> None:
        """Create a manager for a run that has started; for the arguments, see the attributes."""
        self.run_id = run_id
        self.handlers = handlers
        self.inheritable_handlers = inheritable_handlers
        self.parent_run_id = parent_run_id
        self.tags: list[str] = tags or []
        self.inheritable_tags: list[str] = inheritable_tags or []
        self.metadata: dict[str, Any] = metadata or {}
        self.inheritable_metadata: dict[str, Any] = inheritable_metadata or {}
        self.sinks: Sequence[RunSink] = sinks
        self.streamers = [sink for sink in sinks if sink.streams] if sinks else sinks
        self.token_handlers = [h for h in handlers if hears(h, "on_llm_new_token", "ignore_llm")]

    @classmethod
    def get_noop_manager(cls) -> Self:
        """Return a manager for a run without handlers."""
        return cls(run_id=uuid7(), handlers=[], inheritable_handlers=[])

    def streamed(self, chunk: Any) -> Pressure | None:
        """Pass a chunk of output to the sinks.

        Returns:
            Backpressure that the producer must wait for, or None. If several sinks are full, it is
            that of one of them; the others report again at the next chunk.
        """
        pressure: Pressure | None = None
        for sink in self.streamers:
            answer = sink.streamed(chunk)
            if answer is not None:
                pressure = answer
        return pressure

    @property
    def teller(self) -> Callable[[Any], Pressure | None] | None:
        """The function that passes chunks to the sinks, or None if no sink receives chunks."""
        if not self.streamers:
            return None
        return self.streamers[0].teller() if len(self.streamers) == 1 else self.streamed

    def wants_results(self, kind: str = "chain") -> bool:
        """Return True if a sink or handler needs the complete output of the run.

        Args:
            kind: The kind of run in handler method names: `chain`, `llm`, `tool` or `retriever`.
        """
        if any(sink.results for sink in self.sinks):
            return True
        return self._told_results(kind)

    def wants_inputs(self) -> bool:
        """Return True if a sink or handler needs the complete input of a streamed run."""
        if any(sink.results and sink.inputs for sink in self.sinks):
            return True
        return self._told_results("chain")

    def _told_results(self, kind: str) -> bool:
        ignored = f"ignore_{kind}"
        return any(
            hears(handler, f"on_{kind}_end", ignored) or hears(handler, f"on_{kind}_error", ignored)
            for handler in self.handlers
        )

    @property
    def wants_tokens(self) -> bool:
        """If true, the model streams even if its caller does not."""
        return any(sink.wants_tokens for sink in self.streamers) or any(
            getattr(handler, "wants_tokens", False)
            # An observer answers by its sinks.
            or (isinstance(handler, OutputTap) and not isinstance(handler, RunObserver))
            for handler in self.handlers
        )

    def _state(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "handlers": self.handlers,
            "inheritable_handlers": self.inheritable_handlers,
            "parent_run_id": self.parent_run_id,
            "tags": self.tags,
            "inheritable_tags": self.inheritable_tags,
            "metadata": self.metadata,
            "inheritable_metadata": self.inheritable_metadata,
            "sinks": self.sinks,
        }

    def _own_sinks(self) -> Sequence[RunSink]:
        """Return the sinks of the observers among the handlers.

        LangGraph copies a run, gives each copy a part of its handlers, and ends both.
        """
        if self.sinks and any(isinstance(handler, RunObserver) for handler in self.handlers):
            return self.sinks
        return ()

    def _ended(self, outputs: Any, inputs: Any = None) -> None:
        for sink in self._own_sinks():
            sink.ended(outputs, inputs)

    def _failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        for sink in self._own_sinks():
            if outputs is None:
                sink.failed(error, inputs)
            else:
                sink.failed(error, inputs, outputs)


class RunManager(BaseRunManager):
    """A synchronous run."""

    __slots__ = ()

    def _tell(self, event: str, ignored_by: str | None, *args: Any, **kwargs: Any) -> None:
        if self.handlers:
            handle_event(
                self.handlers,
                event,
                ignored_by,
                *args,
                run_id=self.run_id,
                parent_run_id=self.parent_run_id,
                tags=self.tags,
                **kwargs,
            )

    def on_text(self, text: str, **kwargs: Any) -> None:
        """Emit `text` of the run."""
        self._tell("on_text", None, text, **kwargs)

    def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Emit a retry of the run."""
        self._tell("on_retry", "ignore_retry", retry_state, **kwargs)


class ParentRunManager(RunManager):
    """A synchronous run that may start others."""

    __slots__ = ()

    def get_child(self, tag: str | None = None) -> CallbackManager:
        """Return the manager that starts child runs.

        Args:
            tag: A tag for the next run only.

        Returns:
            A manager with the inheritable handlers, tags and metadata.
        """
        from headrace.callbacks.managers import CallbackManager

        return _child(CallbackManager, self, tag)


class AsyncRunManager(BaseRunManager):
    """An asynchronous run."""

    __slots__ = ()

    async def _tell(self, event: str, ignored_by: str | None, *args: Any, **kwargs: Any) -> None:
        if self.handlers:
            await ahandle_event(
                self.handlers,
                event,
                ignored_by,
                *args,
                run_id=self.run_id,
                parent_run_id=self.parent_run_id,
                tags=self.tags,
                **kwargs,
            )

    async def _close(self, event: str, ignored_by: str | None, *args: Any, **kwargs: Any) -> None:
        """Emit the end of the run, even if its task is being cancelled."""
        if any(hears(handler, event, ignored_by) for handler in self.handlers):
            await ahandle_to_the_end(
                self.handlers,
                event,
                ignored_by,
                *args,
                run_id=self.run_id,
                parent_run_id=self.parent_run_id,
                tags=self.tags,
                **kwargs,
            )

    def get_sync(self) -> RunManager:
        """Return a sync manager for the same run."""
        return RunManager(**self._state())

    async def on_text(self, text: str, **kwargs: Any) -> None:
        """Emit `text` of the run."""
        await self._tell("on_text", None, text, **kwargs)

    async def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Emit a retry of the run."""
        await self._tell("on_retry", "ignore_retry", retry_state, **kwargs)


class AsyncParentRunManager(AsyncRunManager):
    """An asynchronous run that may start others."""

    __slots__ = ()

    def get_child(self, tag: str | None = None) -> AsyncCallbackManager:
        """Return the manager that starts child runs.

        Args:
            tag: A tag for the next run only.

        Returns:
            A manager with the inheritable handlers, tags and metadata.
        """
        from headrace.callbacks.managers import AsyncCallbackManager

        return _child(AsyncCallbackManager, self, tag)


ManagerT = TypeVar("ManagerT", "CallbackManager", "AsyncCallbackManager")


def _child(kind: type[ManagerT], run: BaseRunManager, tag: str | None) -> ManagerT:
    tags = run.inheritable_tags.copy()
    if tag is not None:
        tags.append(tag)
    return kind(
        handlers=run.inheritable_handlers.copy(),
        inheritable_handlers=run.inheritable_handlers.copy(),
        parent_run_id=run.run_id,
        tags=tags,
        inheritable_tags=run.inheritable_tags.copy(),
        metadata=run.inheritable_metadata.copy(),
        inheritable_metadata=run.inheritable_metadata.copy(),
    )
