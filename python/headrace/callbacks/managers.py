"""Callback managers, which start all runs.

A manager starts a run from a config: it generates the id, notifies the handlers, asks the observers
for sinks, and returns a run manager that emits the later events of the run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.callbacks.dispatch import ahandle_event, ahandle_to_the_end, handle_event
from headrace.callbacks.ending import aend_each, end_each
from headrace.callbacks.run import Described, RunSink, described
from headrace.callbacks.run_managers import (
    AsyncCallbackManagerForChainRun,
    AsyncCallbackManagerForLLMRun,
    AsyncCallbackManagerForRetrieverRun,
    AsyncCallbackManagerForToolRun,
    CallbackManagerForChainRun,
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
    CallbackManagerForToolRun,
)
from headrace.callbacks.starting import RunT, Starter
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from uuid import UUID
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["AsyncCallbackManager", "CallbackManager"]


class CallbackManager(Starter):
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
            if self._heard(event, ignored_by):
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


class AsyncCallbackManager(Starter):
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
            if self._heard(event, ignored_by):
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
