"""`ReplayChatModel`, a chat model that replays fixed answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, PrivateAttr

from headrace.callbacks.run_manager import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.language_models.fake_tools import TakesTools
from headrace.language_models.tokens import cut_by_size, cut_like_tokens
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ReplayChatModel"]

Answer: TypeAlias = str | AIMessage | list[str | AIMessageChunk]
"""An answer that a `ReplayChatModel` can replay."""


class ReplayChatModel(TakesTools):
    """A chat model that streams a fixed answer and ignores its input.

    The answer is a text or a message, which the model splits into chunks; a list of texts or
    chunks, which it streams unchanged; or, with `recorded`, a stream recorded from a provider. It
    needs no API key and no network. Use it for demonstrations, examples and tests.

    Example:
        ```python
        model = ReplayChatModel("The sky is blue.", delay=0.02)
        for chunk in model.stream("what color is the sky?"):
            print(chunk.content, end="|")
        ```
    """

    text: Answer = ""
    """The answer; a list is streamed item by item."""

    responses: list[Answer] | None = None
    """Answers to return in turn instead of `text`; starts over after the last."""

    split: Literal["tokens"] | int = "tokens"
    """The chunk size of a text: like the tokens of a tokenizer, or a number of characters."""

    delay: float = Field(default=0.0, ge=0.0)
    """The delay before each chunk, in seconds."""

    _turns: Iterator[int] = PrivateAttr(default_factory=itertools.count)

    def __init__(
        self,
        text: str | AIMessage | Sequence[str | AIMessageChunk] = "",
        *,
        split: Literal["tokens"] | int = "tokens",
        delay: float = 0.0,
        **fields: Any,
    ) -> None:
        """Create a model that answers with `text`.

        Args:
            text: The answer: a text, or a message with tool calls, usage, reasoning. A sequence of
                texts or chunks is streamed item by item; a text or message is split by `split`.
            split: `"tokens"`, or a number of characters.
            delay: The delay before each chunk, in seconds.
            **fields: Other fields, such as `name`, or `responses` for answers to return in turn.

        Raises:
            ValueError: If `split` is a number below 1, `delay` is negative, or there are no
                responses in `responses`.
        """
        if isinstance(split, int) and split < 1:
            raise ValueError(f"split must be 'tokens' or at least 1, not {split}")
        if fields.get("responses") is not None and not fields["responses"]:
            raise ValueError("responses must not be empty")
        given = text if isinstance(text, (str, BaseMessage)) else list(text)
        fields.update(text=given, split=split, delay=delay)
        super().__init__(**fields)

    @classmethod
    def recorded(
        cls, source: str | PathLike[str] | Iterable[Mapping[str, Any]], **fields: Any
    ) -> Self:
        """Create a model that replays a recorded stream of a provider.

        Args:
            source: A file with the data of one server-sent event a line; or the parsed events. The
                events are from OpenAI (chat completions, completions, responses), an
                OpenAI-compatible server, or Anthropic.
            **fields: Other fields, such as `delay`.

        Returns:
            The model.

        Raises:
            ValueError: If a line of the file is not an event, or no event has content.
            ModelStreamError: If the provider reported an error.
        """
        from headrace.language_models.recorded import chunks_of, events_in

        events = events_in(source) if isinstance(source, (str, PathLike)) else source
        chunks = list(chunks_of(events))
        if not chunks:
            raise ValueError("the recording says nothing")
        return cls(chunks, **fields)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = self._chunks()
        if self.delay:
            time.sleep(self.delay * len(chunks))
        return _whole(chunks)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = self._chunks()
        if self.delay:
            await asyncio.sleep(self.delay * len(chunks))
        return _whole(chunks)

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
            yield ChatGenerationChunk(message=chunk)

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
            yield ChatGenerationChunk(message=chunk)

    @property
    def _llm_type(self) -> str:
        return "replay-chat-model"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        said = self.text if self.responses is None else self.responses
        return {"text": said, "split": self.split, "delay": self.delay}

    def _chunks(self) -> list[AIMessageChunk]:
        """Return the chunks of the next answer: at least one, and always new objects."""
        answer = self.text
        if self.responses is not None:
            answer = self.responses[next(self._turns) % len(self.responses)]
        if isinstance(answer, AIMessageChunk):
            answer = [answer]
        if isinstance(answer, AIMessage):
            chunks = _cut(answer, self._pieces)
        elif isinstance(answer, str):
            chunks = [AIMessageChunk(content=piece) for piece in self._pieces(answer)]
        else:
            chunks = [
                AIMessageChunk(content=one) if isinstance(one, str) else one.model_copy()
                for one in answer
            ]
        chunks = chunks or [AIMessageChunk(content="")]
        chunks[-1].chunk_position = "last"
        return chunks

    def _pieces(self, text: str) -> Iterator[str]:
        return cut_like_tokens(text) if self.split == "tokens" else cut_by_size(text, self.split)


def _cut(message: AIMessage, pieces: Callable[[str], Iterator[str]]) -> list[AIMessageChunk]:
    """Split a message in the order of a provider's stream: reasoning, text, calls, usage."""
    more = dict(message.additional_kwargs)
    reasoning = more.get("reasoning_content")
    chunks: list[AIMessageChunk] = []
    if isinstance(reasoning, str):
        del more["reasoning_content"]
        chunks += [_part(additional_kwargs={"reasoning_content": p}) for p in pieces(reasoning)]
    if isinstance(message.content, str):
        chunks += [_part(piece) for piece in pieces(message.content)]
    else:
        for index, block in enumerate(message.content):
            chunks += _cut_block(block, index, pieces)
    whole = [(call["name"], json.dumps(call["args"]), call["id"]) for call in message.tool_calls]
    broken = [(c["name"], c["args"], c["id"]) for c in message.invalid_tool_calls]
    for index, (name, args, id) in enumerate([*whole, *broken]):
        head: dict[str, Any] = {"name": name, "args": "", "id": id, "index": index}
        chunks.append(_part(tool_call_chunks=[head]))
        for piece in pieces(args or ""):
            tail = {"name": None, "args": piece, "id": None, "index": index}
            chunks.append(_part(tool_call_chunks=[tail]))
    if more or message.response_metadata or message.usage_metadata:
        chunks.append(
            _part(
                additional_kwargs=more,
                response_metadata=dict(message.response_metadata),
                usage_metadata=message.usage_metadata,
            )
        )
    empty: Any = "" if isinstance(message.content, str) else []
    for chunk in chunks:
        chunk.id, chunk.name = message.id, message.name
        if not chunk.content:
            chunk.content = empty
    return chunks


def _cut_block(
    block: Any, index: int, pieces: Callable[[str], Iterator[str]]
) -> list[AIMessageChunk]:
    """Split a content block at its text; anything without text is not split."""
    if isinstance(block, str):
        return [_part([piece]) for piece in pieces(block)]
    block = {"index": index, **block}
    kind = block.get("type")
    if kind not in ("text", "reasoning", "thinking") or not isinstance(block.get(kind), str):
        return [_part([block])]
    head = {**block, kind: ""}
    tail = {"type": kind, "index": block["index"]}
    cut = pieces(block[kind])
    return [_part([head]), *(_part([{**tail, kind: piece}]) for piece in cut)]


def _part(content: Any = "", **fields: Any) -> AIMessageChunk:
    return AIMessageChunk(content=content, **fields)


def _whole(chunks: list[AIMessageChunk]) -> ChatResult:
    message = message_chunk_to_message(chunks[0] + chunks[1:] if chunks[1:] else chunks[0])
    message.name = chunks[0].name  # which sums of chunks do not have
    return ChatResult(generations=[ChatGeneration(message=message)])
