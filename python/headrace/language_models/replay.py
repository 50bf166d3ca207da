"""`ReplayChatModel`: a model that says what it is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from headrace.language_models.tokens import cut_by_size, cut_like_tokens
from headrace.messages import AIMessage, AIMessageChunk
from headrace.runnables.config import RunnableConfig
from headrace.runnables.serializable import RunnableSerializable

__all__ = ["ReplayChatModel"]


class ReplayChatModel(RunnableSerializable[Any, AIMessage]):
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

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AIMessage:
        """Say the whole text at once."""
        pieces = list(self._pieces())
        if self.delay:
            time.sleep(self.delay * len(pieces))
        return AIMessage("".join(pieces), id=_new_id())

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AIMessage:
        """Say the whole text at once."""
        pieces = list(self._pieces())
        if self.delay:
            await asyncio.sleep(self.delay * len(pieces))
        return AIMessage("".join(pieces), id=_new_id())

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """Say the text chunk by chunk."""
        id = _new_id()
        for piece in self._pieces():
            if self.delay:
                time.sleep(self.delay)
            yield AIMessageChunk(piece, id=id)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """Say the text chunk by chunk."""
        id = _new_id()
        for piece in self._pieces():
            # Also without a delay, others get their turn.
            await asyncio.sleep(self.delay)
            yield AIMessageChunk(piece, id=id)

    def _pieces(self) -> Iterator[str]:
        if not isinstance(self.text, str):
            return iter(self.text)
        if self.split == "tokens":
            return cut_like_tokens(self.text)
        return cut_by_size(self.text, self.split)


def _new_id() -> str:
    """An id as the reference gives it: it begins with `lc_run--`."""
    return f"lc_run--{uuid4()}"
