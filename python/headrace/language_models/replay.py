"""`ReplayChatModel`: a model that says what it is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from headrace.callbacks.run_managers import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.language_models.chat_models import BaseChatModel
from headrace.language_models.tokens import cut_by_size, cut_like_tokens
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

__all__ = ["ReplayChatModel"]


class ReplayChatModel(BaseChatModel):
    """A chat model that streams a given text, whatever it is asked.

    It needs no key and no network: for demonstrations, examples and tests.

    Example:
        ```python
        model = ReplayChatModel("The sky is blue.", delay=0.02)
        for chunk in model.stream("what color is the sky?"):
            print(chunk.content, end="|")
        ```
    """

    text: str | list[str]
    """What it says; a list is streamed as it is cut."""

    split: Literal["tokens"] | int = "tokens"
    """How a text that is one string is cut: as a tokenizer would, or into so many characters."""

    delay: float = Field(default=0.0, ge=0.0)
    """How many seconds pass before each chunk."""

    def __init__(
        self,
        text: str | Sequence[str],
        *,
        split: Literal["tokens"] | int = "tokens",
        delay: float = 0.0,
        **fields: Any,
    ) -> None:
        """Make a model that says `text`.

        Args:
            text: What it says. A sequence is streamed as it is cut, a string as `split` says.
            split: `"tokens"`, or a number of characters.
            delay: How many seconds pass before each chunk.
            **fields: Other fields, such as `name`.

        Raises:
            ValueError: If `split` is a number below 1 or `delay` is negative.
        """
        if isinstance(split, int) and split < 1:
            raise ValueError(f"split must be 'tokens' or at least 1, not {split}")
        given = text if isinstance(text, str) else list(text)
        fields.update(text=given, split=split, delay=delay)
        super().__init__(**fields)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = self._pieces()
        if self.delay:
            time.sleep(self.delay * len(pieces))
        return _whole(pieces)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = self._pieces()
        if self.delay:
            await asyncio.sleep(self.delay * len(pieces))
        return _whole(pieces)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks():
            if self.delay:
                time.sleep(self.delay)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks():
            # Also without a delay, others get their turn.
            await asyncio.sleep(self.delay)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "replay-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"text": self.text, "split": self.split, "delay": self.delay}

    def _chunks(self) -> Iterator[ChatGenerationChunk]:
        pieces = self._pieces()
        for i, piece in enumerate(pieces, 1):
            position: Any = "last" if i == len(pieces) else None
            message = AIMessageChunk(content=piece, chunk_position=position)
            yield ChatGenerationChunk(message=message)

    def _pieces(self) -> list[str]:
        if not isinstance(self.text, str):
            return self.text or [""]
        if self.split == "tokens":
            return list(cut_like_tokens(self.text)) or [""]
        return list(cut_by_size(self.text, self.split)) or [""]


def _whole(pieces: list[str]) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(pieces)))])
