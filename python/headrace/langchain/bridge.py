"""Runs of this library as runs of LangChain's.

A bridge is a handler of this library that starts, for each run it hears of, a run of the same id,
name, kind, tags and metadata with LangChain's handlers, and shows its chunks to those of them that
look at chunks: LangChain's event streams, its log, LangGraph's streams of messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from langchain_core.callbacks import AsyncCallbackManager as TheirAsyncManager
from langchain_core.callbacks import CallbackManager as TheirManager
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.run import Pressure, Run, RunObserver, RunSink
from headrace.langchain.errors import error_to_langchain
from headrace.langchain.values import value_to_langchain
from headrace.runnables.closing import close_all

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.callbacks.base import BaseCallbackManager as TheirBaseManager

__all__ = ["AsyncRunBridge", "Bridge", "RunBridge"]

ManagerT = TypeVar("ManagerT", TheirManager, TheirAsyncManager)
_MODELS = ("chat_model", "llm")
_END = object()


class _Feed:
    """A stream that gives what was put into it, one at a time."""

    __slots__ = ("chunk",)

    def __init__(self) -> None:
        self.chunk: Any = _END

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> Any:
        chunk, self.chunk = self.chunk, _END
        if chunk is _END:
            raise StopIteration
        return chunk


class _Taps(RunSink):
    """Hands the chunks of a run to LangChain's handlers that look at chunks.

    Those expect to sit in the middle of a stream that is being read. Each is given a stream of its
    own, which is fed with a chunk and read for it.
    """

    __slots__ = ("_handlers", "_run_id", "_taps")

    results: bool = False
    inputs: ClassVar[bool] = False

    def __init__(self, handlers: Sequence[Any], run_id: UUID) -> None:
        self._handlers = handlers
        self._run_id = run_id
        self._taps: list[tuple[_Feed, Iterator[Any]]] | None = None

    def streamed(self, chunk: Any) -> Pressure | None:
        """Show a chunk."""
        if self._taps is None:
            # not before the first chunk: by now the handlers have heard of the run
            feeds = [_Feed() for _ in self._handlers]
            self._taps = [
                (feed, handler.tap_output_iter(self._run_id, feed))
                for feed, handler in zip(feeds, self._handlers, strict=True)
            ]
        other = value_to_langchain(chunk)
        for feed, tap in self._taps:
            feed.chunk = other
            next(tap, None)
        return None

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """The run came to its end."""
        close_all(*(tap for _, tap in self._taps or ()))

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """The run failed, or was closed before its end."""
        close_all(*(tap for _, tap in self._taps or ()))


class Bridge(RunObserver):
    """What synchronous and asynchronous bridges have in common.

    Attributes:
        manager: LangChain's handlers, and what is said about runs.
        runs: The runs that are going on, by id.
    """

    raise_error = True  # whether an error of a handler breaks the run was decided there already

    def __init__(self, manager: TheirBaseManager) -> None:
        """Tell LangChain's handlers of runs.

        Args:
            manager: What runs without a parent here are started under.
        """
        self.manager = manager
        self.runs: dict[UUID, Any] = {}
        self._all = _streaming(manager.handlers)
        self._inherited = _streaming(manager.inheritable_handlers)
        self.wants_tokens = bool(self._all)
        self.watches_streams = bool(self._all)

    def __copy__(self) -> Bridge:
        return self

    def __deepcopy__(self, memo: Any) -> Bridge:
        return self

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        """Look at the chunks of a run, where a handler does; models tell of theirs as tokens."""
        if run.kind in _MODELS:
            return None
        handlers = self._inherited if run.parent_id in self.runs else self._all
        return _Taps(handlers, run.id) if handlers else None

    def under(self, kind: type[ManagerT], kwargs: dict[str, Any]) -> ManagerT:
        """Give what starts a run there where one has started here.

        Args:
            kind: The kind of manager.
            kwargs: What the handler was told; what the manager says itself is taken out.
        """
        outer, parent = self.manager, kwargs.pop("parent_run_id", None)
        inner = parent is not None and parent in self.runs
        return kind(
            handlers=(outer.inheritable_handlers if inner else outer.handlers).copy(),
            inheritable_handlers=outer.inheritable_handlers.copy(),
            parent_run_id=parent if inner else outer.parent_run_id,
            tags=list(kwargs.pop("tags", None) or ()),
            metadata=dict(kwargs.pop("metadata", None) or {}),
        )


def _streaming(handlers: Sequence[Any]) -> list[Any]:
    return [handler for handler in handlers if isinstance(handler, _StreamingCallbackHandler)]


def _about(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give what the end of a run says beside the output: the input, where that was streamed."""
    return {"inputs": value_to_langchain(kwargs["inputs"])} if "inputs" in kwargs else {}


