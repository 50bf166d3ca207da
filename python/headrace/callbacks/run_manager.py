"""Run managers, with which a component emits the events of its run.

Each has a sync and an async version: methods of sync managers return after all handlers have run,
those of async managers are awaited. Their shared logic is in `BaseRunManager`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.base import BaseCallbackHandler, RunManagerMixin
from headrace.callbacks.dispatch import (
    acaller_of,
    ahandle_event,
    ahandle_to_the_end,
    anotify_each,
    caller_of,
    handle_event,
    handles,
    notify_each,
)
from headrace.callbacks.observer import RunObserver
from headrace.callbacks.taps import OutputTap
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
    from headrace.callbacks.observer import Pressure, RunSink

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
        self.token_handlers = [h for h in handlers if handles(h, "on_llm_new_token", "ignore_llm")]

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
    def emit_chunk(self) -> Callable[[Any], Pressure | None] | None:
        """The function that passes chunks to the sinks, or None if no sink receives chunks."""
        if not self.streamers:
            return None
        return self.streamers[0].chunk_receiver() if len(self.streamers) == 1 else self.streamed

    def wants_results(self, kind: str = "chain") -> bool:
        """Return True if a sink or handler needs the complete output of the run.

        Args:
            kind: The kind of run in handler method names: `chain`, `llm`, `tool` or `retriever`.
        """
        if any(sink.results for sink in self.sinks):
            return True
        return self._has_end_handler(kind)

    def wants_inputs(self) -> bool:
        """Return True if a sink or handler needs the complete input of a streamed run."""
        if any(sink.results and sink.inputs for sink in self.sinks):
            return True
        return self._has_end_handler("chain")

    def _has_end_handler(self, kind: str) -> bool:
        ignored = f"ignore_{kind}"
        return any(
            handles(handler, f"on_{kind}_end", ignored)
            or handles(handler, f"on_{kind}_error", ignored)
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

    def _emit(self, event: str, ignored_by: str | None, *args: Any, **kwargs: Any) -> None:
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
        self._emit("on_text", None, text, **kwargs)

    def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Emit a retry of the run."""
        self._emit("on_retry", "ignore_retry", retry_state, **kwargs)


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
        from headrace.callbacks.callback_manager import CallbackManager

        return _child(CallbackManager, self, tag)


class AsyncRunManager(BaseRunManager):
    """An asynchronous run."""

    __slots__ = ()

    async def _emit(self, event: str, ignored_by: str | None, *args: Any, **kwargs: Any) -> None:
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
        if any(handles(handler, event, ignored_by) for handler in self.handlers):
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
        await self._emit("on_text", None, text, **kwargs)

    async def on_retry(self, retry_state: Any, **kwargs: Any) -> None:
        """Emit a retry of the run."""
        await self._emit("on_retry", "ignore_retry", retry_state, **kwargs)


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
        from headrace.callbacks.callback_manager import AsyncCallbackManager

        return _child(AsyncCallbackManager, self, tag)


ManagerT = TypeVar("ManagerT", "CallbackManager", "AsyncCallbackManager")


def _child(kind: type[ManagerT], run: BaseRunManager, tag: str | None) -> ManagerT:
    # A graph creates one for each task: its attributes are set here, not by keyword arguments.
    manager = kind(run.inheritable_handlers.copy(), run.inheritable_handlers.copy(), run.run_id)
    manager.tags = run.inheritable_tags.copy()
    manager.inheritable_tags = run.inheritable_tags.copy()
    manager.metadata = run.inheritable_metadata.copy()
    manager.inheritable_metadata = run.inheritable_metadata.copy()
    if tag is not None:
        manager.tags.append(tag)
    return manager


def _part(token: Any, chunk: Any) -> Any:
    """Return the streamed part: the message chunk of a chat model, else the token."""
    return token if chunk is None else getattr(chunk, "message", chunk)


class CallbackManagerForLLMRun(RunManager):
    """A synchronous run of a model."""

    __slots__ = ()

    def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Emit a `token` that the model streamed in `chunk`."""
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
            notify_each(self.token_handlers, "on_llm_new_token", (token,), about)

    def token_emitter(self) -> Callable[[Any, Any], None] | None:
        """Return a function that emits each token, faster than `on_llm_new_token`.

        Returns:
            A function of the token and its chunk, or None if nothing receives tokens.
        """
        if type(self).on_llm_new_token is not CallbackManagerForLLMRun.on_llm_new_token:
            return self._emit_token
        if not self.token_handlers:
            return self._emit_part if self.streamers else None
        if self.streamers or len(self.token_handlers) > 1:
            return self._emit_token
        about = {"run_id": self.run_id, "parent_run_id": self.parent_run_id, "tags": self.tags}
        return caller_of(self.token_handlers[0], "on_llm_new_token", about)

    def _emit_token(self, token: Any, chunk: Any) -> None:
        self.on_llm_new_token(token, chunk=chunk)

    def _emit_part(self, token: Any, chunk: Any) -> None:
        pressure = self.streamed(_part(token, chunk))
        if pressure is not None:
            pressure.block()

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Emit the complete `response` of the model."""
        self._ended(response)
        self._emit("on_llm_end", "ignore_llm", response, **kwargs)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the model."""
        self._failed(error, None, kwargs.get("response"))
        self._emit("on_llm_error", "ignore_llm", error, **kwargs)

    def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Emit a content-block `event` that the model streamed."""
        self._emit("on_stream_event", "ignore_llm", event, **kwargs)


