"""Runs of LangChain's as runs of this library.

A mirror is a handler of LangChain's that starts, for each run it hears of, a run of the same id,
name, kind, tags and metadata here, below the run that the adapter is in. Handlers and event streams
of this library then see what happens inside LangChain's runnables as if it were their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.callbacks import AsyncCallbackHandler as TheirAsyncHandler
from langchain_core.callbacks import BaseCallbackHandler as TheirHandler

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.langchain.errors import error_from_langchain
from headrace.langchain.values import value_from_langchain
from headrace.runnables.closing import aclose_all, close_all

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.run import Pressure

__all__ = ["AsyncRunMirror", "AsyncStreamMirror", "Mirror", "RunMirror", "StreamMirror"]

ManagerT = TypeVar("ManagerT", CallbackManager, AsyncCallbackManager)


class Mirror:
    """What synchronous and asynchronous mirrors have in common.

    Attributes:
        manager: What runs are started under.
        runs: The runs that are going on, by id.
        others: Other handlers that look at chunks; LangChain asks only the first it finds.
    """

    raise_error = True  # whether an error of a handler breaks the run was decided here already
    run_inline = True

    def __init__(self, manager: BaseCallbackManager, others: Sequence[Any] = ()) -> None:
        """Mirror runs.

        Args:
            manager: What runs without a parent in LangChain are started under.
            others: Handlers of LangChain's that look at chunks too.
        """
        self.manager = manager
        self.runs: dict[UUID, Any] = {}
        self.others = others

    def __copy__(self) -> Mirror:
        return self

    def __deepcopy__(self, memo: Any) -> Mirror:
        return self

    def under(
        self,
        kind: type[ManagerT],
        parent_run_id: UUID | None,
        tags: list[str] | None,
        metadata: dict[str, Any] | None,
    ) -> ManagerT:
        """Give what starts a run where LangChain's has started."""
        outer = self.manager
        inner = parent_run_id is not None and parent_run_id in self.runs
        return kind(
            handlers=(outer.inheritable_handlers if inner else outer.handlers).copy(),
            inheritable_handlers=outer.inheritable_handlers.copy(),
            parent_run_id=parent_run_id if inner else outer.parent_run_id,
            tags=list(tags or ()),
            metadata=dict(metadata or {}),
        )

    def teller(self, run_id: UUID) -> Callable[[Any], Pressure | None] | None:
        """Give what shows a chunk to those who watch a run; None where nobody does."""
        run = self.runs.get(run_id)
        return None if run is None else run.teller

    def listening(self, run_id: UUID) -> Any:
        """Give the run of a model of whose tokens somebody wants to hear."""
        run = self.runs.get(run_id)
        return run if run is not None and (run.streamers or run.token_handlers) else None


def _about(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give what the end of a run says beside the output: the input, where that was streamed."""
    return {"inputs": value_from_langchain(kwargs["inputs"])} if "inputs" in kwargs else {}


class RunMirror(Mirror, TheirHandler):
    """Mirrors runs for synchronous code."""

    def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.under(CallbackManager, parent, tags, kwargs.pop("metadata", None))
        run = getattr(manager, event)(*given, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    def _end(self, event: str, run_id: UUID, given: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            getattr(run, event)(given, **about)

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A chain, prompt or parser starts."""
        given = (serialized, value_from_langchain(inputs))
        self._start("on_chain_start", run_id, given, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_chain_end", run_id, value_from_langchain(outputs), _about(kwargs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_chain_error", run_id, error_from_langchain(error), _about(kwargs))

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, value_from_langchain(messages))
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
            run.on_llm_new_token(token, chunk=value_from_langchain(chunk))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        self._end("on_llm_end", run_id, value_from_langchain(response), {})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": value_from_langchain(kwargs.get("response"))}
        self._end("on_llm_error", run_id, error_from_langchain(error), about)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = value_from_langchain(kwargs.get("inputs"))
        self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_tool_end", run_id, value_from_langchain(output), {})

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_tool_error", run_id, error_from_langchain(error), {})

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_retriever_end", run_id, value_from_langchain(documents), {})

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_retriever_error", run_id, error_from_langchain(error), {})

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
        manager = self.under(CallbackManager, run_id, tags, metadata)
        manager.on_custom_event(name, value_from_langchain(data), run_id=run_id)


