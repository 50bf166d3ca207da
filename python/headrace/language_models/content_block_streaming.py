"""Content-block streaming of chat models: the runs behind `stream_events(version="v3")`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.callbacks.dispatch import handles
from headrace.compat import Flag, flags
from headrace.language_models.answers import error_response, id_of
from headrace.language_models.base import ManagerT
from headrace.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from headrace.language_models.chunks_to_events import BlockEvents
from headrace.language_models.inputs import for_providers, pop_output_format
from headrace.messages import AIMessage, AIMessageChunk
from headrace.outputs import ChatGeneration, ChatResult, LLMResult
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import RunnableConfig, resolve
from headrace.utils.uuid import uuid7
from headrace.wire.ends import BlockEnds

if TYPE_CHECKING:
    import asyncio

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["AsyncBlockRun", "BlockEventSource", "SyncBlockRun", "event_emitter", "result_of_stream"]

_NOTHING = "No generation chunks were returned"


def event_emitter(run: BaseRunManager | None) -> Any:
    """Return the method that emits content-block events, or None if no handler handles them."""
    if run is None or not any(handles(h, "on_stream_event", "ignore_llm") for h in run.handlers):
        return None
    return run.on_stream_event  # type: ignore[attr-defined]


def _generation(message: AIMessage, stream: Any) -> ChatGeneration:
    return ChatGeneration(message=message, generation_info=stream._generation_info or None)


def result_of_stream(stream: Any) -> ChatResult:
    """Return the answer of a complete stream.

    Raises:
        ValueError: If the stream had no events.
        RuntimeError: If the stream ended early.
    """
    if stream._error is not None:
        raise stream._error
    if stream.output_message is None:
        if not stream.has_events:
            raise ValueError(_NOTHING)
        raise RuntimeError("the model's events ended without `message-finish`")
    return ChatResult(generations=[_generation(stream.output_message, stream)])


class BlockEventSource:
    """The events of a model, as a stream takes them."""

    def __init__(
        self, model: Any, messages: Any, stop: Any, run: Any, stream: Any, kwargs: dict[str, Any]
    ) -> None:
        self._model = model
        self._messages = messages
        self._stop = stop
        self._run = run
        self._stream = stream
        self._kwargs = kwargs
        self._iterator: Any = None

    def _call(self, method: Any) -> Any:
        return method(self._messages, stop=self._stop, run_manager=self._run, **self._kwargs)

    def steps(self, emit: Any) -> Iterator[bool]:
        """Read the model into the stream and yield True after each chunk.

        Args:
            emit: A function to call with each event. Without it, plain parts of chunks go to the
                stream without events.
        """
        model, stream = self._model, self._stream
        dispatch = stream.dispatch
        if model._stream_chat_model_events is not None:
            self._iterator = self._call(model._stream_chat_model_events)
            for event in self._iterator:
                dispatch(event)
                if emit is not None:
                    emit(event)
                if stream._done:
                    return  # without a pause, so that the run ends as soon as the message does
                yield True
            return
        builder = BlockEvents(stream.message_id, stream._generation_info)
        add, settle = stream._plain_parts(builder)
        plain = AIMessageChunk if emit is None else None
        provider: Any = None
        self._iterator = model._stream_parts(self._messages, self._stop, self._run, self._kwargs)
        is_direct = self._iterator is not None and self._run is None
        if self._iterator is None:
            self._iterator = self._call(model._stream)
        for chunk in self._iterator:
            if chunk.__class__ is BlockEnds:
                settle()
                for event in builder.end(chunk.keys):
                    dispatch(event)
                    if emit is not None:
                        emit(event)
                yield True
                continue
            message, info = (chunk, None) if is_direct else (chunk.message, chunk.generation_info)
            if message.__class__ is plain and not info:
                part = message._plain_part(provider)
                if part is not None and add(part):
                    yield True
                    continue
            settle()
            for event in builder.feed(message, info):
                dispatch(event)
                if emit is not None:
                    emit(event)
            provider = builder.provider
            yield True
        settle()
        for event in builder.finish():
            dispatch(event)
            if emit is not None:
                emit(event)

    async def abatches(self, *, plain: bool = False) -> AsyncIterator[Any]:
        """Yield the events of each chunk.

        Args:
            plain: If true, plain parts of chunks go to the stream without events, and an empty
                batch is yielded for them.
        """
        model, stream = self._model, self._stream
        if model._astream_chat_model_events is not None:
            self._iterator = self._call(model._astream_chat_model_events)
            async for event in self._iterator:
                yield (event,)
            return
        builder = BlockEvents(stream.message_id, stream._generation_info)
        add, settle = stream._plain_parts(builder)
        provider: Any = None
        self._iterator = model._astream_parts(self._messages, self._stop, self._run, self._kwargs)
        is_direct = self._iterator is not None and self._run is None
        if self._iterator is None:
            self._iterator = self._call(model._astream)
        async for chunk in self._iterator:
            if chunk.__class__ is BlockEnds:
                settle()
                yield builder.end(chunk.keys)
                continue
            message, info = (chunk, None) if is_direct else (chunk.message, chunk.generation_info)
            if plain and not info and message.__class__ is AIMessageChunk:
                part = message._plain_part(provider)
                if part is not None and add(part):
                    yield ()
                    continue
            settle()
            yield builder.feed(message, info)
            provider = builder.provider
        settle()
        yield builder.finish()

    def close(self) -> None:
        """Close the model's iterator."""
        close_all(self._iterator)

    async def aclose(self) -> None:
        """Close the model's iterator."""
        await aclose_all(self._iterator)


