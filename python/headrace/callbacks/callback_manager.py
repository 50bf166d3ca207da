"""Callback managers, which start all runs.

A manager starts a run from a config: it generates the id, notifies the handlers, asks the observers
for sinks, and returns a run manager that emits the later events of the run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from headrace._lazy import lazy_module
from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager, Callbacks
from headrace.callbacks.context import ambient_handlers, configure_hooks, tracing_requested
from headrace.callbacks.dispatch import ahandle_event, ahandle_to_the_end, handle_event, handles
from headrace.callbacks.ending import aend_each, end_each
from headrace.callbacks.observer import Described, Run, RunObserver, RunSink, described
from headrace.callbacks.run_manager import (
    AsyncCallbackManagerForChainRun,
    AsyncCallbackManagerForLLMRun,
    AsyncCallbackManagerForRetrieverRun,
    AsyncCallbackManagerForToolRun,
    BaseRunManager,
    CallbackManagerForChainRun,
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
    CallbackManagerForToolRun,
)
from headrace.globals import get_debug
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.context import ConfigureHook
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["AsyncCallbackManager", "CallbackManager"]

_LONG_PARAMETERS = frozenset({"functions", "messages", "response_format", "tools"})

RunT = TypeVar("RunT", bound=BaseRunManager)


def _name_of(serialized: Described, extra: dict[str, Any]) -> str:
    """Return the name of a run: the given one, else that of the serialized runnable."""
    name = extra.get("name")
    if name:
        return str(name)
    about = described(serialized)
    if about:
        return str(about.get("name") or about.get("id", ["Unnamed"])[-1])
    return "Unnamed"


class _Starter(BaseCallbackManager):
    """Shared base class of `CallbackManager` and `AsyncCallbackManager`."""

    __slots__ = ()

    @classmethod
    def configure(
        cls,
        inheritable_callbacks: Callbacks = None,
        local_callbacks: Callbacks = None,
        verbose: bool = False,
        inheritable_tags: list[str] | None = None,
        local_tags: list[str] | None = None,
        inheritable_metadata: dict[str, Any] | None = None,
        local_metadata: dict[str, Any] | None = None,
        *,
        langsmith_inheritable_metadata: Mapping[str, Any] | None = None,
        langsmith_inheritable_tags: list[str] | None = None,
    ) -> Self:
        """Create a manager from inherited and local callbacks, tags and metadata.

        Args:
            inheritable_callbacks: Handlers, or a manager, that child runs inherit.
            local_callbacks: Handlers, or a manager, for the next run only.
            verbose: If true, print events with `StdOutCallbackHandler`.
            inheritable_tags: Tags that child runs inherit.
            local_tags: Tags for the next run only.
            inheritable_metadata: Metadata that child runs inherit.
            local_metadata: Metadata for the next run only.
            langsmith_inheritable_metadata: Metadata that only tracers see, for this run and its
                child runs; metadata of the run takes precedence.
            langsmith_inheritable_tags: Tags that only tracers see, for this run and its child runs.

        Returns:
            A new manager.
        """
        manager = cls(handlers=[])
        if isinstance(inheritable_callbacks, BaseCallbackManager):
            source = inheritable_callbacks
            manager.handlers = source.handlers.copy()
            manager.inheritable_handlers = source.inheritable_handlers.copy()
            manager.parent_run_id = source.parent_run_id
            manager.tags = source.tags.copy()
            manager.inheritable_tags = source.inheritable_tags.copy()
            manager.metadata = source.metadata.copy()
            manager.inheritable_metadata = source.inheritable_metadata.copy()
        elif inheritable_callbacks:
            manager.handlers = list(inheritable_callbacks)
            manager.inheritable_handlers = list(inheritable_callbacks)
        if local_callbacks:
            if isinstance(local_callbacks, BaseCallbackManager):
                local_callbacks = local_callbacks.handlers
            for handler in local_callbacks:
                manager.add_handler(handler, inherit=False)
        for handler in ambient_handlers.get():
            manager.add_handler(handler, inherit=True)
        if inheritable_tags:
            manager.add_tags(inheritable_tags)
        if local_tags:
            manager.add_tags(local_tags, inherit=False)
        if inheritable_metadata:
            manager.add_metadata(inheritable_metadata)
        if local_metadata:
            manager.add_metadata(local_metadata, inherit=False)
        debug = get_debug()
        if debug:
            from headrace.tracers.stdout import ConsoleCallbackHandler

            if not any(isinstance(h, ConsoleCallbackHandler) for h in manager.handlers):
                manager.add_handler(ConsoleCallbackHandler())
        if verbose and not debug:
            from headrace.callbacks.stdout import StdOutCallbackHandler

            if not any(isinstance(h, StdOutCallbackHandler) for h in manager.handlers):
                manager.add_handler(StdOutCallbackHandler(), inherit=False)
        if tracing_requested():
            from headrace.tracers.context import add_tracer

            langsmith_inheritable_metadata = add_tracer(manager, langsmith_inheritable_metadata)
        for hook in configure_hooks:
            manager._add_hooked(hook)
        if langsmith_inheritable_metadata or langsmith_inheritable_tags:
            manager._set_tracing_defaults(
                langsmith_inheritable_metadata, langsmith_inheritable_tags
            )
        return manager

    def _add_hooked(self, hook: ConfigureHook) -> None:
        """Add the handler of a hook, unless one like it is present."""
        handler = hook.variable.get()
        if handler is None:
            if not hook.requests_handler():
                return
            handler = hook.handler_class()
        kind = hook.handler_class
        if not any(
            one is handler if kind is None else isinstance(one, kind) for one in self.handlers
        ):
            self.add_handler(handler, inherit=hook.inheritable)

    def add_invocation_metadata(self, parameters: Callable[[], Mapping[str, Any]]) -> None:
        """Add the parameters of a model call to the metadata that tracers receive.

        Args:
            parameters: Returns the parameters; called only if there is a tracer. Long ones, such as
                tools, are left out.
        """
        if any(hasattr(handler, "copy_with_metadata_defaults") for handler in self.handlers):
            shown = {k: v for k, v in parameters().items() if k not in _LONG_PARAMETERS}
            self._set_tracing_defaults(shown, None)

    def _set_tracing_defaults(
        self, metadata: Mapping[str, Any] | None, tags: list[str] | None
    ) -> None:
        """Replace each tracer by a copy that adds metadata and tags to the runs it sees."""
        copies: dict[int, BaseCallbackHandler] = {}
        for handlers in (self.handlers, self.inheritable_handlers):
            for index, handler in enumerate(handlers):
                copy = getattr(handler, "copy_with_metadata_defaults", None)
                if copy is not None:
                    if id(handler) not in copies:
                        copies[id(handler)] = copy(metadata=metadata, tags=tags)
                    handlers[index] = copies[id(handler)]

    def _observed(
        self, kind: str, run_id: UUID, serialized: Described, inputs: Any, extra: Any
    ) -> list[RunSink]:
        """Ask the observers whether they watch a run that starts."""
        sinks: list[RunSink] = []
        run: Run | None = None
        for handler in self.handlers:
            if isinstance(handler, RunObserver):
                if run is None:
                    run = Run(
                        run_id,
                        self.parent_run_id,
                        _name_of(serialized, extra),
                        extra.get("run_type") or kind,
                        self.tags,
                        self.metadata,
                        serialized,
                        extra,
                    )
                sink = handler.run_started(run, inputs)
                if sink is not None:
                    sinks.append(sink)
        return sinks

    def _has_handler_for(self, event: str, ignored_by: str) -> bool:
        return any(handles(handler, event, ignored_by) for handler in self.handlers)

    def _run(self, manager: type[RunT], run_id: UUID, sinks: list[RunSink]) -> RunT:
        return manager(
            run_id=run_id,
            handlers=self.handlers,
            inheritable_handlers=self.inheritable_handlers,
            parent_run_id=self.parent_run_id,
            tags=self.tags,
            inheritable_tags=self.inheritable_tags,
            metadata=self.metadata,
            inheritable_metadata=self.inheritable_metadata,
            sinks=sinks,
        )


class CallbackManager(_Starter):
    """Manager that starts sync runs."""

    __slots__ = ()

    def _start(
        self,
        manager: type[RunT],
        event: str,
        ignored_by: str,
        kind: str,
        serialized: Described,
        inputs: Any,
        run_id: UUID | None,
        kwargs: dict[str, Any],
    ) -> RunT:
        if run_id is None:
            run_id = uuid7()
        sinks: list[RunSink] = []
        if self.handlers:
            observed = {**kwargs["inputs"]} if kind == "tool" and kwargs.get("inputs") else inputs
            sinks = self._observed(kind, run_id, serialized, observed, kwargs)
            if self._has_handler_for(event, ignored_by):
                handle_event(
                    self.handlers,
                    event,
                    ignored_by,
                    described(serialized),
                    inputs,
                    run_id=run_id,
                    parent_run_id=self.parent_run_id,
                    tags=self.tags,
                    metadata=self.metadata,
                    **kwargs,
                )
        return self._run(manager, run_id, sinks)

    def _start_models(
        self,
        about: tuple[str, str, str, Described],
        inputs: Sequence[Any],
        run_id: UUID | None,
        kwargs: dict[str, Any],
    ) -> list[CallbackManagerForLLMRun]:
        """Start a run for each input; if one cannot start, end those that have."""
        runs: list[CallbackManagerForLLMRun] = []
        try:
            for one in inputs:
                own_id = None if runs else run_id
                run = self._start(CallbackManagerForLLMRun, *about, [one], own_id, kwargs)
                runs.append(run)
        except BaseException as error:
            end_each(partial(run.on_llm_error, error) for run in runs)
            raise
        return runs

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> list[CallbackManagerForLLMRun]:
        """Start a run of a text model for each prompt.

        Args:
            serialized: The serialized model.
            prompts: The prompts.
            run_id: The id of the first run; generated if None.
            **kwargs: Passed to the handlers.

        Returns:
            A run manager for each prompt.
        """
        about = ("on_llm_start", "ignore_llm", "llm", serialized)
        return self._start_models(about, prompts, run_id, kwargs)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[Any]],
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> list[CallbackManagerForLLMRun]:
        """Start a run of a chat model for each list of messages.

        Args:
            serialized: The serialized model.
            messages: The lists of messages.
            run_id: The id of the first run; generated if None.
            **kwargs: Passed to the handlers.

        Returns:
            A run manager for each list.
        """
        about = ("on_chat_model_start", "ignore_chat_model", "chat_model", serialized)
        return self._start_models(about, messages, run_id, kwargs)

    def on_chain_start(
        self,
        serialized: Described,
        inputs: dict[str, Any] | Any,
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> CallbackManagerForChainRun:
        """Start a run of a chain.

        Args:
            serialized: The serialized chain, or a function that returns it if a handler needs it.
            inputs: Its input.
            run_id: The id of the run; generated if None.
            **kwargs: Passed to the handlers, such as `name` and `run_type`.

        Returns:
            The run manager.
        """
        return self._start(
            CallbackManagerForChainRun,
            "on_chain_start",
            "ignore_chain",
            "chain",
            serialized,
            inputs,
            run_id,
            kwargs,
        )

    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        run_id: UUID | None = None,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> CallbackManagerForToolRun:
        """Start a run of a tool.

        Args:
            serialized: The serialized tool.
            input_str: Its input as text.
            run_id: The id of the run; generated if None.
            parent_run_id: Not used: the manager knows the parent.
            inputs: Its input as a dictionary.
            **kwargs: Passed to the handlers.

        Returns:
            The run manager.
        """
        return self._start(
            CallbackManagerForToolRun,
            "on_tool_start",
            "ignore_agent",
            "tool",
            serialized,
            input_str,
            run_id,
            {"inputs": inputs, **kwargs},
        )

    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        run_id: UUID | None = None,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> CallbackManagerForRetrieverRun:
        """Start a run of a retriever.

        Args:
            serialized: The serialized retriever.
            query: The query.
            run_id: The id of the run; generated if None.
            parent_run_id: Not used: the manager knows the parent.
            **kwargs: Passed to the handlers.

        Returns:
            The run manager.
        """
        return self._start(
            CallbackManagerForRetrieverRun,
            "on_retriever_start",
            "ignore_retriever",
            "retriever",
            serialized,
            query,
            run_id,
            kwargs,
        )

    def on_custom_event(
        self, name: str, data: Any, run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Emit a custom event.

        Args:
            name: The name of the event.
            data: The payload.
            run_id: The run that it belongs to; generated if None.
            **kwargs: Not accepted.

        Raises:
            ValueError: If there are other keyword arguments.
        """
        _no_more(kwargs)
        if self.handlers:
            handle_event(
                self.handlers,
                "on_custom_event",
                "ignore_custom_event",
                name,
                data,
                run_id=run_id or uuid7(),
                tags=self.tags,
                metadata=self.metadata,
            )


