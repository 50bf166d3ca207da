"""Content-block streaming of chat models: the runs behind `stream_events(version="v3")`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from headrace._lazy import lazy_module
from headrace.callbacks.dispatch import hears
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.callbacks.taps import BlockEventTap
from headrace.compat import Flag, flags
from headrace.language_models.answers import error_response, id_of
from headrace.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from headrace.language_models.chunks_to_events import BlockEvents
from headrace.language_models.inputs import for_providers
from headrace.language_models.message_to_events import message_to_events
from headrace.language_models.runs import ManagerT, configured, has_observers, take_format, told
from headrace.messages import AIMessage, AIMessageChunk
from headrace.outputs import ChatGeneration, ChatResult, LLMResult
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import RunnableConfig, resolve
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    import asyncio

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )
    from headrace.events.schema import StreamEvent
    from headrace.language_models.base import LanguageModelInput
    from headrace.messages import BaseMessage
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["ContentBlockStreaming"]

_NOTHING = "No generation chunks were returned"


class ContentBlockStreaming:
    """Methods of chat models that stream content-block events.

    A model may define `_stream_chat_model_events` and `_astream_chat_model_events`, with the
    arguments of `_stream`, to produce the events itself. For other models they are made from the
    chunks of `_stream`.
    """

    _stream_chat_model_events: Any = None
    _astream_chat_model_events: Any = None

    @overload
    def stream_events(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2"] = "v2",
        **kwargs: Any,
    ) -> Iterator[StreamEvent]: ...
    @overload
    def stream_events(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> ChatModelStream: ...
    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Any = "v2",
        **kwargs: Any,
    ) -> Any:
        """Stream the answer as events.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            version: `"v3"` returns a stream of content blocks; `"v1"` and `"v2"` are those of
                `Runnable.stream_events`.
            **kwargs: With `"v3"`, `stop` and arguments for the provider.

        Returns:
            With `"v3"`, the stream. The model is called when you read it. Otherwise, an iterator
            over events.

        Raises:
            ValueError: If the input has another type.
        """
        if version != "v3":
            return super().stream_events(input, config, version=version, **kwargs)  # type: ignore[misc]
        return _SyncRun(self, input, config, kwargs).stream

    @overload
    def astream_events(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v1", "v2"] = "v2",
        **kwargs: Any,
    ) -> AsyncIterator[StreamEvent]: ...
    @overload
    def astream_events(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        version: Literal["v3"],
        stop: list[str] | None = None,
        max_buffered: int | None = None,
        **kwargs: Any,
    ) -> Awaitable[AsyncChatModelStream]: ...
    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Any = "v2",
        **kwargs: Any,
    ) -> Any:
        """Async version of `stream_events`; with `"v3"`, await it for the stream.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            version: `"v3"` for a stream of content blocks.
            **kwargs: With `"v3"`, `stop`, arguments for the provider, and `max_buffered`: the
                number of events that the model may be ahead of the readers, by default 256.

        Returns:
            With `"v3"`, an awaitable that returns the stream. Otherwise, an async iterator.

        Raises:
            ValueError: If the input has another type, or `max_buffered` is less than 1; with
                `"v3"`, when awaited.
        """
        if version != "v3":
            return super().astream_events(input, config, version=version, **kwargs)  # type: ignore[misc]
        return self._astream_blocks(input, config, kwargs)

    async def _astream_blocks(
        self, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> AsyncChatModelStream:
        run = _AsyncRun(self, input, config, kwargs)
        return run.stream

    # -- routing of `invoke` -----------------------------------------------------------------------

    def _should_use_protocol_streaming(
        self, *, async_api: bool, run_manager: BaseRunManager | None = None, **kwargs: Any
    ) -> bool:
        """Return True if a handler requests content-block events and the model can stream them."""
        if run_manager is None:
            return False
        if not any(isinstance(handler, BlockEventTap) for handler in run_manager.handlers):
            return False
        from headrace.language_models.chat_models import BaseChatModel

        cls: Any = type(self)
        has_source = (
            cls._stream_chat_model_events is not None or cls._stream is not BaseChatModel._stream
        )
        if async_api and not has_source:
            has_source = (
                cls._astream_chat_model_events is not None
                or cls._astream is not BaseChatModel._astream
            )
        return has_source and not self._streaming_disabled(**kwargs)  # type: ignore[attr-defined]

    def _generate_from_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: CallbackManagerForLLMRun,
        kwargs: dict[str, Any],
    ) -> ChatResult:
        """Return the answer, and emit its content-block events to the handlers."""
        stream = ChatModelStream(message_id=id_of(run_manager.run_id))
        source = _Source(self, messages, stop, run_manager, stream, kwargs)
        try:
            for _ in source.steps(_emitter(run_manager)):
                pass
        finally:
            source.close()
        return _result(stream)

    async def _agenerate_from_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: AsyncCallbackManagerForLLMRun,
        kwargs: dict[str, Any],
    ) -> ChatResult:
        """Async version of `_generate_from_events`."""
        stream = AsyncChatModelStream(message_id=id_of(run_manager.run_id))
        source = _Source(self, messages, stop, run_manager, stream, kwargs)
        emit = _emitter(run_manager)
        try:
            async for events in source.abatches():
                for event in events:
                    stream.dispatch(event)
                    if emit is not None:
                        await emit(event)
        finally:
            await source.aclose()
        return _result(stream)

    def _replay_cached_events(
        self, result: ChatResult, run_manager: CallbackManagerForLLMRun | None, kwargs: Any
    ) -> None:
        """Emit the events of a cached answer, as for one that the model streams."""
        if run_manager is not None and self._should_use_protocol_streaming(
            async_api=False, run_manager=run_manager, **kwargs
        ):
            for generation in result.generations:
                for event in message_to_events(
                    generation.message, message_id=id_of(run_manager.run_id)
                ):
                    run_manager.on_stream_event(event)

    async def _areplay_cached_events(
        self, result: ChatResult, run_manager: AsyncCallbackManagerForLLMRun | None, kwargs: Any
    ) -> None:
        """Async version of `_replay_cached_events`."""
        if run_manager is not None and self._should_use_protocol_streaming(
            async_api=True, run_manager=run_manager, **kwargs
        ):
            for generation in result.generations:
                for event in message_to_events(
                    generation.message, message_id=id_of(run_manager.run_id)
                ):
                    await run_manager.on_stream_event(event)


def _emitter(run: BaseRunManager | None) -> Any:
    """Return the method that emits content-block events, or None if no handler handles them."""
    if run is None or not any(hears(h, "on_stream_event", "ignore_llm") for h in run.handlers):
        return None
    return run.on_stream_event  # type: ignore[attr-defined]


def _generation(message: AIMessage, stream: Any) -> ChatGeneration:
    return ChatGeneration(message=message, generation_info=stream._generation_info or None)


def _result(stream: Any) -> ChatResult:
    if stream._error is not None:
        raise stream._error
    if stream.output_message is None:
        if not stream.has_events:
            raise ValueError(_NOTHING)
        raise RuntimeError("the model's events ended without `message-finish`")
    return ChatResult(generations=[_generation(stream.output_message, stream)])


class _Source:
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
        if self._run is None:
            self._iterator = model._stream_messages(self._messages, self._stop, self._kwargs)
        is_direct = self._iterator is not None
        if not is_direct:
            self._iterator = self._call(model._stream)
        for chunk in self._iterator:
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
        if self._run is None:
            self._iterator = model._astream_messages(self._messages, self._stop, self._kwargs)
        is_direct = self._iterator is not None
        if not is_direct:
            self._iterator = self._call(model._astream)
        async for chunk in self._iterator:
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
        self._options = take_format(kwargs)
        self._kwargs = kwargs
        self._is_watched = has_observers(model, self._config)

    def _starting(self, kind: type[ManagerT]) -> tuple[ManagerT, dict[str, Any]]:
        """Return the manager that starts the run, and the arguments of the start event."""
        config = self._config
        manager = configured(
            kind,
            self._model,
            config.get("callbacks"),
            config.get("tags"),
            config.get("metadata"),
            self._stop,
            self._kwargs,
        )
        serialized, shown, more = told(
            self._model, [self._messages], self._stop, self._kwargs, self._options, named=True
        )
        return manager, {
            "serialized": serialized,
            "messages": shown,
            "run_id": config.get("run_id"),
            "name": config.get("run_name"),
            **more,
        }

    def _begun(self, run: Any) -> _Source:
        id = run.run_id if run is not None else self._config.get("run_id") or uuid7()
        self.stream.set_message_id(id_of(id))
        messages = for_providers(self._messages)
        return _Source(self._model, messages, self._stop, run, self.stream, self._kwargs)

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


class _SyncRun(_BlockRun):
    """A run that the readers of a `ChatModelStream` drive."""

    def __init__(
        self, model: Any, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        super().__init__(model, input, config, kwargs)
        self._run: CallbackManagerForLLMRun | None = None
        self._source: _Source | None = None
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
            manager, about = self._starting(CallbackManager)
            (self._run,) = manager.on_chat_model_start(**about)
        self._source = self._begun(self._run)

    def _read(self) -> Iterator[bool]:
        """Read the model and yield True after each chunk."""
        self.start()
        stream, run, source = self.stream, self._run, self._source
        assert source is not None
        try:
            try:
                if self._model.rate_limiter:
                    self._model.rate_limiter.acquire(blocking=True)
                yield from source.steps(_emitter(run))
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


class _AsyncRun(_BlockRun):
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
                manager, about = self._starting(AsyncCallbackManager)
                (self._run,) = await manager.on_chat_model_start(**about)
            source = self._begun(self._run)
            stream._producer_task = asyncio.get_running_loop().create_task(self._produce(source))

    async def _produce(self, source: _Source) -> None:
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

    async def _read(self, source: _Source) -> None:
        stream, demand, emit = self.stream, self._demand, _emitter(self._run)
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
