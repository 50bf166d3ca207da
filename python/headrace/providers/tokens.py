"""Tokens of a stream that a provider's model reads in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace.outputs import ChatGenerationChunk
from headrace.runnables.closing import aclose_all, close_all
from headrace.wire.ends import BlockEnds

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )

__all__ = ["awith_tokens", "with_tokens"]


def _token_and_chunk(part: Any) -> tuple[Any, ChatGenerationChunk]:
    if isinstance(part, ChatGenerationChunk):
        return part.text, part
    return part.content, ChatGenerationChunk(message=part)


def with_tokens(parts: Iterator[Any], run: CallbackManagerForLLMRun) -> Iterator[Any]:
    """Emit the tokens of a stream.

    Args:
        parts: Messages or generations, and `BlockEnds` between them. They are closed with this
            generator.
        run: The run.

    Yields:
        Generations and `BlockEnds`.
    """
    try:
        for part in parts:
            if part.__class__ is BlockEnds:
                yield part
                continue
            token, chunk = _token_and_chunk(part)
            run.on_llm_new_token(token, chunk=chunk)
            yield chunk
    finally:
        close_all(parts)


async def awith_tokens(
    parts: AsyncIterator[Any], run: AsyncCallbackManagerForLLMRun
) -> AsyncIterator[Any]:
    """Async version of `with_tokens`."""
    try:
        async for part in parts:
            if part.__class__ is BlockEnds:
                yield part
                continue
            token, chunk = _token_and_chunk(part)
            await run.on_llm_new_token(token, chunk=chunk)
            yield chunk
    finally:
        await aclose_all(parts)