class RunBridge(Bridge):
    """Tells of runs from synchronous code."""

    def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        manager = self.under(TheirManager, kwargs)
        run = getattr(manager, event)(*given, run_id=run_id, **kwargs)
        self.runs[run_id] = run[0] if isinstance(run, list) else run

    def _end(self, event: str, run_id: UUID, given: Any, about: dict[str, Any]) -> None:
        run = self.runs.pop(run_id, None)
        if run is not None:
            getattr(run, event)(given, **about)

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A chain, prompt or parser starts."""
        given = (serialized, value_to_langchain(inputs))
        self._start("on_chain_start", run_id, given, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_chain_end", run_id, value_to_langchain(outputs), _about(kwargs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_chain_error", run_id, error_to_langchain(error), _about(kwargs))

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, value_to_langchain(messages))
        self._start("on_chat_model_start", run_id, given, kwargs)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A text model starts."""
        self._start("on_llm_start", run_id, (serialized, prompts), kwargs)

    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """A model gave a part of its answer."""
        run = self.runs.get(run_id)
        if run is not None:
            run.on_llm_new_token(token, chunk=value_to_langchain(chunk))

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        self._end("on_llm_end", run_id, value_to_langchain(response), {})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": value_to_langchain(kwargs.get("response"))}
        self._end("on_llm_error", run_id, error_to_langchain(error), about)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = value_to_langchain(kwargs.get("inputs"))
        self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_tool_end", run_id, value_to_langchain(output), {})

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_tool_error", run_id, error_to_langchain(error), {})

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        self._end("on_retriever_end", run_id, value_to_langchain(documents), {})

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        self._end("on_retriever_error", run_id, error_to_langchain(error), {})

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
        about = {"parent_run_id": run_id, "tags": tags, "metadata": metadata}
        manager = self.under(TheirManager, about)
        manager.on_custom_event(name, value_to_langchain(data), run_id=run_id)


class AsyncRunBridge(Bridge):
    """Tells of runs from asynchronous code; see `RunBridge` for the events."""

    async def _start(self, event: str, run_id: UUID, given: Sequence[Any], kwargs: Any) -> None:
        manager = self.under(TheirAsyncManager, kwargs)
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
        given = (serialized, value_to_langchain(inputs))
        await self._start("on_chain_start", run_id, given, kwargs)

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_chain_end", run_id, value_to_langchain(outputs), _about(kwargs))

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_chain_error", run_id, error_to_langchain(error), _about(kwargs))

    async def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A chat model starts."""
        given = (serialized, value_to_langchain(messages))
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
        run = self.runs.get(run_id)
        if run is not None:
            await run.on_llm_new_token(token, chunk=value_to_langchain(chunk))

    async def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        await self._end("on_llm_end", run_id, value_to_langchain(response), {})

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has failed."""
        about = {"response": value_to_langchain(kwargs.get("response"))}
        await self._end("on_llm_error", run_id, error_to_langchain(error), about)

    async def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A tool starts."""
        kwargs["inputs"] = value_to_langchain(kwargs.get("inputs"))
        await self._start("on_tool_start", run_id, (serialized, input_str), kwargs)

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_tool_end", run_id, value_to_langchain(output), {})

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It has failed."""
        await self._end("on_tool_error", run_id, error_to_langchain(error), {})

    async def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A retriever starts."""
        await self._start("on_retriever_start", run_id, (serialized, query), kwargs)

    async def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has ended."""
        await self._end("on_retriever_end", run_id, value_to_langchain(documents), {})

    async def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """It has failed."""
        await self._end("on_retriever_error", run_id, error_to_langchain(error), {})

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
        about = {"parent_run_id": run_id, "tags": tags, "metadata": metadata}
        manager = self.under(TheirAsyncManager, about)
        await manager.on_custom_event(name, value_to_langchain(data), run_id=run_id)
