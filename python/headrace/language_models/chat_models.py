"""`BaseChatModel`: messages in, a message out, as a whole or as it is made."""

from __future__ import annotations

import builtins
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from headrace._lazy import lazy_module
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.callbacks.ending import aend_each, end_each
from headrace.callbacks.taps import BlockEventTap
from headrace.language_models.answers import (
    BlockNumbers,
    complete,
    error_response,
    id_of,
    last_chunk,
    result_of,
    said,
)
from headrace.language_models.base import (
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
    ManagerT,
    run_arguments,
)
from headrace.language_models.caching import (
    cache_of,
    chat_answers,
    chat_prompt,
    is_answer,
    to_keep,
    undescribed,
)
from headrace.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from headrace.language_models.content_block_streaming import (
    AsyncBlockRun,
    BlockEventSource,
    SyncBlockRun,
    event_emitter,
    result_of_stream,
)
from headrace.language_models.inputs import for_observers, for_providers, pop_output_format
from headrace.language_models.message_to_events import message_to_events
from headrace.language_models.model_profile import ModelProfile, warn_of_unknown_keys
from headrace.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage
from headrace.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    LLMResult,
    RunInfo,
)
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.prompt_values import PromptValue
from headrace.rate_limiters import BaseRateLimiter
from headrace.runnables.accepts import accepts_run_manager
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.concurrency import settle
from headrace.runnables.config import RunnableConfig, resolve
from headrace.runnables.pump import pumped_from
from headrace.utils.env import from_env
from headrace.utils.executor import run_in_executor
from headrace.utils.secrets import hide_secrets
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    import asyncio
    from uuid import UUID

    from pydantic import BaseModel

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )
    from headrace.events.schema import StreamEvent
    from headrace.runnables.runnable import Runnable
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = [
    "BaseChatModel",
    "BaseLanguageModel",
    "LangSmithParams",
    "LanguageModelInput",
    "SimpleChatModel",
    "agenerate_from_stream",
    "generate_from_stream",
]


_NO_CACHE = "Asked to cache, but no cache found at `langchain.cache`."

_NO_CHUNKS = "No generation chunks were returned"


def generate_from_stream(stream: Iterator[ChatGenerationChunk]) -> ChatResult:
    """Merge a stream into a complete result.

    Args:
        stream: The chunks.

    Returns:
        The result.

    Raises:
        ValueError: If there are no chunks.
    """
    return result_of(merge_chat_generation_chunks(list(stream)))


async def agenerate_from_stream(stream: AsyncIterator[ChatGenerationChunk]) -> ChatResult:
    """Async version of `generate_from_stream`."""
    return result_of(merge_chat_generation_chunks([chunk async for chunk in stream]))


