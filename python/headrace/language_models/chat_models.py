"""`BaseChatModel`: messages in, a message out, as a whole or as it is made."""

from __future__ import annotations

import builtins
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from headrace.language_models import chat_generation, chat_streaming
from headrace.language_models.answers import result_of
from headrace.language_models.base import (
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
    ls_params,
)
from headrace.language_models.caching import chat_answers, undescribed
from headrace.language_models.inputs import as_prompt
from headrace.language_models.model_profile import ModelProfile, warn_of_unknown_keys
from headrace.load.dump import dumpd
from headrace.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, Generation, LLMResult
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.prompt_values import PromptValue
from headrace.rate_limiters import BaseRateLimiter
from headrace.runnables.closing import aclose_all
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.runnables.executor import run_in_executor
from headrace.runnables.pump import pumped_from
from headrace.utils.env import from_env

if TYPE_CHECKING:
    from uuid import UUID

    from pydantic import BaseModel

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = [
    "BaseChatModel",
    "SimpleChatModel",
    "agenerate_from_stream",
    "generate_from_stream",
]


def generate_from_stream(stream: Iterator[ChatGenerationChunk]) -> ChatResult:
    """Add up a stream to a whole answer.

    Args:
        stream: The chunks.

    Returns:
        The answer.

    Raises:
        ValueError: If there are none.
    """
    return result_of(merge_chat_generation_chunks(list(stream)))


async def agenerate_from_stream(stream: AsyncIterator[ChatGenerationChunk]) -> ChatResult:
    """Add up a stream to a whole answer; see `generate_from_stream`."""
    return result_of(merge_chat_generation_chunks([chunk async for chunk in stream]))


