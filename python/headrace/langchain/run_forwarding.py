"""Forwarding the runs of one library to the handlers of the other.

For each run, a run with the same id, name, type, tags and metadata is started with the managers of
the other library, and ended in the same way. Subclasses define the conversion of values and errors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["AsyncRunForwarder", "RunForwarder", "SyncRunForwarder"]


class RunForwarder(ABC):
    """Base class of sync and async run forwarding.

    Attributes:
        manager: The callback manager of the other library.
        runs: The active runs of the other library, by id.
    """

    kind: ClassVar[type[Any]]
    """The class of callback managers of the other library."""

    raise_error = True  # The library of each handler decides if its error stops the run.

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.runs: dict[UUID, Any] = {}

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    @staticmethod
    @abstractmethod
    def value(value: Any) -> Any:
        """Convert a value for the other library."""

    @staticmethod
    @abstractmethod
    def error(error: BaseException) -> BaseException:
        """Convert an error for the other library."""

    def token_run(self, run_id: UUID) -> Any:
        """Return the run of a model that receives tokens, or None."""
        return self.runs.get(run_id)

    def child_manager(
        self, parent_run_id: UUID | None, tags: list[str] | None, metadata: dict[str, Any] | None
    ) -> Any:
        """Return the manager that starts the counterpart of a run."""
        outer = self.manager
        inner = parent_run_id is not None and parent_run_id in self.runs
        return self.kind(
            handlers=(outer.inheritable_handlers if inner else outer.handlers).copy(),
            inheritable_handlers=outer.inheritable_handlers.copy(),
            parent_run_id=parent_run_id if inner else outer.parent_run_id,
            tags=list(tags or ()),
            metadata=dict(metadata or {}),
        )

    def _streamed_input(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the converted input of a run that streamed it."""
        return {"inputs": self.value(kwargs["inputs"])} if "inputs" in kwargs else {}


def _tool_end_arguments(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the end callback of a tool."""
    return {key: kwargs[key] for key in ("name", "color", "tool_call_id") if key in kwargs}


class SyncRunForwarder(RunForwarder):
    """Run forwarding for sync code."""

    def _start(self, event: str, run_id: UUID, arguments: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.child_manager(parent, tags, kwargs.pop("metadata", None))
        run = getattr(manager, event)(*arguments, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    def _end(self, event: str, run_id: UUID, result: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            getattr(run, event)(result, **about)

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Start a chain, prompt or parser run."""
        arguments = (serialized, self.value(inputs))
        self._start("on_chain_start", run_id, arguments, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        self._end("on_chain_end", run_id, self.value(outputs), self._streamed_input(kwargs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail the run."""
        self._end("on_chain_error", run_id, self.error(error), self._streamed_input(kwargs))

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a chat model run."""
        arguments = (serialized, self.value(messages))
        self._start("on_chat_model_start", run_id, arguments, kwargs)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Start a text model run."""
        self._start("on_llm_start", run_id, (serialized, prompts), kwargs)

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """Forward a chunk of a model."""
        run = self.token_run(run_id)
        if run is not None:
            run.on_llm_new_token(token, chunk=self.value(chunk))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End a model run."""
        self._end("on_llm_end", run_id, self.value(response), {})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail a model run."""
        about = {"response": self.value(kwargs.get("response"))}
        self._end("on_llm_error", run_id, self.error(error), about)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a tool run."""
        kwargs["inputs"] = self.value(kwargs.get("inputs"))
        self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        self._end("on_tool_end", run_id, self.value(output), _tool_end_arguments(kwargs))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail the run."""
        self._end("on_tool_error", run_id, self.error(error), _tool_end_arguments(kwargs))

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a retriever run."""
        self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        self._end("on_retriever_end", run_id, self.value(documents), {})

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail the run."""
        self._end("on_retriever_error", run_id, self.error(error), {})

    def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forward a retry."""
        run = self.runs.get(run_id)
        if run is not None:
            run.on_retry(retry_state)

    def on_text(self, text: str, *, run_id: UUID, **kwargs: Any) -> None:
        """Forward text."""
        run = self.runs.get(run_id)
        if run is not None:
            run.on_text(text)

    def on_custom_event(
        self,
        name: str,
        data: Any,
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Forward a custom event."""
        manager = self.child_manager(run_id, tags, metadata)
        manager.on_custom_event(name, self.value(data), run_id=run_id)


class AsyncRunForwarder(RunForwarder):
    """Run forwarding for async code."""

    async def _start(self, event: str, run_id: UUID, arguments: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.child_manager(parent, tags, kwargs.pop("metadata", None))
        run = await getattr(manager, event)(*arguments, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    async def _end(self, event: str, run_id: UUID, result: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            await getattr(run, event)(result, **about)

    async def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a chain, prompt or parser run."""
        arguments = (serialized, self.value(inputs))
        await self._start("on_chain_start", run_id, arguments, kwargs)

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        await self._end("on_chain_end", run_id, self.value(outputs), self._streamed_input(kwargs))

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail the run."""
        await self._end("on_chain_error", run_id, self.error(error), self._streamed_input(kwargs))

    async def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a chat model run."""
        arguments = (serialized, self.value(messages))
        await self._start("on_chat_model_start", run_id, arguments, kwargs)

    async def on_llm_start(
        self, serialized: Any, prompts: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a text model run."""
        await self._start("on_llm_start", run_id, (serialized, prompts), kwargs)

    async def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """Forward a chunk of a model."""
        run = self.token_run(run_id)
        if run is not None:
            await run.on_llm_new_token(token, chunk=self.value(chunk))

    async def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End a model run."""
        await self._end("on_llm_end", run_id, self.value(response), {})

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail a model run."""
        about = {"response": self.value(kwargs.get("response"))}
        await self._end("on_llm_error", run_id, self.error(error), about)

    async def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a tool run."""
        kwargs["inputs"] = self.value(kwargs.get("inputs"))
        await self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        await self._end("on_tool_end", run_id, self.value(output), _tool_end_arguments(kwargs))

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Fail the run."""
        await self._end("on_tool_error", run_id, self.error(error), _tool_end_arguments(kwargs))

    async def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start a retriever run."""
        await self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    async def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the run."""
        await self._end("on_retriever_end", run_id, self.value(documents), {})

    async def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Fail the run."""
        await self._end("on_retriever_error", run_id, self.error(error), {})

    async def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forward a retry."""
        run = self.runs.get(run_id)
        if run is not None:
            await run.on_retry(retry_state)

    async def on_text(self, text: str, *, run_id: UUID, **kwargs: Any) -> None:
        """Forward text."""
        run = self.runs.get(run_id)
        if run is not None:
            await run.on_text(text)

    async def on_custom_event(
        self,
        name: str,
        data: Any,
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Forward a custom event."""
        manager = self.child_manager(run_id, tags, metadata)
        await manager.on_custom_event(name, self.value(data), run_id=run_id)
