"""Telling one library's handlers of the other's runs: what both directions do alike.

For each run that is heard of, a run of the same id, name, kind, tags and metadata is started with
the managers of the other library, and ended as it ends. A direction says how values and errors
cross.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["AsyncRunRetelling", "Retelling", "RunRetelling"]


class Retelling(ABC):
    """What synchronous and asynchronous retellings have in common.

    Attributes:
        manager: The other library's handlers, and what is said about runs.
        runs: The runs that are going on there, by id.
    """

    kind: ClassVar[type[Any]]
    """The other library's kind of manager."""

    raise_error = True  # whether an error of a handler breaks the run is decided by its own library

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
        """Give a value as the other library has it."""

    @staticmethod
    @abstractmethod
    def error(error: BaseException) -> BaseException:
        """Give an error as the other library has it."""

    def listening(self, run_id: UUID) -> Any:
        """Give the run of a model whose tokens are to be told of."""
        return self.runs.get(run_id)

    def under(
        self, parent_run_id: UUID | None, tags: list[str] | None, metadata: dict[str, Any] | None
    ) -> Any:
        """Give what starts a run there where one has started here."""
        outer = self.manager
        inner = parent_run_id is not None and parent_run_id in self.runs
        return self.kind(
            handlers=(outer.inheritable_handlers if inner else outer.handlers).copy(),
            inheritable_handlers=outer.inheritable_handlers.copy(),
            parent_run_id=parent_run_id if inner else outer.parent_run_id,
            tags=list(tags or ()),
            metadata=dict(metadata or {}),
        )

    def _streamed(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Give what the end of a run says beside the output: the input, where that was streamed."""
        return {"inputs": self.value(kwargs["inputs"])} if "inputs" in kwargs else {}


def _of_tools(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give what a tool says of itself when it ends."""
    return {key: kwargs[key] for key in ("name", "color", "tool_call_id") if key in kwargs}


class RunRetelling(Retelling):
    """Starts and ends runs from synchronous code."""

    def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.under(parent, tags, kwargs.pop("metadata", None))
        run = getattr(manager, event)(*given, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    def _end(self, event: str, run_id: UUID, given: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            getattr(run, event)(given, **about)

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A chain, prompt or parser starts."""
        given = (serialized, self.value(inputs))
        self._start("on_chain_start", run_id, given, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_chain_end", run_id, self.value(outputs), self._streamed(kwargs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_chain_error", run_id, self.error(error), self._streamed(kwargs))

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, self.value(messages))
        self._start("on_chat_model_start", run_id, given, kwargs)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A text model starts."""
        self._start("on_llm_start", run_id, (serialized, prompts), kwargs)

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """A model gave a part of its answer."""
        run = self.listening(run_id)
        if run is not None:
            run.on_llm_new_token(token, chunk=self.value(chunk))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        self._end("on_llm_end", run_id, self.value(response), {})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": self.value(kwargs.get("response"))}
        self._end("on_llm_error", run_id, self.error(error), about)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = self.value(kwargs.get("inputs"))
        self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_tool_end", run_id, self.value(output), _of_tools(kwargs))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_tool_error", run_id, self.error(error), _of_tools(kwargs))

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_retriever_end", run_id, self.value(documents), {})

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_retriever_error", run_id, self.error(error), {})

    def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A run is about to be tried again."""
        run = self.runs.get(run_id)
        if run is not None:
            run.on_retry(retry_state)

    def on_text(self, text: str, *, run_id: UUID, **kwargs: Any) -> None:
        """A run has some text to show."""
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
        """A run made up an event."""
        manager = self.under(run_id, tags, metadata)
        manager.on_custom_event(name, self.value(data), run_id=run_id)


class AsyncRunRetelling(Retelling):
    """Starts and ends runs from asynchronous code; see `RunRetelling` for the events."""

    async def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.under(parent, tags, kwargs.pop("metadata", None))
        run = await getattr(manager, event)(*given, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    async def _end(self, event: str, run_id: UUID, given: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            await getattr(run, event)(given, **about)

    async def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chain, prompt or parser starts."""
        given = (serialized, self.value(inputs))
        await self._start("on_chain_start", run_id, given, kwargs)

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_chain_end", run_id, self.value(outputs), self._streamed(kwargs))

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_chain_error", run_id, self.error(error), self._streamed(kwargs))

    async def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, self.value(messages))
        await self._start("on_chat_model_start", run_id, given, kwargs)

    async def on_llm_start(
        self, serialized: Any, prompts: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A text model starts."""
        await self._start("on_llm_start", run_id, (serialized, prompts), kwargs)

    async def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """A model gave a part of its answer."""
        run = self.listening(run_id)
        if run is not None:
            await run.on_llm_new_token(token, chunk=self.value(chunk))

    async def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        await self._end("on_llm_end", run_id, self.value(response), {})

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": self.value(kwargs.get("response"))}
        await self._end("on_llm_error", run_id, self.error(error), about)

    async def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = self.value(kwargs.get("inputs"))
        await self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_tool_end", run_id, self.value(output), _of_tools(kwargs))

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_tool_error", run_id, self.error(error), _of_tools(kwargs))

    async def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        await self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    async def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_retriever_end", run_id, self.value(documents), {})

    async def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """It has failed."""
        await self._end("on_retriever_error", run_id, self.error(error), {})

    async def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A run is about to be tried again."""
        run = self.runs.get(run_id)
        if run is not None:
            await run.on_retry(retry_state)

    async def on_text(self, text: str, *, run_id: UUID, **kwargs: Any) -> None:
        """A run has some text to show."""
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
        """A run made up an event."""
        manager = self.under(run_id, tags, metadata)
        await manager.on_custom_event(name, self.value(data), run_id=run_id)