class BaseChatModel(BaseLanguageModel[AIMessage], ABC):
    """Base class of chat models: they take messages and return a message.

    A subclass defines `_llm_type` and `_generate`, which returns a complete answer. To stream, it
    also defines the generator `_stream`. `_agenerate` and `_astream` are the async versions; by
    default they run the sync methods in a thread.

    A model may define `_stream_chat_model_events` and `_astream_chat_model_events`, with the
    arguments of `_stream`, to produce content-block events itself. For other models they are made
    from the chunks of `_stream`.

    Example:
        ```python
        class Echo(BaseChatModel):
            prefix: str = "You said: "

            def _generate(self, messages, stop=None, run_manager=None, **kwargs):
                message = AIMessage(self.prefix + messages[-1].text)
                return ChatResult(generations=[ChatGeneration(message=message)])

            @property
            def _llm_type(self):
                return "echo"
        ```
    """

    rate_limiter: BaseRateLimiter | None = Field(default=None, exclude=True)
    """Limit for the rate of requests to the provider."""

    disable_streaming: bool | Literal["tool_calling"] = False
    """Whether `stream` yields the complete answer as one chunk: if true, always; if
    `"tool_calling"`, only for calls with tools."""

    output_version: str | None = Field(default_factory=from_env("LC_OUTPUT_VERSION", default=None))
    """`"v1"` for content as typed blocks, the same for all providers. Otherwise content has the
    provider's format, and `content_blocks` converts it."""

    profile: ModelProfile | None = Field(default=None, exclude=True)
    """The capabilities of the model."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    _stream_chat_model_events: ClassVar[Any] = None
    _astream_chat_model_events: ClassVar[Any] = None

    def _resolve_model_profile(self) -> ModelProfile | None:
        """Return the default profile of the model; integrations override this."""
        return None

    @model_validator(mode="after")
    def _set_model_profile(self) -> Self:
        if self.profile is None:
            try:
                self.profile = self._resolve_model_profile()
            except Exception:  # noqa: BLE001 - an integration's data may be invalid; it is optional
                self.profile = None
        return self

    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        if isinstance(self.profile, dict):  # a subclass may have a property of another type
            warn_of_unknown_keys(self.profile)
        return self

    @property
    def OutputType(self) -> Any:
        """The output type of a model, for its schema."""
        return AnyMessage

    @property
    @abstractmethod
    def _llm_type(self) -> str:
        """The kind of the model, for tracing and caches."""

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        """Return True if streaming is disabled for a call."""
        if self.disable_streaming is True:
            return True
        if self.disable_streaming == "tool_calling" and kwargs.get("tools"):
            return True
        if "stream" in kwargs and not kwargs["stream"]:
            return True
        return self._streaming_field() is False

    def _streaming_field(self) -> bool | None:
        """Return the value of the field `streaming`, if the model has it and it was set."""
        if "streaming" not in self.model_fields_set:
            return None
        return getattr(self, "streaming", None)

    def _combine_llm_outputs(
        self, llm_outputs: list[builtins.dict[str, Any] | None], /
    ) -> builtins.dict[str, Any]:
        """Combine the provider's outputs for several answers."""
        return {}

    def _convert_cached_generations(self, cache_val: list[Generation]) -> list[ChatGeneration]:
        """Convert the entries of a cache to answers of this model."""
        return chat_answers(cache_val)

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> builtins.dict[str, Any]:
        """Return all parameters of a call."""
        return {**self.dict(), "stop": stop, **kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Return the facts about a call; integrations override the guess from the class name."""
        name = type(self).__name__
        provider = name.removeprefix("Chat")
        if provider == name:
            provider = name.removesuffix("Chat")
        return self._guess_ls_params(provider.lower(), "chat", stop, kwargs)

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        params = self._get_ls_params(stop=stop, **kwargs)
        params["ls_integration"] = "langchain_chat_model"
        return params

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Return a description of this model and the arguments of a call, for the cache key."""
        if self.is_lc_serializable():
            described = json.dumps(undescribed(self._serialized), sort_keys=True)
            return f"{described}---{sorted({**hide_secrets(kwargs), 'stop': stop}.items())}"
        params = self._get_invocation_params(stop=stop, **kwargs)
        return str(sorted(hide_secrets(params).items()))

    def asdict(self) -> builtins.dict[str, Any]:
        """Return the parameters of this model without secrets, and its type as `_type`."""
        return {**hide_secrets(self._identifying_params), "_type": self._llm_type}

    def dict(self, **_kwargs: Any) -> builtins.dict[str, Any]:
        """Return the result of `asdict`, whose older name this is."""
        return self.asdict()

    # -- running -----------------------------------------------------------------------------------

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Call the model and return its complete answer.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            **kwargs: Passed to the provider.

        Returns:
            The message.

        Raises:
            ValueError: If the input has another type.
        """
        result = self.generate_prompt(
            [self._convert_input(input)], stop=stop, **run_arguments(config), **kwargs
        )
        return _message_of(result)

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Async version of `invoke`."""
        result = await self.agenerate_prompt(
            [self._convert_input(input)], stop=stop, **run_arguments(config), **kwargs
        )
        return _message_of(result)

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Stream the answer.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            **kwargs: Passed to the provider.

        Yields:
            The chunks of the message, as they arrive. The last one has `chunk_position="last"`. A
            model that cannot stream yields one chunk, the complete message.

        Raises:
            ValueError: If the input has another type, or the model returned nothing.
        """
        if self._should_stream(async_api=False, **{**kwargs, "stream": True}):
            return self._stream_in_run(input, config, stop, kwargs)
        return self._invoke_as_stream(input, config, stop, kwargs)

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """Async version of `stream`."""
        if self._should_stream(async_api=True, **{**kwargs, "stream": True}):
            return self._astream_in_run(input, config, stop, kwargs)
        return self._ainvoke_as_stream(input, config, stop, kwargs)

    def _invoke_as_stream(self, input: Any, config: Any, stop: Any, kwargs: Any) -> Iterator[Any]:
        yield self.invoke(input, config=config, stop=stop, **kwargs)

    async def _ainvoke_as_stream(
        self, input: Any, config: Any, stop: Any, kwargs: Any
    ) -> AsyncIterator[Any]:
        yield await self.ainvoke(input, config=config, stop=stop, **kwargs)

    def _stream_in_run(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
    ) -> Iterator[AIMessageChunk]:
        """Stream an answer over `_stream`.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            kwargs: Passed to the provider.

        Yields:
            The chunks of the message.

        Raises:
            ValueError: If the input is not valid, or the model returned nothing.
        """
        config = resolve(config)
        messages = self._convert_input(input).to_messages()
        options = pop_output_format(kwargs)
        numbers = BlockNumbers() if self.output_version == "v1" else None
        run: CallbackManagerForLLMRun | None = None
        keeps_parts = False
        emit: Callable[[Any, Any], None] | None = None
        if self._has_observers(config):
            manager, about = self._prepare_start(
                CallbackManager, messages, config, stop, kwargs, options
            )
            (run,) = manager.on_chat_model_start(**about)
            emit, keeps_parts = run.token_emitter(), run.wants_results("llm")
        message_id = id_of(run.run_id if run else config.get("run_id") or uuid7())
        parts: list[ChatGenerationChunk] = []
        message: Any = None
        direct: Any = None
        chunks: Any = None
        try:
            try:
                if self.rate_limiter:
                    self.rate_limiter.acquire(blocking=True)
                if run is None:
                    direct = self._stream_messages(for_providers(messages), stop, kwargs)
                if direct is not None:
                    chunks = direct
                    for message in direct:
                        if message.id is None:
                            message.id = message_id
                        if numbers is not None:
                            message = numbers.numbered(message)
                        yield message
                else:
                    chunks = self._stream(for_providers(messages), stop=stop, **kwargs)
                    for chunk in chunks:
                        message = chunk.message
                        if chunk.generation_info:
                            message.response_metadata = said(chunk)
                        if message.id is None:
                            message.id = message_id
                        if numbers is not None:
                            message = chunk.message = numbers.numbered(message)
                        if emit is not None:
                            emit(message.content, chunk)
                        if keeps_parts:
                            parts.append(chunk)
                        yield message
                last = last_chunk(message, message_id)
                if last is not None:
                    if emit is not None:
                        emit("", ChatGenerationChunk(message=last))
                    yield last
            finally:
                close_all(chunks)
            whole = merge_chat_generation_chunks(parts) if keeps_parts else None
        except BaseException as error:
            if run is not None:
                run.on_llm_error(error, response=error_response(error, parts))
            raise
        if message is None:
            nothing = ValueError(_NO_CHUNKS)
            if run is not None:
                run.on_llm_error(nothing, response=LLMResult(generations=[]))
            raise nothing
        if run is not None:
            run.on_llm_end(LLMResult(generations=[[] if whole is None else [whole]]))

    async def _astream_in_run(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
    ) -> AsyncIterator[AIMessageChunk]:
        """Async version of `_stream_in_run`, over `_astream`."""
        config = resolve(config)
        messages = self._convert_input(input).to_messages()
        options = pop_output_format(kwargs)
        numbers = BlockNumbers() if self.output_version == "v1" else None
        run: AsyncCallbackManagerForLLMRun | None = None
        keeps_parts = False
        emit: Callable[[Any, Any], Awaitable[Any] | None] | None = None
        if self._has_observers(config):
            manager, about = self._prepare_start(
                AsyncCallbackManager, messages, config, stop, kwargs, options
            )
            (run,) = await manager.on_chat_model_start(**about)
            emit, keeps_parts = run.token_emitter(), run.wants_results("llm")
        message_id = id_of(run.run_id if run else config.get("run_id") or uuid7())
        parts: list[ChatGenerationChunk] = []
        message: Any = None
        direct: Any = None
        chunks: Any = None
        try:
            try:
                if self.rate_limiter:
                    await self.rate_limiter.aacquire(blocking=True)
                if run is None:
                    direct = self._astream_messages(for_providers(messages), stop, kwargs)
                if direct is not None:
                    chunks = direct
                    async for message in direct:
                        if message.id is None:
                            message.id = message_id
                        if numbers is not None:
                            message = numbers.numbered(message)
                        yield message
                else:
                    chunks = self._astream(for_providers(messages), stop=stop, **kwargs)
                    async for chunk in chunks:
                        message = chunk.message
                        if chunk.generation_info:
                            message.response_metadata = said(chunk)
                        if message.id is None:
                            message.id = message_id
                        if numbers is not None:
                            message = chunk.message = numbers.numbered(message)
                        if emit is not None:
                            pressure = emit(message.content, chunk)
                            if pressure is not None:
                                await pressure
                        if keeps_parts:
                            parts.append(chunk)
                        yield message
                last = last_chunk(message, message_id)
                if last is not None:
                    if emit is not None:
                        pressure = emit("", ChatGenerationChunk(message=last))
                        if pressure is not None:
                            await pressure
                    yield last
            finally:
                await aclose_all(chunks)
            whole = merge_chat_generation_chunks(parts) if keeps_parts else None
        except BaseException as error:
            if run is not None:
                await run.on_llm_error(error, response=error_response(error, parts))
            raise
        if message is None:
            nothing = ValueError(_NO_CHUNKS)
            if run is not None:
                await run.on_llm_error(nothing, response=LLMResult(generations=[]))
            raise nothing
        if run is not None:
            await run.on_llm_end(LLMResult(generations=[[] if whole is None else [whole]]))

    def _prepare_start(
        self,
        kind: type[ManagerT],
        messages: list[BaseMessage],
        config: RunnableConfig,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
        options: builtins.dict[str, Any],
    ) -> tuple[ManagerT, builtins.dict[str, Any]]:
        """Return the manager that starts the run, and the arguments of the start event."""
        manager = self._configure_manager(
            kind,
            config.get("callbacks"),
            config.get("tags"),
            config.get("metadata"),
            stop,
            kwargs,
        )
        serialized, shown, more = self._start_arguments(
            [messages], stop, kwargs, options, named=True
        )
        return manager, {
            "serialized": serialized,
            "messages": shown,
            "run_id": config.get("run_id"),
            "name": config.get("run_name"),
            **more,
        }

    def _start_arguments(
        self,
        messages: Sequence[Sequence[BaseMessage]],
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
        options: builtins.dict[str, Any],
        *,
        named: bool,
    ) -> tuple[builtins.dict[str, Any], list[list[BaseMessage]], builtins.dict[str, Any]]:
        """Return the arguments of the start event for runs of a chat model.

        Args:
            messages: The inputs.
            stop: The stop sequences of the call.
            kwargs: The other arguments of the call.
            options: Options to report besides `stop`.
            named: If true, the other arguments are options, too.

        Returns:
            The description of the model, the inputs, and the keyword arguments.
        """
        params = hide_secrets(self._get_invocation_params(stop=stop, **kwargs))
        given = {key: params[key] for key in kwargs if key in params} if named else {}
        more = {
            "invocation_params": params,
            "options": {"stop": stop, **given, **options},
            "batch_size": len(messages),
        }
        return self._serialized, [for_observers(one) for one in messages], more

    def generate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: builtins.dict[str, Any] | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several inputs in sequence.

        Args:
            messages: The inputs, each a list of messages.
            stop: Stop sequences.
            callbacks: Handlers for the runs.
            tags: Tags of the runs.
            metadata: Metadata of the runs.
            run_name: The name of the runs.
            run_id: The id of the first run.
            **kwargs: Passed to the provider.

        Returns:
            The candidates for each input, and the provider's output for the call.
        """
        options = pop_output_format(kwargs)
        manager = self._configure_manager(CallbackManager, callbacks, tags, metadata, stop, kwargs)
        serialized, shown, more = (
            self._start_arguments(messages, stop, kwargs, options, named=False)
            if manager.handlers
            else ({}, list(messages), {})
        )
        runs = manager.on_chat_model_start(serialized, shown, run_id=run_id, name=run_name, **more)
        results: list[ChatResult] = []
        for i, (run, one) in enumerate(zip(runs, messages, strict=True)):
            try:
                result = self._generate_with_cache(
                    for_providers(one), stop=stop, run_manager=run, **kwargs
                )
            except BaseException as error:
                response = error_response(error)
                end_each(
                    [
                        *_endings(runs[:i], results),
                        *(partial(run.on_llm_error, error, response=response) for run in runs[i:]),
                    ]
                )
                raise
            results.append(result)
        end_each(_endings(runs, results))
        return self._combine_results(runs, results)

    async def agenerate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: builtins.dict[str, Any] | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Async version of `generate`; calls the model concurrently."""
        options = pop_output_format(kwargs)
        manager = self._configure_manager(
            AsyncCallbackManager, callbacks, tags, metadata, stop, kwargs
        )
        serialized, shown, more = (
            self._start_arguments(messages, stop, kwargs, options, named=False)
            if manager.handlers
            else ({}, list(messages), {})
        )
        runs = await manager.on_chat_model_start(
            serialized, shown, run_id=run_id, name=run_name, **more
        )
        outcomes = await _gather(
            [
                self._agenerate_with_cache(for_providers(one), stop=stop, run_manager=run, **kwargs)
                for run, one in zip(runs, messages, strict=True)
            ]
        )
        results: list[ChatResult] = []
        failure: BaseException | None = None
        failed: list[Callable[[], Awaitable[None]]] = []
        ended: list[Callable[[], Awaitable[None]]] = []
        for run, outcome in zip(runs, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                failure = failure or outcome
                response = error_response(outcome)
                failed.append(partial(run.on_llm_error, outcome, response=response))
            else:
                results.append(outcome)
                ended += _endings([run], [outcome])
        await aend_each([*failed, *ended])
        if failure is not None:
            raise failure
        return self._combine_results(runs, results)

    def generate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts; see `generate`."""
        messages = [prompt.to_messages() for prompt in prompts]
        return self.generate(messages, stop=stop, callbacks=callbacks, **kwargs)

    async def agenerate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts; see `generate`."""
        messages = [prompt.to_messages() for prompt in prompts]
        return await self.agenerate(messages, stop=stop, callbacks=callbacks, **kwargs)

    # -- content-block events ----------------------------------------------------------------------

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
            return super().stream_events(input, config, version=version, **kwargs)
        return SyncBlockRun(self, input, config, kwargs).stream

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
            return super().astream_events(input, config, version=version, **kwargs)
        return self._astream_blocks(input, config, kwargs)

    async def _astream_blocks(
        self, input: Any, config: RunnableConfig | None, kwargs: builtins.dict[str, Any]
    ) -> AsyncChatModelStream:
        run = AsyncBlockRun(self, input, config, kwargs)
        return run.stream

    def _should_use_protocol_streaming(
        self, *, async_api: bool, run_manager: BaseRunManager | None = None, **kwargs: Any
    ) -> bool:
        """Return True if a handler requests content-block events and the model can stream them."""
        if run_manager is None:
            return False
        if not any(isinstance(handler, BlockEventTap) for handler in run_manager.handlers):
            return False
        cls: Any = type(self)
        has_source = (
            cls._stream_chat_model_events is not None or cls._stream is not BaseChatModel._stream
        )
        if async_api and not has_source:
            has_source = (
                cls._astream_chat_model_events is not None
                or cls._astream is not BaseChatModel._astream
            )
        return has_source and not self._streaming_disabled(**kwargs)

    def _generate_from_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: CallbackManagerForLLMRun,
        kwargs: builtins.dict[str, Any],
    ) -> ChatResult:
        """Return the answer, and emit its content-block events to the handlers."""
        stream = ChatModelStream(message_id=id_of(run_manager.run_id))
        source = BlockEventSource(self, messages, stop, run_manager, stream, kwargs)
        try:
            for _ in source.steps(event_emitter(run_manager)):
                pass
        finally:
            source.close()
        return result_of_stream(stream)

    async def _agenerate_from_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: AsyncCallbackManagerForLLMRun,
        kwargs: builtins.dict[str, Any],
    ) -> ChatResult:
        """Async version of `_generate_from_events`."""
        stream = AsyncChatModelStream(message_id=id_of(run_manager.run_id))
        source = BlockEventSource(self, messages, stop, run_manager, stream, kwargs)
        emit = event_emitter(run_manager)
        try:
            async for events in source.abatches():
                for event in events:
                    stream.dispatch(event)
                    if emit is not None:
                        await emit(event)
        finally:
            await source.aclose()
        return result_of_stream(stream)

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

    # -- abstract methods --------------------------------------------------------------------------

    @abstractmethod
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Call the model and return its complete answer.

        Args:
            messages: The conversation so far.
            stop: Stop sequences.
            run_manager: The callback manager of the run.
            **kwargs: Passed to the provider.

        Returns:
            The candidates.
        """

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Async version of `_generate`; by default runs it in a thread."""
        manager = None if run_manager is None else run_manager.get_sync()
        return await run_in_executor(None, self._generate, messages, stop, manager, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Stream the answer.

        Args:
            messages: The conversation so far.
            stop: Stop sequences.
            run_manager: The callback manager of the run; None if the caller emits the chunks.
            **kwargs: Passed to the provider.

        Yields:
            The chunks of the answer.
        """
        raise NotImplementedError

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Async version of `_stream`; by default runs it in its own thread."""
        manager = None if run_manager is None else run_manager.get_sync()
        chunks = pumped_from(lambda: self._stream(messages, stop, manager, **kwargs))
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await aclose_all(chunks)

    # -- methods to override -----------------------------------------------------------------------

    def _stream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> Iterator[AIMessageChunk] | None:
        """Return the messages of `_stream` without a generation around each, or None.

        Without handlers, the generations are not needed.
        """
        return None

    def _astream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> AsyncIterator[AIMessageChunk] | None:
        """Async version of `_stream_messages`, over `_astream`."""
        return None

    def _stream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: CallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> Iterator[Any] | None:
        """Return the chunks of an answer with markers for the ends of its blocks, or None.

        Args:
            messages: The conversation so far.
            stop: Stop sequences.
            run: The run that emits the tokens; None without handlers.
            kwargs: Passed to the provider.

        Returns:
            Without a run, messages; with one, generations; between them `BlockEnds`. By default,
            what `_stream_messages` returns if there is no run, else None.
        """
        return self._stream_messages(messages, stop, kwargs) if run is None else None

    def _astream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: AsyncCallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> AsyncIterator[Any] | None:
        """Async version of `_stream_parts`."""
        return self._astream_messages(messages, stop, kwargs) if run is None else None

    def _should_stream(
        self,
        *,
        async_api: bool,
        run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> bool:
        """Return True if a call streams: it is supported, not disabled, and requested."""
        cls = type(self)
        if cls._stream is BaseChatModel._stream and not (
            async_api and cls._astream is not BaseChatModel._astream
        ):
            return False
        if self._streaming_disabled(**kwargs):
            return False
        if kwargs.get("stream") or self._streaming_field() is True:
            return True
        return run_manager is not None and run_manager.wants_tokens

    def _generate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Return the answer to one input, from the cache if it has the answer."""
        cache = cache_of(self.cache, _NO_CACHE)
        key = ("", "")
        if cache is not None:
            key = (chat_prompt(messages), self._get_llm_string(stop=stop, **kwargs))
            found = cache.lookup(*key)
            if is_answer(found):
                cached = ChatResult(generations=self._convert_cached_generations(found))
                self._replay_cached_events(cached, run_manager, kwargs)
                return cached
        if self.rate_limiter:
            self.rate_limiter.acquire(blocking=True)
        if run_manager is not None and self._should_use_protocol_streaming(
            async_api=False, run_manager=run_manager, **kwargs
        ):
            result = self._generate_from_events(messages, stop, run_manager, kwargs)
        elif self._should_stream(async_api=False, run_manager=run_manager, **kwargs):
            result = self._generate_from_stream(messages, stop, run_manager, kwargs)
        elif accepts_run_manager(self._generate):
            result = self._generate(messages, stop=stop, run_manager=run_manager, **kwargs)
        else:
            result = self._generate(messages, stop=stop, **kwargs)
        run_id = None if run_manager is None else run_manager.run_id
        result = complete(result, run_id, self.output_version)
        if cache is not None:
            cache.update(*key, to_keep(result.generations))
        return result

    async def _agenerate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Async version of `_generate_with_cache`."""
        cache = cache_of(self.cache, _NO_CACHE)
        key = ("", "")
        if cache is not None:
            key = (chat_prompt(messages), self._get_llm_string(stop=stop, **kwargs))
            found = await cache.alookup(*key)
            if is_answer(found):
                cached = ChatResult(generations=self._convert_cached_generations(found))
                await self._areplay_cached_events(cached, run_manager, kwargs)
                return cached
        if self.rate_limiter:
            await self.rate_limiter.aacquire(blocking=True)
        if run_manager is not None and self._should_use_protocol_streaming(
            async_api=True, run_manager=run_manager, **kwargs
        ):
            result = await self._agenerate_from_events(messages, stop, run_manager, kwargs)
        elif self._should_stream(async_api=True, run_manager=run_manager, **kwargs):
            result = await self._agenerate_from_stream(messages, stop, run_manager, kwargs)
        elif accepts_run_manager(self._agenerate):
            result = await self._agenerate(messages, stop=stop, run_manager=run_manager, **kwargs)
        else:
            result = await self._agenerate(messages, stop=stop, **kwargs)
        run_id = None if run_manager is None else run_manager.run_id
        result = complete(result, run_id, self.output_version)
        if cache is not None:
            await cache.aupdate(*key, to_keep(result.generations))
        return result

    def _generate_from_stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: CallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> ChatResult:
        """Merge a stream into an answer, and emit its chunks to the handlers."""
        message_id = None if run_manager is None else id_of(run_manager.run_id)
        numbers = BlockNumbers() if self.output_version == "v1" else None
        emit = None if run_manager is None else run_manager.token_emitter()
        parts: list[ChatGenerationChunk] = []
        chunks = self._stream(messages, stop=stop, **kwargs)
        try:
            for chunk in chunks:
                if chunk.generation_info or numbers is not None:
                    _complete_chunk(chunk, numbers)
                message = chunk.message
                if message_id is not None and message.id is None:
                    message.id = message_id
                if emit is not None:
                    emit(message.content, chunk)
                parts.append(chunk)
        finally:
            close_all(chunks)
        last = last_chunk(parts[-1].message if parts else None, message_id)
        if last is not None:
            end = ChatGenerationChunk(message=last)
            if emit is not None:
                emit("", end)
            parts.append(end)
        return result_of(merge_chat_generation_chunks(parts))

    async def _agenerate_from_stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: AsyncCallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> ChatResult:
        """Async version of `_generate_from_stream`."""
        message_id = None if run_manager is None else id_of(run_manager.run_id)
        numbers = BlockNumbers() if self.output_version == "v1" else None
        emit = None if run_manager is None else run_manager.token_emitter()
        parts: list[ChatGenerationChunk] = []
        chunks = self._astream(messages, stop=stop, **kwargs)
        try:
            async for chunk in chunks:
                if chunk.generation_info or numbers is not None:
                    _complete_chunk(chunk, numbers)
                message = chunk.message
                if message_id is not None and message.id is None:
                    message.id = message_id
                if emit is not None:
                    pressure = emit(message.content, chunk)
                    if pressure is not None:
                        await pressure
                parts.append(chunk)
        finally:
            await aclose_all(chunks)
        last = last_chunk(parts[-1].message if parts else None, message_id)
        if last is not None:
            end = ChatGenerationChunk(message=last)
            if emit is not None:
                pressure = emit("", end)
                if pressure is not None:
                    await pressure
            parts.append(end)
        return result_of(merge_chat_generation_chunks(parts))

    def _combine_results(
        self, runs: Sequence[BaseRunManager], results: Sequence[ChatResult]
    ) -> LLMResult:
        """Return the results of several runs as one."""
        output = self._combine_llm_outputs([result.llm_output for result in results])
        generations: Any = [result.generations for result in results]
        result = LLMResult(generations=generations, llm_output=output)
        result.run = [RunInfo(run_id=run.run_id) for run in runs] or None
        return result

    async def _call_async(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> BaseMessage:
        return _message_of(await self.agenerate([messages], stop, callbacks, **kwargs))

    # -- composing ---------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[builtins.dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools that the model may call; integrations override this.

        Args:
            tools: The tools: functions, pydantic models, schemas or tool objects.
            tool_choice: The tool that it must call; `"any"` for any of them.
            **kwargs: Passed to the provider.

        Returns:
            This model with the tools.

        Raises:
            NotImplementedError: If the model does not support tools.
        """
        raise NotImplementedError

    def with_structured_output(
        self,
        schema: builtins.dict[str, Any] | type,
        *,
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any] | BaseModel]:
        """Return this model with structured output, through a tool with the given schema.

        Args:
            schema: A pydantic model, for instances of it; or a TypedDict, a JSON schema or an
                OpenAI tool, for dictionaries.
            include_raw: If true, the result is a dictionary with `raw`, the message; `parsed`, the
                data or None; and `parsing_error`, the error or None. If false, errors are raised,
                and truncated arguments result in None.
            **kwargs: With `partial_models`, a stream yields instances of a pydantic model before
                all required fields have arrived. `method` and `strict` are accepted and ignored.

        Returns:
            A runnable that returns data of that schema.

        Raises:
            ValueError: If there are other arguments.
            NotImplementedError: If the model does not support tools.
        """
        # loaded late: the parsers take long to import
        from headrace.language_models.structured import structured_parser
        from headrace.language_models.structured_raw import with_raw

        known = ("method", "partial_models", "strict")
        unknown = {key: value for key, value in kwargs.items() if key not in known}
        if unknown:
            raise ValueError(f"Received unsupported arguments {unknown}")
        if type(self).bind_tools is BaseChatModel.bind_tools:
            raise NotImplementedError("with_structured_output is not implemented for this model.")
        bound = self.bind_tools(
            [schema],
            tool_choice="any",
            ls_structured_output_format={
                "kwargs": {"method": "function_calling"},
                "schema": schema,
            },
        )
        parser = structured_parser(schema, bool(kwargs.get("partial_models")))
        return with_raw(bound, parser) if include_raw else bound | parser


