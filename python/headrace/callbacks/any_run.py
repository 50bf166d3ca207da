"""What the run managers of all kinds have in common.

Each exists twice, side by side; what they decide is in `BaseRunManager`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.base import BaseCallbackHandler, RunManagerMixin
from headrace.callbacks.dispatch import ahandle_event, handle_event, hears, to_the_end
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
    """A run that is going on: its id, its observers, and what it hands down.

    Attributes:
        run_id: Which run this is.
        parent_run_id: The run that started it.
        handlers: Who hears its events.
        inheritable_handlers: Who hears those of the runs below.
        tags: Its labels.
        inheritable_tags: Those that the runs below have too.
        metadata: Facts about it.
        inheritable_metadata: Those that the runs below have too.
        sinks: What observers that watch this run as a whole have set up for it.
        streamers: Those of the sinks that want its chunks.
        token_handlers: Those of the handlers that hear of a model's tokens.
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
        """Describe a run that has started; the attributes say what each argument is."""
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
        """Give a manager of a run that nobody observes."""
        return cls(run_id=uuid7(), handlers=[], inheritable_handlers=[])

    def streamed(self, chunk: Any) -> Pressure | None:
        """Tell those who watch the whole run that it gave a chunk of output.

        Returns:
            What the producer is to wait for before it makes more: one of those it is asked to wait
            for, since whoever still has no room at the next chunk says so again.
        """
        pressure: Pressure | None = None
        for sink in self.streamers:
            answer = sink.streamed(chunk)
            if answer is not None:
                pressure = answer
        return pressure

    @property
    def teller(self) -> Callable[[Any], Pressure | None] | None:
        """What shows a chunk to those who watch the whole run; None where nobody wants chunks."""
        if not self.streamers:
            return None
        return self.streamers[0].teller() if len(self.streamers) == 1 else self.streamed

    def wants_results(self, kind: str = "chain") -> bool:
        """Whether anybody wants the whole output, or input, of the run.

        Args:
            kind: The kind of run in the handlers' methods: `chain`, `llm`, `tool`, `retriever`.
        """
        if any(sink.results for sink in self.sinks):
            return True
        return self._told_results(kind)

    def wants_inputs(self) -> bool:
        """Whether anybody wants the whole input of the run, where that is streamed."""
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
        """Whether somebody wants to hear of a model's tokens, also where its caller does not."""
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

    def _ended(self, outputs: Any, inputs: Any = None) -> None:
        for sink in self.sinks:
            sink.ended(outputs, inputs)

    def _failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        for sink in self.sinks:
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
        """Tell that the run has some `text` to show."""
        self._tell("on_text", None, text, **kwargs)

    def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Tell that the run is about to be tried again."""
        self._tell("on_retry", "ignore_retry", retry_state, **kwargs)


class ParentRunManager(RunManager):
    """A synchronous run that may start others."""

    __slots__ = ()

    def get_child(self, tag: str | None = None) -> CallbackManager:
        """Give the manager through which runs below this one are started.

        Args:
            tag: A label for the next run alone.

        Returns:
            A manager with what this run hands down.
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
        """Tell of the end of the run, also where the task that ran it is being cancelled."""
        if any(hears(handler, event, ignored_by) for handler in self.handlers):
            await to_the_end(self._tell(event, ignored_by, *args, **kwargs))

    def get_sync(self) -> RunManager:
        """Give a manager of the same run for synchronous code."""
        return RunManager(**self._state())

    async def on_text(self, text: str, **kwargs: Any) -> None:
        """Tell that the run has some `text` to show."""
        await self._tell("on_text", None, text, **kwargs)

    async def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Tell that the run is about to be tried again."""
        await self._tell("on_retry", "ignore_retry", retry_state, **kwargs)


class AsyncParentRunManager(AsyncRunManager):
    """An asynchronous run that may start others."""

    __slots__ = ()

    def get_child(self, tag: str | None = None) -> AsyncCallbackManager:
        """Give the manager through which runs below this one are started.

        Args:
            tag: A label for the next run alone.

        Returns:
            A manager with what this run hands down.
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