class AsyncCallbackManagerForLLMRun(AsyncRunManager):
    """An asynchronous run of a model."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForLLMRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForLLMRun(**self._state())

    async def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Emit a `token` that the model streamed in `chunk`."""
        if self.streamers:
            pressure = self.streamed(_part(token, chunk))
            if pressure is not None:
                await pressure
        if self.token_handlers:
            about = {
                "chunk": chunk,
                "run_id": self.run_id,
                "parent_run_id": self.parent_run_id,
                "tags": self.tags,
                **kwargs,
            }
            await anotify_each(self.token_handlers, "on_llm_new_token", (token,), about)

    def token_emitter(self) -> Callable[[Any, Any], Awaitable[Any] | None] | None:
        """Return a function that emits each token, faster than `on_llm_new_token`.

        Returns:
            A function of the token and its chunk, which returns None or an awaitable to wait for;
            None if nothing receives tokens.
        """
        if type(self).on_llm_new_token is not AsyncCallbackManagerForLLMRun.on_llm_new_token:
            return self._emit_token
        if not self.token_handlers:
            emit_chunk = self.emit_chunk
            if emit_chunk is None:
                return None
            return lambda token, chunk: emit_chunk(_part(token, chunk))
        if self.streamers or len(self.token_handlers) > 1 or not self.token_handlers[0].run_inline:
            return self._emit_token
        about = {"run_id": self.run_id, "parent_run_id": self.parent_run_id, "tags": self.tags}
        return acaller_of(self.token_handlers[0], "on_llm_new_token", about)

    def _emit_token(self, token: Any, chunk: Any) -> Awaitable[None]:
        return self.on_llm_new_token(token, chunk=chunk)

    async def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Emit the complete `response` of the model."""
        self._ended(response)
        await self._close("on_llm_end", "ignore_llm", response, **kwargs)

    async def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the model."""
        self._failed(error, None, kwargs.get("response"))
        await self._close("on_llm_error", "ignore_llm", error, **kwargs)

    async def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Emit a content-block `event` that the model streamed."""
        await self._emit("on_stream_event", "ignore_llm", event, **kwargs)


class CallbackManagerForChainRun(ParentRunManager):
    """A synchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the complete output of the chain."""
        self._ended(outputs, kwargs.get("inputs"))
        self._emit("on_chain_end", "ignore_chain", outputs, **kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the chain."""
        self._failed(error, kwargs.get("inputs"))
        self._emit("on_chain_error", "ignore_chain", error, **kwargs)

    def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Emit the `action` that the agent chose."""
        self._emit("on_agent_action", "ignore_agent", action, **kwargs)

    def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Emit the end of the agent."""
        self._emit("on_agent_finish", "ignore_agent", finish, **kwargs)


class AsyncCallbackManagerForChainRun(AsyncParentRunManager):
    """An asynchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForChainRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForChainRun(**self._state())

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the complete output of the chain."""
        self._ended(outputs, kwargs.get("inputs"))
        await self._close("on_chain_end", "ignore_chain", outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the chain."""
        self._failed(error, kwargs.get("inputs"))
        await self._close("on_chain_error", "ignore_chain", error, **kwargs)

    async def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Emit the `action` that the agent chose."""
        await self._emit("on_agent_action", "ignore_agent", action, **kwargs)

    async def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Emit the end of the agent."""
        await self._emit("on_agent_finish", "ignore_agent", finish, **kwargs)


class CallbackManagerForToolRun(ParentRunManager):
    """A synchronous run of a tool."""

    __slots__ = ()

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Emit the `output` of the tool."""
        self._ended(output)
        self._emit("on_tool_end", "ignore_agent", output, **kwargs)

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the tool."""
        self._failed(error)
        self._emit("on_tool_error", "ignore_agent", error, **kwargs)


class AsyncCallbackManagerForToolRun(AsyncParentRunManager):
    """An asynchronous run of a tool."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForToolRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForToolRun(**self._state())

    async def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Emit the `output` of the tool."""
        self._ended(output)
        await self._close("on_tool_end", "ignore_agent", output, **kwargs)

    async def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the tool."""
        self._failed(error)
        await self._close("on_tool_error", "ignore_agent", error, **kwargs)


class CallbackManagerForRetrieverRun(ParentRunManager):
    """A synchronous run of a retriever."""

    __slots__ = ()

    def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Emit the `documents` that the retriever found."""
        self._ended(documents)
        self._emit("on_retriever_end", "ignore_retriever", documents, **kwargs)

    def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the retriever."""
        self._failed(error)
        self._emit("on_retriever_error", "ignore_retriever", error, **kwargs)


class AsyncCallbackManagerForRetrieverRun(AsyncParentRunManager):
    """An asynchronous run of a retriever."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForRetrieverRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForRetrieverRun(**self._state())

    async def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Emit the `documents` that the retriever found."""
        self._ended(documents)
        await self._close("on_retriever_end", "ignore_retriever", documents, **kwargs)

    async def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the retriever."""
        self._failed(error)
        await self._close("on_retriever_error", "ignore_retriever", error, **kwargs)