class AsyncRunMirror(Mirror, TheirAsyncHandler):
    """Mirrors runs for asynchronous code; see `RunMirror` for the events."""

    async def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        parent, tags = kwargs.pop("parent_run_id", None), kwargs.pop("tags", None)
        manager = self.under(AsyncCallbackManager, parent, tags, kwargs.pop("metadata", None))
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
        given = (serialized, value_from_langchain(inputs))
        await self._start("on_chain_start", run_id, given, kwargs)

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_chain_end", run_id, value_from_langchain(outputs), _about(kwargs))

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_chain_error", run_id, error_from_langchain(error), _about(kwargs))

    async def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, value_from_langchain(messages))
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
            await run.on_llm_new_token(token, chunk=value_from_langchain(chunk))

    async def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        await self._end("on_llm_end", run_id, value_from_langchain(response), {})

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": value_from_langchain(kwargs.get("response"))}
        await self._end("on_llm_error", run_id, error_from_langchain(error), about)

    async def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = value_from_langchain(kwargs.get("inputs"))
        await self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_tool_end", run_id, value_from_langchain(output), {})

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_tool_error", run_id, error_from_langchain(error), {})

    async def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        await self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    async def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_retriever_end", run_id, value_from_langchain(documents), {})

    async def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """It has failed."""
        await self._end("on_retriever_error", run_id, error_from_langchain(error), {})

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
        manager = self.under(AsyncCallbackManager, run_id, tags, metadata)
        await manager.on_custom_event(name, value_from_langchain(data), run_id=run_id)


# --- those that look at chunks --------------------------------------------------------------------


class _Tapped:
    """A stream whose chunks are shown as they pass."""

    def __init__(self, tell: Callable[[Any], Pressure | None], source: Iterator[Any]) -> None:
        self._tell = tell
        self._source = source

    def __iter__(self) -> _Tapped:
        return self

    def __next__(self) -> Any:
        chunk = next(self._source)
        pressure = self._tell(value_from_langchain(chunk))
        if pressure is not None:
            pressure.block()
        return chunk

    def close(self) -> None:
        """Close the stream."""
        close_all(self._source)


class _ATapped:
    """An asynchronous stream whose chunks are shown as they pass.

    It is no generator: LangChain closes what it reads from, and leaves this.
    """

    def __init__(self, tell: Callable[[Any], Pressure | None], source: AsyncIterator[Any]) -> None:
        self._tell = tell
        self._source = source

    def __aiter__(self) -> _ATapped:
        return self

    async def __anext__(self) -> Any:
        chunk = await self._source.__anext__()
        pressure = self._tell(value_from_langchain(chunk))
        if pressure is not None:
            await pressure
        return chunk

    async def aclose(self) -> None:
        """Close the stream."""
        await aclose_all(self._source)


class _Tapping(Mirror):
    """What makes LangChain show chunks, and models stream where they are asked for all."""

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Give a stream whose chunks are shown to those who watch the run."""
        for handler in self.others:
            output = handler.tap_output_iter(run_id, output)
        tell = self.teller(run_id)
        return output if tell is None else _Tapped(tell, output)

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Give a stream whose chunks are shown to those who watch the run."""
        for handler in self.others:
            output = handler.tap_output_aiter(run_id, output)
        tell = self.teller(run_id)
        return output if tell is None else _ATapped(tell, output)


class StreamMirror(_Tapping, RunMirror):
    """Mirrors runs and what they stream."""


class AsyncStreamMirror(_Tapping, AsyncRunMirror):
    """Mirrors runs and what they stream, for asynchronous code."""
