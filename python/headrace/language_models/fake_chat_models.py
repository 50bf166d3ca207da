"""Fake chat models for tests, which return fixed answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from headrace.callbacks.run_manager import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.language_models.chat_models import BaseChatModel, SimpleChatModel
from headrace.language_models.fake_tools import TakesTools
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from headrace.runnables.config import RunnableConfig
from headrace.utils.executor import run_in_executor

__all__ = [
    "FakeChatModel",
    "FakeListChatModel",
    "FakeListChatModelError",
    "FakeMessagesListChatModel",
    "GenericFakeChatModel",
    "ParrotFakeChatModel",
]


def _whole(message: BaseMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


class FakeMessagesListChatModel(TakesTools):
    """Fake model that returns the messages of a list in turn, and starts over after the last."""

    responses: list[BaseMessage]
    """The messages to return."""
    sleep: float | None = None
    """The delay before an answer, in seconds."""
    i: int = 0
    """The index of the next response."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.sleep is not None:
            time.sleep(self.sleep)
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return _whole(response)

    @property
    def _llm_type(self) -> str:
        return "fake-messages-list-chat-model"


class FakeListChatModelError(Exception):
    """Error that `FakeListChatModel` raises if `error_on_chunk_number` is set."""


class FakeListChatModel(TakesTools, SimpleChatModel):
    """Fake model that returns the texts of a list, one a call, and starts over after the last.

    It streams character by character.
    """

    responses: list[str]
    """The texts to return."""
    sleep: float | None = None
    """The delay before an answer, or before each chunk of it, in seconds."""
    i: int = 0
    """The index of the next response."""
    error_on_chunk_number: int | None = None
    """The index of the chunk at which the model fails, from 0."""

    def _next(self) -> str:
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return response

    def _call(self, *args: Any, **kwargs: Any) -> str:
        if self.sleep is not None:
            time.sleep(self.sleep)
        return self._next()

    def _chunk(self, text: str, i: int) -> ChatGenerationChunk:
        if i == self.error_on_chunk_number:
            raise FakeListChatModelError
        position: Any = "last" if i == len(text) - 1 else None
        return ChatGenerationChunk(message=AIMessageChunk(content=text[i], chunk_position=position))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        text = self._next()
        for i in range(len(text)):
            if self.sleep is not None:
                time.sleep(self.sleep)
            yield self._chunk(text, i)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        text = self._next()
        for i in range(len(text)):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            yield self._chunk(text, i)

    @property
    def _llm_type(self) -> str:
        return "fake-list-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"responses": self.responses}

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """Call the model with one input after another, so that the responses keep their order."""
        configs = config if isinstance(config, list) else [config] * len(inputs)
        return [
            self.invoke(one, config, **kwargs) for one, config in zip(inputs, configs, strict=False)
        ]

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """Async version of `batch`."""
        configs = config if isinstance(config, list) else [config] * len(inputs)
        return [
            await self.ainvoke(one, config, **kwargs)
            for one, config in zip(inputs, configs, strict=False)
        ]


class FakeChatModel(SimpleChatModel):
    """Fake model that returns `fake response`."""

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        return "fake response"

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _whole(AIMessage(content="fake response"))

    @property
    def _llm_type(self) -> str:
        return "fake-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"key": "fake"}


class GenericFakeChatModel(TakesTools):
    """Fake model that returns the items of an iterator, one a call, and streams them in pieces.

    A text is streamed by word, with each blank as its own chunk. `additional_kwargs` follows, one
    key a chunk; the texts of a function call are split at commas.
    """

    messages: Iterator[AIMessage | str]
    """The messages to return, or their texts. For a list, pass `iter([...])`."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = next(self.messages)
        return _whole(AIMessage(content=message) if isinstance(message, str) else message)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        result = self._generate(messages, stop=stop, run_manager=run_manager, **kwargs)
        if not isinstance(result, ChatResult):
            raise ValueError(
                f"Expected generate to return a ChatResult, but got {type(result)} instead."
            )
        message = result.generations[0].message
        if not isinstance(message, AIMessage):
            raise ValueError(
                f"Expected invoke to return an AIMessage, but got {type(message)} instead."
            )
        for part in _parts_of(message):
            chunk = ChatGenerationChunk(message=part)
            if run_manager is not None:
                run_manager.on_llm_new_token(part.text, chunk=chunk)
            yield chunk

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if type(self)._stream is not GenericFakeChatModel._stream:
            return super()._astream(messages, stop, run_manager, **kwargs)
        manager = None if run_manager is None else run_manager.get_sync()
        return _once_begun(self._stream(messages, stop, manager, **kwargs))

    @property
    def _llm_type(self) -> str:
        return "generic-fake-chat-model"


async def _once_begun(chunks: Iterator[ChatGenerationChunk]) -> AsyncIterator[ChatGenerationChunk]:
    """Get the first chunk in a thread, since the iterator of messages may block."""
    chunk = await run_in_executor(None, next, chunks, None)
    while chunk is not None:
        yield chunk
        chunk = next(chunks, None)


def _parts_of(message: AIMessage) -> Iterator[AIMessageChunk]:
    content, more = message.content, message.additional_kwargs
    if content:
        if not isinstance(content, str):
            raise ValueError("Expected content to be a string.")
        words = re.split(r"(\s)", content)
        for i, word in enumerate(words):
            is_last = i == len(words) - 1 and not more
            position: Any = "last" if is_last else None
            yield AIMessageChunk(content=word, id=message.id, chunk_position=position)
    for key, value in more.items():
        for piece in _pieces_of(value) if key == "function_call" else (value,):
            yield AIMessageChunk(content="", id=message.id, additional_kwargs={key: piece})


def _pieces_of(call: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in call.items():
        for piece in re.split("(,)", value) if isinstance(value, str) else (value,):
            yield {key: piece}


class ParrotFakeChatModel(BaseChatModel):
    """Fake model that returns the last message of its input."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if not messages:
            raise ValueError("messages list cannot be empty.")
        return _whole(messages[-1])

    @property
    def _llm_type(self) -> str:
        return "parrot-fake-chat-model"