def _message_of(result: LLMResult) -> AIMessage:
    generation = result.generations[0][0]
    if not isinstance(generation, ChatGeneration):
        raise ValueError("Unexpected generation type")
    return cast("AIMessage", generation.message)


async def _gather(going: list[Awaitable[ChatResult]]) -> list[ChatResult | BaseException]:
    """Await all tasks, even if one fails; if this task is cancelled, wait until all have ended."""
    if len(going) == 1:
        try:
            return [await going[0]]
        except BaseException as error:  # noqa: BLE001 - reported to the run, then raised
            return [error]
    tasks = [asyncio.ensure_future(one) for one in going]
    try:
        if tasks:
            await asyncio.wait(tasks)
    except asyncio.CancelledError as error:
        with suppress(asyncio.CancelledError):
            await settle(tasks)
        # also if all of them ended despite the cancellation
        return [_outcome(task) if task.cancelled() or task.exception() else error for task in tasks]
    return [_outcome(task) for task in tasks]


def _outcome(task: asyncio.Future[ChatResult]) -> ChatResult | BaseException:
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


def _endings(runs: Sequence[Any], results: Sequence[ChatResult]) -> list[Callable[[], Any]]:
    """Return functions that each end a run with its result."""
    return [
        partial(run.on_llm_end, _result_of_run(result))
        for run, result in zip(runs, results, strict=True)
    ]


def _result_of_run(result: ChatResult) -> LLMResult:
    return LLMResult(generations=[[*result.generations]], llm_output=result.llm_output)


def _complete_chunk(chunk: ChatGenerationChunk, numbers: BlockNumbers | None) -> None:
    """Complete the message of a chunk as it arrives."""
    if chunk.generation_info:
        chunk.message.response_metadata = said(chunk)
    if numbers is not None:
        chunk.message = numbers.numbered(chunk.message)


class SimpleChatModel(BaseChatModel):
    """Base class of chat models whose answer is a text, returned by `_call`."""

    @abstractmethod
    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Return the answer as a text; for the arguments, see `BaseChatModel._generate`."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self._call(messages, stop=stop, run_manager=run_manager, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        manager = None if run_manager is None else run_manager.get_sync()
        return await run_in_executor(
            None, self._generate, messages, stop=stop, run_manager=manager, **kwargs
        )
