"""Fake text models for tests, which return fixed answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from headrace.callbacks.run_manager import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.language_models.base import LanguageModelInput
from headrace.language_models.llms import LLM
from headrace.runnables.config import RunnableConfig

__all__ = ["FakeListLLM", "FakeListLLMError", "FakeStreamingListLLM"]


class FakeListLLM(LLM):
    """Fake model that returns the texts of a list, one a call, and starts over after the last."""

    responses: list[str]
    """The texts to return."""
    sleep: float | None = None
    """The delay before each chunk, in seconds; used by `FakeStreamingListLLM`."""
    i: int = 0
    """The index of the next response."""

    def _next(self) -> str:
        response = self.responses[self.i]
        self.i = (self.i + 1) % len(self.responses)
        return response

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        return self._next()

    async def _acall(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        return self._next()

    @property
    def _llm_type(self) -> str:
        return "fake-list"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"responses": self.responses}


class FakeListLLMError(Exception):
    """Error that `FakeStreamingListLLM` raises if `error_on_chunk_number` is set."""


class FakeStreamingListLLM(FakeListLLM):
    """Fake model that returns the texts of a list, one a call, and streams them by character.

    Its run ends before the first character is yielded: it streams a complete answer.
    """

    error_on_chunk_number: int | None = None
    """The index of the character at which the model fails, from 0."""

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[str]:
        """Stream the answer by character."""
        for i, character in enumerate(self.invoke(input, config)):
            if self.sleep is not None:
                time.sleep(self.sleep)
            if i == self.error_on_chunk_number:
                raise FakeListLLMError
            yield character

    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[str]:
        """Stream the answer by character."""
        for i, character in enumerate(await self.ainvoke(input, config)):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            if i == self.error_on_chunk_number:
                raise FakeListLLMError
            yield character