class AsyncCallbackManager(_Starter):
    """Manager that starts async runs."""

    __slots__ = ()

    @property
    def is_async(self) -> bool:
        """True: the methods of this manager are coroutines."""
        return True

    async def _start(
        self,
        manager: type[RunT],
        event: str,
        ignored_by: str,
        kind: str,
        serialized: Described,
        inputs: Any,
        run_id: UUID | None,
        kwargs: dict[str, Any],
    ) -> RunT:
        if run_id is None:
            run_id = uuid7()
        sinks: list[RunSink] = []
        if self.handlers:
            observed = {**kwargs["inputs"]} if kind == "tool" and kwargs.get("inputs") else inputs
            sinks = self._observed(kind, run_id, serialized, observed, kwargs)
            if self._has_handler_for(event, ignored_by):
                try:
                    await ahandle_to_the_end(
                        self.handlers,
                        event,
                        ignored_by,
                        described(serialized),
                        inputs,
                        run_id=run_id,
                        parent_run_id=self.parent_run_id,
                        tags=self.tags,
                        metadata=self.metadata,
                        **kwargs,
                    )
                except asyncio.CancelledError as error:
                    # the start was emitted, so the end must be emitted too
                    run = self._run(manager, run_id, sinks)
                    ending = event.replace("chat_model", "llm").replace("_start", "_error")
                    await getattr(run, ending)(error)
                    raise
        return self._run(manager, run_id, sinks)

    async def _start_models(
        self,
        about: tuple[str, str, str, Described],
        inputs: Sequence[Any],
        run_id: UUID | None,
        kwargs: dict[str, Any],
    ) -> list[AsyncCallbackManagerForLLMRun]:
        """Start a run for each input; if one cannot start, end those that have."""
        runs: list[AsyncCallbackManagerForLLMRun] = []
        try:
            for one in inputs:
                own_id = None if runs else run_id
                run = await self._start(
                    AsyncCallbackManagerForLLMRun, *about, [one], own_id, kwargs
                )
                runs.append(run)
        except BaseException as error:
            await aend_each(partial(run.on_llm_error, error) for run in runs)
            raise
        return runs

    async def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> list[AsyncCallbackManagerForLLMRun]:
        """Start a run of a text model for each prompt; see `CallbackManager.on_llm_start`."""
        about = ("on_llm_start", "ignore_llm", "llm", serialized)
        return await self._start_models(about, prompts, run_id, kwargs)

    async def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[Any]],
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> list[AsyncCallbackManagerForLLMRun]:
        """Start a run of a chat model for each list; see `CallbackManager.on_chat_model_start`."""
        about = ("on_chat_model_start", "ignore_chat_model", "chat_model", serialized)
        return await self._start_models(about, messages, run_id, kwargs)

    async def on_chain_start(
        self,
        serialized: Described,
        inputs: dict[str, Any] | Any,
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> AsyncCallbackManagerForChainRun:
        """Start a run of a chain; see `CallbackManager.on_chain_start`."""
        return await self._start(
            AsyncCallbackManagerForChainRun,
            "on_chain_start",
            "ignore_chain",
            "chain",
            serialized,
            inputs,
            run_id,
            kwargs,
        )

    async def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        run_id: UUID | None = None,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncCallbackManagerForToolRun:
        """Start a run of a tool; see `CallbackManager.on_tool_start`."""
        return await self._start(
            AsyncCallbackManagerForToolRun,
            "on_tool_start",
            "ignore_agent",
            "tool",
            serialized,
            input_str,
            run_id,
            {"inputs": inputs, **kwargs},
        )

    async def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        run_id: UUID | None = None,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> AsyncCallbackManagerForRetrieverRun:
        """Start a run of a retriever; see `CallbackManager.on_retriever_start`."""
        return await self._start(
            AsyncCallbackManagerForRetrieverRun,
            "on_retriever_start",
            "ignore_retriever",
            "retriever",
            serialized,
            query,
            run_id,
            kwargs,
        )

    async def on_custom_event(
        self, name: str, data: Any, run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Emit a custom event; see `CallbackManager.on_custom_event`."""
        _no_more(kwargs)
        if self.handlers:
            await ahandle_event(
                self.handlers,
                "on_custom_event",
                "ignore_custom_event",
                name,
                data,
                run_id=run_id or uuid7(),
                tags=self.tags,
                metadata=self.metadata,
            )


def _no_more(kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise ValueError(f"A custom event has no arguments {', '.join(sorted(kwargs))}.")