class _BlockRun:
    """A run of a model whose events go to a stream."""

    stream: Any

    def __init__(
        self, model: Any, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        self._model = model
        self._config = resolve(config)
        self._messages = model._convert_input(input).to_messages()
        self._stop = kwargs.pop("stop", None)
        self._options = pop_output_format(kwargs)
        self._kwargs = kwargs
        self._is_watched = model._has_observers(self._config)

    def _prepare(self, kind: type[ManagerT]) -> tuple[ManagerT, dict[str, Any]]:
        prepared: tuple[ManagerT, dict[str, Any]] = self._model._prepare_start(
            kind, self._messages, self._config, self._stop, self._kwargs, self._options
        )
        return prepared

    def _start_source(self, run: Any) -> BlockEventSource:
        id = run.run_id if run is not None else self._config.get("run_id") or uuid7()
        self.stream.set_message_id(id_of(id))
        messages = for_providers(self._messages)
        return BlockEventSource(self._model, messages, self._stop, run, self.stream, self._kwargs)

    def _answer(self) -> LLMResult:
        return LLMResult(generations=[[_generation(self.stream.output_message, self.stream)]])

    def _error_answer(self, error: BaseException) -> LLMResult:
        response = error_response(error)
        info = self.stream._generation_info
        if info:
            found: Any = response.generations[0] if response.generations else []
            if found:
                found[0].generation_info = {**info, **(found[0].generation_info or {})}
            else:
                empty = ChatGeneration(message=AIMessage(content=""), generation_info=dict(info))
                return LLMResult(generations=[[empty]])
        return (
            response
            if response.generations and response.generations[0]
            else LLMResult(generations=[])
        )

    def _end_events(self) -> Exception | None:
        """Complete a stream whose events ended without `message-finish`.

        Returns:
            The error of a stream without events.
        """
        if not self.stream.done:
            if not self.stream.has_events:
                return ValueError(_NOTHING)
            self.stream.dispatch({"event": "message-finish"})
        return None


class SyncBlockRun(_BlockRun):
    """A run that the readers of a `ChatModelStream` drive."""

    def __init__(
        self, model: Any, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        super().__init__(model, input, config, kwargs)
        self._run: CallbackManagerForLLMRun | None = None
        self._source: BlockEventSource | None = None
        self._steps = self._read()
        self.stream = ChatModelStream()
        self.stream.set_start(self.start)
        self.stream.bind_pump(partial(next, self._steps, False))
        self.stream._close = self.close

    def start(self) -> None:
        """Start the run, if it has not started."""
        if self._source is not None:
            return
        if self._is_watched:
            manager, about = self._prepare(CallbackManager)
            (self._run,) = manager.on_chat_model_start(**about)
        self._source = self._start_source(self._run)

    def _read(self) -> Iterator[bool]:
        """Read the model and yield True after each chunk."""
        self.start()
        stream, run, source = self.stream, self._run, self._source
        assert source is not None
        try:
            try:
                if self._model.rate_limiter:
                    self._model.rate_limiter.acquire(blocking=True)
                yield from source.steps(event_emitter(run))
            finally:
                source.close()
            error = self._end_events() or stream._error
            if error is not None:
                raise error
        except BaseException as error:  # noqa: BLE001 - the readers raise it
            if not stream.done:
                stream.fail(error)
            if run is not None:
                run.on_llm_error(error, response=self._error_answer(error))
            return
        if run is not None:
            run.on_llm_end(self._answer())

    def close(self) -> None:
        """Stop the model and end the run, if it has not ended."""
        self._steps.close()  # type: ignore[attr-defined]
        if not self.stream.done:
            self.stream.fail(GeneratorExit("the stream was closed"))


class AsyncBlockRun(_BlockRun):
    """A run whose task feeds an `AsyncChatModelStream`."""

    def __init__(
        self, model: Any, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        bound: int | None = kwargs.pop("max_buffered", None)
        if bound is not None and bound < 1:
            raise ValueError(f"max_buffered must be at least 1, not {bound}")
        super().__init__(model, input, config, kwargs)
        self._run: AsyncCallbackManagerForLLMRun | None = None
        self._lock = asyncio.Lock()
        self.stream: AsyncChatModelStream = AsyncChatModelStream()
        self._demand = None
        if bound is not None or flags() & Flag.BOUNDED_STREAMS:
            self._demand = self.stream._set_bound(bound or self.stream.max_buffered)
        self.stream.set_start(self.start)
        self.stream._on_aclose_fail = self._failed

    async def start(self) -> None:
        """Start the run and the task that reads the model, if they have not started."""
        stream = self.stream
        if stream._producer_task is not None:
            return
        async with self._lock:
            if stream._producer_task is not None:
                return
            if self._is_watched:
                manager, about = self._prepare(AsyncCallbackManager)
                (self._run,) = await manager.on_chat_model_start(**about)
            source = self._start_source(self._run)
            stream._producer_task = asyncio.get_running_loop().create_task(self._produce(source))

    async def _produce(self, source: BlockEventSource) -> None:
        stream = self.stream
        try:
            if self._model.rate_limiter:
                await self._model.rate_limiter.aacquire(blocking=True)
            await self._read(source)
            error = self._end_events()
            if error is not None:
                raise error
        except BaseException as error:
            # first the handlers, since a program may end as soon as its reader raises the error
            try:
                await self._failed(error)
            finally:
                if not stream.done:
                    stream.fail(error)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        if stream._error is not None:
            await self._failed(stream._error)
        elif self._run is not None:
            await self._run.on_llm_end(self._answer())

    async def _read(self, source: BlockEventSource) -> None:
        stream, demand, emit = self.stream, self._demand, event_emitter(self._run)
        batches = source.abatches(plain=emit is None)
        try:
            async for events in batches:
                for event in events:
                    stream.dispatch(event)
                    if emit is not None:
                        await emit(event)
                if stream._done:
                    return
                if demand is not None:
                    await demand.wait()
        finally:
            await aclose_all(batches, source)

    async def _failed(self, error: BaseException) -> None:
        if self._run is not None:
            await self._run.on_llm_error(error, response=self._error_answer(error))
