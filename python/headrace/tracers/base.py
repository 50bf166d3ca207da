"""Base classes of tracers, which record runs as trees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import AsyncCallbackHandler, BaseCallbackHandler
from headrace.tracers.core import TracerException, _TracerCore
from headrace.tracers.schemas import Run

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["AsyncBaseTracer", "BaseTracer", "TracerException"]


class BaseTracer(_TracerCore, BaseCallbackHandler, ABC):
    """Base class of tracers, which record runs as trees.

    Subclasses define `_persist_run`, which receives each tree when its root has ended, and may
    define the hooks `_on_run_create`, `_on_run_update` and `_on_KIND_EVENT`, such as
    `_on_chain_start`, which receive the record of one run.
    """

    @abstractmethod
    def _persist_run(self, run: Run) -> None:
        """Handle a tree of runs whose root has ended."""

    def _start_trace(self, run: Run) -> None:
        super()._start_trace(run)
        self._on_run_create(run)

    def _end_trace(self, run: Run) -> None:
        if not run.parent_run_id:
            self._persist_run(run)
        self._forget(run)
        self._on_run_update(run)

    def on_chat_model_start(
        self, serialized: Any, messages: list[list[Any]], *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a chat model."""
        run = self._create_chat_model_run(serialized, messages, run_id, **kwargs)
        self._start_trace(run)
        self._on_chat_model_start(run)
        return run

    def on_llm_start(
        self, serialized: Any, prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a text model."""
        run = self._create_llm_run(serialized, prompts, run_id, **kwargs)
        self._start_trace(run)
        self._on_llm_start(run)
        return run

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the start of a chain."""
        run = self._create_chain_run(serialized, inputs, run_id, **kwargs)
        self._start_trace(run)
        self._on_chain_start(run)
        return run

    def on_tool_start(self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the start of a tool."""
        run = self._create_tool_run(serialized, input_str, run_id, **kwargs)
        self._start_trace(run)
        self._on_tool_start(run)
        return run

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a retriever."""
        run = self._create_retrieval_run(serialized, query, run_id, **kwargs)
        self._start_trace(run)
        self._on_retriever_start(run)
        return run

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record a token of a model."""
        run = self._llm_run_with_token_event(
            token, run_id, chunk, parent_run_id=kwargs.get("parent_run_id")
        )
        self._on_llm_new_token(run, token, chunk)
        return run

    def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record a retry of a run."""
        return self._llm_run_with_retry_event(retry_state, run_id)

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the answer of a model."""
        run = self._complete_llm_run(response, run_id)
        self._end_trace(run)
        self._on_llm_end(run)
        return run

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a model."""
        run = self._errored_llm_run(error, run_id, kwargs.get("response"))
        self._end_trace(run)
        self._on_llm_error(run)
        return run

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the output of a chain."""
        run = self._complete_chain_run(outputs, run_id, kwargs.get("inputs"))
        self._end_trace(run)
        self._on_chain_end(run)
        return run

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a chain."""
        run = self._errored_chain_run(error, kwargs.get("inputs"), run_id)
        self._end_trace(run)
        self._on_chain_error(run)
        return run

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the output of a tool."""
        run = self._complete_tool_run(output, run_id)
        self._end_trace(run)
        self._on_tool_end(run)
        return run

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a tool."""
        run = self._errored_tool_run(error, run_id)
        self._end_trace(run)
        self._on_tool_error(run)
        return run

    def on_retriever_end(self, documents: Sequence[Any], *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the documents of a retriever."""
        run = self._complete_retrieval_run(documents, run_id)
        self._end_trace(run)
        self._on_retriever_end(run)
        return run

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a retriever."""
        run = self._errored_retrieval_run(error, run_id)
        self._end_trace(run)
        self._on_retriever_error(run)
        return run

    # --- hooks, which do nothing unless a subclass defines them --------------------------------

    def _on_llm_new_token(self, run: Run, token: Any, chunk: Any) -> None:
        """Handle a token of a model."""

    def _ignore(self, run: Run) -> None:
        """Do nothing."""

    _on_run_create = _on_run_update = _ignore
    _on_llm_start = _on_llm_end = _on_llm_error = _on_chat_model_start = _ignore
    _on_chain_start = _on_chain_end = _on_chain_error = _ignore
    _on_tool_start = _on_tool_end = _on_tool_error = _ignore
    _on_retriever_start = _on_retriever_end = _on_retriever_error = _ignore


class AsyncBaseTracer(_TracerCore, AsyncCallbackHandler, ABC):
    """Async base class of tracers, which record runs as trees.

    Subclasses define `_persist_run`, which receives each tree when its root has ended, and may
    define the hooks `_on_run_create`, `_on_run_update` and `_on_KIND_EVENT`, such as
    `_on_chain_start`, which receive the record of one run.
    """

    @abstractmethod
    async def _persist_run(self, run: Run) -> None:
        """Handle a tree of runs whose root has ended."""

    async def _start_trace(self, run: Run) -> None:
        super()._start_trace(run)
        await self._on_run_create(run)

    async def _end_trace(self, run: Run) -> None:
        if not run.parent_run_id:
            await self._persist_run(run)
        self._forget(run)
        await self._on_run_update(run)

    async def on_chat_model_start(
        self, serialized: Any, messages: list[list[Any]], *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a chat model."""
        run = self._create_chat_model_run(serialized, messages, run_id, **kwargs)
        await self._start_trace(run)
        await self._on_chat_model_start(run)
        return run

    async def on_llm_start(
        self, serialized: Any, prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a text model."""
        run = self._create_llm_run(serialized, prompts, run_id, **kwargs)
        await self._start_trace(run)
        await self._on_llm_start(run)
        return run

    async def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a chain."""
        run = self._create_chain_run(serialized, inputs, run_id, **kwargs)
        await self._start_trace(run)
        await self._on_chain_start(run)
        return run

    async def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a tool."""
        run = self._create_tool_run(serialized, input_str, run_id, **kwargs)
        await self._start_trace(run)
        await self._on_tool_start(run)
        return run

    async def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the start of a retriever."""
        run = self._create_retrieval_run(serialized, query, run_id, **kwargs)
        await self._start_trace(run)
        await self._on_retriever_start(run)
        return run

    async def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record a token of a model."""
        run = self._llm_run_with_token_event(
            token, run_id, chunk, parent_run_id=kwargs.get("parent_run_id")
        )
        await self._on_llm_new_token(run, token, chunk)
        return run

    async def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record a retry of a run."""
        return self._llm_run_with_retry_event(retry_state, run_id)

    async def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the answer of a model."""
        run = self._complete_llm_run(response, run_id)
        await self._end_trace(run)
        await self._on_llm_end(run)
        return run

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a model."""
        run = self._errored_llm_run(error, run_id, kwargs.get("response"))
        await self._end_trace(run)
        await self._on_llm_error(run)
        return run

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the output of a chain."""
        run = self._complete_chain_run(outputs, run_id, kwargs.get("inputs"))
        await self._end_trace(run)
        await self._on_chain_end(run)
        return run

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a chain."""
        run = self._errored_chain_run(error, kwargs.get("inputs"), run_id)
        await self._end_trace(run)
        await self._on_chain_error(run)
        return run

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the output of a tool."""
        run = self._complete_tool_run(output, run_id)
        await self._end_trace(run)
        await self._on_tool_end(run)
        return run

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a tool."""
        run = self._errored_tool_run(error, run_id)
        await self._end_trace(run)
        await self._on_tool_error(run)
        return run

    async def on_retriever_end(
        self, documents: Sequence[Any], *, run_id: UUID, **kwargs: Any
    ) -> Run:
        """Record the documents of a retriever."""
        run = self._complete_retrieval_run(documents, run_id)
        await self._end_trace(run)
        await self._on_retriever_end(run)
        return run

    async def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> Run:
        """Record the failure of a retriever."""
        run = self._errored_retrieval_run(error, run_id)
        await self._end_trace(run)
        await self._on_retriever_error(run)
        return run

    # --- hooks, which do nothing unless a subclass defines them --------------------------------

    async def _on_llm_new_token(self, run: Run, token: Any, chunk: Any) -> None:
        """Handle a token of a model."""

    async def _ignore(self, run: Run) -> None:
        """Do nothing."""

    _on_run_create = _on_run_update = _ignore
    _on_llm_start = _on_llm_end = _on_llm_error = _on_chat_model_start = _ignore
    _on_chain_start = _on_chain_end = _on_chain_error = _ignore
    _on_tool_start = _on_tool_end = _on_tool_error = _ignore
    _on_retriever_start = _on_retriever_end = _on_retriever_error = _ignore
