"""Run managers: what a component holds while its run goes on, to tell observers what happens in it.

Each exists twice, side by side: events of the synchronous ones return when every handler has heard
them, those of the asynchronous ones are awaited. What they decide is in `BaseRunManager` and `_Run`
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.base import BaseCallbackHandler, RunManagerMixin
from headrace.callbacks.dispatch import ahandle_event, handle_event, hears, tell_each, to_the_end
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
    from headrace.callbacks.run import Pressure, RunSink

__all__ = [
    "AsyncCallbackManagerForChainRun",
    "AsyncCallbackManagerForLLMRun",
    "AsyncCallbackManagerForRetrieverRun",
    "AsyncCallbackManagerForToolRun",
    "AsyncParentRunManager",
    "AsyncRunManager",
    "BaseRunManager",
    "CallbackManagerForChainRun",
    "CallbackManagerForLLMRun",
    "CallbackManagerForRetrieverRun",
    "CallbackManagerForToolRun",
    "ParentRunManager",
    "RunManager",
]

SyncT = TypeVar("SyncT", bound="BaseRunManager")


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
        if any(sink.wants_results() for sink in self.sinks):
            return True
        return self._told_results(kind)

    def wants_inputs(self) -> bool:
        """Whether anybody wants the whole input of the run, where that is streamed."""
        if any(sink.inputs and sink.wants_results() for sink in self.sinks):
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
            getattr(handler, "wants_tokens", False) for handler in self.handlers
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


def _part(token: Any, chunk: Any) -> Any:
    """Give what a model streamed: of a chat model the part of the message."""
    return token if chunk is None else getattr(chunk, "message", chunk)


class CallbackManagerForLLMRun(RunManager):
    """A synchronous run of a model."""

    __slots__ = ()

    @property
    def hears_tokens(self) -> bool:
        """Whether a handler, not only those who watch whole runs, hears of tokens."""
        return bool(self.token_handlers)

    def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Tell that the model streamed `token`, which came in `chunk`."""
        if self.streamers:
            pressure = self.streamed(_part(token, chunk))
            if pressure is not None:
                pressure.block()
        if self.token_handlers:
            about = {
                "chunk": chunk,
                "run_id": self.run_id,
                "parent_run_id": self.parent_run_id,
                "tags": self.tags,
                **kwargs,
            }
            tell_each(self.token_handlers, "on_llm_new_token", (token,), about)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Tell that the model has given its whole `response`."""
        self._ended(response)
        self._tell("on_llm_end", "ignore_llm", response, **kwargs)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the model failed with `error`."""
        self._failed(error, None, kwargs.get("response"))
        self._tell("on_llm_error", "ignore_llm", error, **kwargs)

    def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Tell that the model streamed a typed content-block `event`."""
        self._tell("on_stream_event", "ignore_llm", event, **kwargs)


class AsyncCallbackManagerForLLMRun(AsyncRunManager):
    """An asynchronous run of a model."""

    __slots__ = ()

    @property
    def hears_tokens(self) -> bool:
        """Whether a handler, not only those who watch whole runs, hears of tokens."""
        return bool(self.token_handlers)

    def get_sync(self) -> CallbackManagerForLLMRun:
        """Give a manager of the same run for synchronous code."""
        return CallbackManagerForLLMRun(**self._state())

    async def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Tell that the model streamed `token`, which came in `chunk`."""
        if self.streamers:
            pressure = self.streamed(_part(token, chunk))
            if pressure is not None:
                await pressure
        if self.token_handlers:
            await self._tell("on_llm_new_token", "ignore_llm", token, chunk=chunk, **kwargs)

    async def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Tell that the model has given its whole `response`."""
        self._ended(response)
        await self._close("on_llm_end", "ignore_llm", response, **kwargs)

    async def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the model failed with `error`."""
        self._failed(error, None, kwargs.get("response"))
        await self._close("on_llm_error", "ignore_llm", error, **kwargs)

    async def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Tell that the model streamed a typed content-block `event`."""
        await self._tell("on_stream_event", "ignore_llm", event, **kwargs)


class CallbackManagerForChainRun(ParentRunManager):
    """A synchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Tell that the chain has given its whole output."""
        self._ended(outputs, kwargs.get("inputs"))
        self._tell("on_chain_end", "ignore_chain", outputs, **kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the chain failed with `error`."""
        self._failed(error, kwargs.get("inputs"))
        self._tell("on_chain_error", "ignore_chain", error, **kwargs)

    def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Tell that the agent decided on `action`."""
        self._tell("on_agent_action", "ignore_agent", action, **kwargs)

    def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Tell that the agent came to its end."""
        self._tell("on_agent_finish", "ignore_agent", finish, **kwargs)


class AsyncCallbackManagerForChainRun(AsyncParentRunManager):
    """An asynchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForChainRun:
        """Give a manager of the same run for synchronous code."""
        return CallbackManagerForChainRun(**self._state())

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Tell that the chain has given its whole output."""
        self._ended(outputs, kwargs.get("inputs"))
        await self._close("on_chain_end", "ignore_chain", outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the chain failed with `error`."""
        self._failed(error, kwargs.get("inputs"))
        await self._close("on_chain_error", "ignore_chain", error, **kwargs)

    async def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Tell that the agent decided on `action`."""
        await self._tell("on_agent_action", "ignore_agent", action, **kwargs)

    async def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Tell that the agent came to its end."""
        await self._tell("on_agent_finish", "ignore_agent", finish, **kwargs)


class CallbackManagerForToolRun(ParentRunManager):
    """A synchronous run of a tool."""

    __slots__ = ()

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Tell that the tool has given its `output`."""
        self._ended(output)
        self._tell("on_tool_end", "ignore_agent", output, **kwargs)

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the tool failed with `error`."""
        self._failed(error)
        self._tell("on_tool_error", "ignore_agent", error, **kwargs)


class AsyncCallbackManagerForToolRun(AsyncParentRunManager):
    """An asynchronous run of a tool."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForToolRun:
        """Give a manager of the same run for synchronous code."""
        return CallbackManagerForToolRun(**self._state())

    async def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Tell that the tool has given its `output`."""
        self._ended(output)
        await self._close("on_tool_end", "ignore_agent", output, **kwargs)

    async def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the tool failed with `error`."""
        self._failed(error)
        await self._close("on_tool_error", "ignore_agent", error, **kwargs)


class CallbackManagerForRetrieverRun(ParentRunManager):
    """A synchronous run of a retriever."""

    __slots__ = ()

    def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Tell that the retriever found `documents`."""
        self._ended(documents)
        self._tell("on_retriever_end", "ignore_retriever", documents, **kwargs)

    def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the retriever failed with `error`."""
        self._failed(error)
        self._tell("on_retriever_error", "ignore_retriever", error, **kwargs)


class AsyncCallbackManagerForRetrieverRun(AsyncParentRunManager):
    """An asynchronous run of a retriever."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForRetrieverRun:
        """Give a manager of the same run for synchronous code."""
        return CallbackManagerForRetrieverRun(**self._state())

    async def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Tell that the retriever found `documents`."""
        self._ended(documents)
        await self._close("on_retriever_end", "ignore_retriever", documents, **kwargs)

    async def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the retriever failed with `error`."""
        self._failed(error)
        await self._close("on_retriever_error", "ignore_retriever", error, **kwargs)
