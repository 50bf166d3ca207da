"""Completion of model results: ids, provider metadata, typed blocks, error responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from headrace.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, LLMResult
from headrace.outputs.chat_generation import merge_chat_generation_chunks

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.messages import BaseMessage

__all__ = [
    "BlockNumbers",
    "complete",
    "error_response",
    "id_of",
    "last_chunk",
    "result_of",
    "said",
    "with_blocks",
]


def id_of(run_id: UUID) -> str:
    """Return the message id of a run, used if the provider sends no id."""
    return f"lc_run--{run_id}"


def said(generation: ChatGeneration) -> dict[str, Any]:
    """Return the response metadata of an answer, as its message has it."""
    return {**(generation.generation_info or {}), **generation.message.response_metadata}


def last_chunk(message: BaseMessage | None, message_id: str | None) -> AIMessageChunk | None:
    """Return the empty chunk that ends a stream, if its last chunk does not mark the end.

    Args:
        message: The last message chunk; None if the stream was empty.
        message_id: The id of the stream's messages.

    Returns:
        The chunk, or None if the stream is already complete.
    """
    if not isinstance(message, AIMessageChunk) or message.chunk_position:
        return None
    empty: Any = "" if isinstance(message.content, str) else []
    return AIMessageChunk(content=empty, chunk_position="last", id=message_id)


def result_of(generation: ChatGenerationChunk | None) -> ChatResult:
    """Return the sum of a stream as a complete result.

    Raises:
        ValueError: If the stream was empty.
    """
    if generation is None:
        raise ValueError("No generations found in stream.")
    message = message_chunk_to_message(generation.message)
    info = generation.generation_info
    return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)])


def complete(result: ChatResult, run_id: UUID | None, output_version: str | None) -> ChatResult:
    """Complete a result: set the ids and the response metadata of its messages.

    Args:
        result: The result. It is modified.
        run_id: The id of the run.
        output_version: `"v1"` for content as typed blocks.

    Returns:
        The same result.
    """
    generations = result.generations
    for i, generation in enumerate(generations):
        if output_version == "v1":
            generation.message = with_blocks(generation.message)
        message = generation.message
        if run_id is not None and message.id is None:
            message.id = f"{id_of(run_id)}-{i}"
        message.response_metadata = said(generation)
    if len(generations) == 1 and result.llm_output is not None:
        message = generations[0].message
        message.response_metadata = {**result.llm_output, **message.response_metadata}
    return result


def with_blocks(message: Any) -> Any:
    """Return a message with typed blocks as its content."""
    metadata = {**message.response_metadata, "output_version": "v1"}
    content = message.content_blocks
    return message.model_copy(update={"content": content, "response_metadata": metadata})


class BlockNumbers:
    """Counter that numbers the typed blocks of a stream; blocks of one kind in a row add up."""

    __slots__ = ("_index", "_kind")

    def __init__(self) -> None:
        self._index = -1
        self._kind = ""

    def numbered(self, message: Any) -> Any:
        """Return a message with typed, numbered blocks as its content."""
        message = with_blocks(message)
        for block in message.content:
            if block["type"] != self._kind:
                self._kind = block["type"]
                self._index += 1
            block.setdefault("index", self._index)
        return message


def error_response(error: BaseException, given: Sequence[ChatGenerationChunk] = ()) -> LLMResult:
    """Return the result of a failed run: its chunks, and the provider's error response.

    Args:
        error: The error. If it has a `response`, as errors of HTTP clients do, the result includes
            its body, headers, status and request id.
        given: The chunks that were streamed before the error.

    Returns:
        The result to report with the error.
    """
    told: list[Any] = list(_answers_in(error))
    try:
        partial = merge_chat_generation_chunks(list(given))
    except (TypeError, ValueError):  # they do not add up, which may be the error itself
        partial = None
    return LLMResult(generations=[told] if partial is None else [[partial], told])


def _answers_in(error: BaseException) -> Iterable[ChatGeneration]:
    response = getattr(error, "response", None)
    if response is None:
        return ()
    metadata = dict(_facts_of(response))
    if hasattr(error, "request_id"):
        metadata["request_id"] = error.request_id
    # Some servers repeat the request, with the keys in it.
    metadata = getattr(error, "redaction", dict)(metadata)
    return (ChatGeneration(message=AIMessage(content="", response_metadata=metadata)),)


def _facts_of(response: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(response, "json"):
        try:
            yield "body", response.json()
        except Exception:  # noqa: BLE001 - clients differ in the error for invalid JSON
            yield "body", getattr(response, "text", None)
    if hasattr(response, "headers"):
        try:
            yield "headers", dict(response.headers)
        except (TypeError, ValueError):
            yield "headers", None
    if hasattr(response, "status_code"):
        yield "status_code", response.status_code
