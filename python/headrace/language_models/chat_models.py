"""`BaseChatModel`: messages in, a message out, as a whole or as it is made."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from headrace.language_models import chat_generation, chat_streaming
from headrace.language_models.answers import result_of
from headrace.language_models.base import (
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
    run_of,
)
from headrace.language_models.chat_settings import ChatModelSettings
from headrace.language_models.content_block_streaming import ContentBlockStreaming
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, LLMResult
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.prompt_values import PromptValue
from headrace.runnables.closing import aclose_all
from headrace.runnables.config import RunnableConfig
from headrace.runnables.executor import run_in_executor
from headrace.runnables.pump import pumped_from

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
    "BaseLanguageModel",
    "LangSmithParams",
    "LanguageModelInput",
    "SimpleChatModel",
    "agenerate_from_stream",
    "generate_from_stream",
]


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
    """Add up a stream to a whole answer; see `generate_from_stream`."""
    return result_of(merge_chat_generation_chunks([chunk async for chunk in stream]))


class BaseChatModel(ContentBlockStreaming, ChatModelSettings, ABC):
    """Base class of chat models: they take messages and return a message.

    A subclass defines `_llm_type` and `_generate`, which returns a complete answer. To stream, it
    also defines the generator `_stream`. `_agenerate` and `_astream` are the async versions; by
    default they run the sync methods in a thread.

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
            [self._convert_input(input)], stop=stop, **run_of(config), **kwargs
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
            [self._convert_input(input)], stop=stop, **run_of(config), **kwargs
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
        """Async version of `stream`."""
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
        """Async version of `generate`; calls the model concurrently."""
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
        from headrace.language_models.structured import structured

        return structured(self, schema, include_raw, kwargs)


def _message_of(result: LLMResult) -> AIMessage:
    generation = result.generations[0][0]
    if not isinstance(generation, ChatGeneration):
        raise ValueError("Unexpected generation type")
    return cast("AIMessage", generation.message)


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