class BaseChatModel(BaseLanguageModel[AIMessage], ABC):
    """A model that is given messages and answers with one.

    A subclass defines `_llm_type` and `_generate`, which gives a whole answer; `_stream`, a
    generator, where it can stream. Each has an asynchronous twin, `_agenerate` and `_astream`;
    without it the other is run off the event loop.

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
    """What says how often the provider may be asked."""

    disable_streaming: bool | Literal["tool_calling"] = False
    """Whether `stream` gives a whole answer as one chunk: always, or with `"tool_calling"` where
    the model is called with tools."""

    output_version: str | None = Field(default_factory=from_env("LC_OUTPUT_VERSION", default=None))
    """`"v1"` for content that is typed blocks, the same for all providers; else it is as the
    provider gives it, and `content_blocks` translates it."""

    profile: ModelProfile | None = Field(default=None, exclude=True)
    """What the model can do."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _resolve_model_profile(self) -> ModelProfile | None:
        """Give what the model can do, where it is not told; for integrations to override."""
        return None

    @model_validator(mode="after")
    def _set_model_profile(self) -> Self:
        if self.profile is None:
            try:
                self.profile = self._resolve_model_profile()
            except Exception:  # noqa: BLE001 - an integration's data may be amiss; it is optional
                self.profile = None
        return self

    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        if self.profile:
            warn_of_unknown_keys(self.profile)
        return self

    @cached_property
    def _serialized(self) -> builtins.dict[str, Any]:
        return cast("builtins.dict[str, Any]", dumpd(self))

    @property
    def OutputType(self) -> Any:
        """What a model gives, as its schema shows it."""
        return AnyMessage

    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        return as_prompt(model_input)

    # -- running -----------------------------------------------------------------------------------

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Answer as a whole.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: What to say about the run.
            stop: What ends the answer.
            **kwargs: For the provider.

        Returns:
            The message.

        Raises:
            ValueError: If the input is none of these.
        """
        result = self.generate_prompt(
            [self._convert_input(input)], stop=stop, **_run_of(config), **kwargs
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
        """Answer as a whole; see `invoke`."""
        result = await self.agenerate_prompt(
            [self._convert_input(input)], stop=stop, **_run_of(config), **kwargs
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
        """Answer chunk by chunk.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: What to say about the run.
            stop: What ends the answer.
            **kwargs: For the provider.

        Yields:
            The parts of the message, each as soon as it exists. The last says so: its
            `chunk_position` is `"last"`. A model that cannot stream gives one, the whole message.

        Raises:
            ValueError: If the input is none of these, or the model gave nothing.
        """
        if self._should_stream(async_api=False, **{**kwargs, "stream": True}):
            return chat_streaming.stream(self, input, config, stop, kwargs)
        return self._whole(input, config, stop, kwargs)

    def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """Answer chunk by chunk; see `stream`."""
        if self._should_stream(async_api=True, **{**kwargs, "stream": True}):
            return chat_streaming.astream(self, input, config, stop, kwargs)
        return self._awhole(input, config, stop, kwargs)

    def _whole(self, input: Any, config: Any, stop: Any, kwargs: Any) -> Iterator[Any]:
        yield self.invoke(input, config=config, stop=stop, **kwargs)

    async def _awhole(self, input: Any, config: Any, stop: Any, kwargs: Any) -> AsyncIterator[Any]:
        yield await self.ainvoke(input, config=config, stop=stop, **kwargs)

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
        """Answer several inputs, one after another.

        Args:
            messages: The inputs, each a list of messages.
            stop: What ends an answer.
            callbacks: Who hears of the runs.
            tags: Labels of the runs.
            metadata: Facts about the runs.
            run_name: What the runs are called.
            run_id: The id of the first run.
            **kwargs: For the provider.

        Returns:
            The candidates for each input, and what the provider said beside them.
        """
        return chat_generation.generate(
            self, messages, stop, callbacks, tags, metadata, run_name, run_id, kwargs
        )

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
        """Answer several inputs, concurrently; see `generate`."""
        return await chat_generation.agenerate(
            self, messages, stop, callbacks, tags, metadata, run_name, run_id, kwargs
        )

    def generate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Answer several prompts; see `generate`."""
        messages = [prompt.to_messages() for prompt in prompts]
        return self.generate(messages, stop=stop, callbacks=callbacks, **kwargs)

    async def agenerate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Answer several prompts; see `generate`."""
        messages = [prompt.to_messages() for prompt in prompts]
        return await self.agenerate(messages, stop=stop, callbacks=callbacks, **kwargs)

    # -- what a subclass defines -------------------------------------------------------------------

    @property
    @abstractmethod
    def _llm_type(self) -> str:
        """What kind of model this is, for observers and caches."""

    @abstractmethod
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer as a whole.

        Args:
            messages: What was said so far.
            stop: What ends the answer.
            run_manager: The run, to tell its observers.
            **kwargs: For the provider.

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
        """Answer as a whole; by default `_generate`, off the event loop."""
        manager = None if run_manager is None else run_manager.get_sync()
        return await run_in_executor(None, self._generate, messages, stop, manager, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Answer chunk by chunk.

        Args:
            messages: What was said so far.
            stop: What ends the answer.
            run_manager: Not given where the chunks are told of by who asked for them.
            **kwargs: For the provider.

        Yields:
            The parts of the answer.
        """
        raise NotImplementedError

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Answer chunk by chunk; by default `_stream`, on a thread of its own."""
        manager = None if run_manager is None else run_manager.get_sync()
        chunks = pumped_from(lambda: self._stream(messages, stop, manager, **kwargs))
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await aclose_all(chunks)

    # -- what a subclass may override --------------------------------------------------------------

    def _stream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> Iterator[AIMessageChunk] | None:
        """Give what `_stream` gives without a generation around each message, or None.

        Where nobody observes, that is all that is needed.
        """
        return None

    def _astream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> AsyncIterator[AIMessageChunk] | None:
        """Give what `_astream` gives; see `_stream_messages`."""
        return None

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        """Whether a call must not stream, whoever wants it to."""
        if self.disable_streaming is True:
            return True
        if self.disable_streaming == "tool_calling" and kwargs.get("tools"):
            return True
        if "stream" in kwargs and not kwargs["stream"]:
            return True
        return self._streaming_field() is False

    def _streaming_field(self) -> bool | None:
        """Give what the field `streaming`, of models that have it, was set to."""
        if "streaming" not in self.model_fields_set:
            return None
        return getattr(self, "streaming", None)

    def _should_stream(
        self,
        *,
        async_api: bool,
        run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> bool:
        """Whether a call streams: the model can, nothing forbids it, and somebody wants it."""
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

    def _combine_llm_outputs(
        self, llm_outputs: list[builtins.dict[str, Any] | None], /
    ) -> builtins.dict[str, Any]:
        """Give what a provider said beside several answers as one."""
        return {}

    def _convert_cached_generations(self, cache_val: list[Generation]) -> list[ChatGeneration]:
        """Give what was found in a cache as this model's answers."""
        return chat_answers(cache_val)

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> builtins.dict[str, Any]:
        """Give all that a call is made with."""
        return {**self.dict(), "stop": stop, **kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Give what is known of a call; an integration says it better than the class's name."""
        name = type(self).__name__
        provider = name.removeprefix("Chat")
        if provider == name:
            provider = name.removesuffix("Chat")
        return ls_params(self, provider.lower(), "chat", stop, kwargs)

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        params = self._get_ls_params(stop=stop, **kwargs)
        params["ls_integration"] = "langchain_chat_model"
        return params

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Describe this model and the arguments of a call, for finding what it answered before."""
        if self.is_lc_serializable():
            described = json.dumps(undescribed(self._serialized), sort_keys=True)
            return f"{described}---{sorted({**kwargs, 'stop': stop}.items())}"
        return str(sorted(self._get_invocation_params(stop=stop, **kwargs).items()))

    def _generate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return chat_generation.generate_with_cache(self, messages, stop, run_manager, kwargs)

    async def _agenerate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await chat_generation.agenerate_with_cache(self, messages, stop, run_manager, kwargs)

    async def _call_async(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> BaseMessage:
        return _message_of(await self.agenerate([messages], stop, callbacks, **kwargs))

    def asdict(self) -> builtins.dict[str, Any]:
        """Give what tells this model from others: its parameters, and its type as `_type`."""
        return {**self._identifying_params, "_type": self._llm_type}

    def dict(self, **_kwargs: Any) -> builtins.dict[str, Any]:
        """Give what `asdict` gives: its older name."""
        return self.asdict()

    # -- composing ---------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[builtins.dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Give the model tools that it may call; for integrations to define.

        Args:
            tools: The tools: functions, pydantic models, schemas or tool objects.
            tool_choice: Which it must call; `"any"` for any of them.
            **kwargs: For the provider.

        Returns:
            This model with the tools.

        Raises:
            NotImplementedError: If the model calls no tools.
        """
        raise NotImplementedError

    def with_structured_output(
        self,
        schema: builtins.dict[str, Any] | type,
        *,
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any] | BaseModel]:
        """Answer with data of a given shape, by way of a tool that takes such data.

        Args:
            schema: The shape: a pydantic model, of which the data is then an instance; a TypedDict,
                a JSON schema or an OpenAI tool for a dictionary.
            include_raw: Whether to give a dictionary with `raw`, the message; `parsed`, the data or
                None; and `parsing_error`, why there is none. Without it such an error is raised.
            **kwargs: `method` and `strict` are taken and mean nothing here.

        Returns:
            This model, answering with such data.

        Raises:
            ValueError: If there are other arguments.
            NotImplementedError: If the model calls no tools.
        """
        from headrace.language_models.structured import structured

        return structured(self, schema, include_raw, kwargs)


def _run_of(config: RunnableConfig | None) -> dict[str, Any]:
    """Give what a configuration says of a run, as arguments of `generate`."""
    full = ensure_config(config)
    return {key: full.get(key) for key in ("callbacks", "tags", "metadata", "run_name", "run_id")}


def _message_of(result: LLMResult) -> AIMessage:
    generation = result.generations[0][0]
    if not isinstance(generation, ChatGeneration):
        raise ValueError("Unexpected generation type")
    return cast("AIMessage", generation.message)


class SimpleChatModel(BaseChatModel):
    """A chat model that answers with a text, which `_call` gives."""

    @abstractmethod
    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Answer with a text; for the arguments, see `BaseChatModel._generate`."""

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
