"""What a model gives, completed: ids, what the provider said, typed blocks, errors as answers."""

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
    """Give the id that the messages of a run have where the provider gives none."""
    return f"lc_run--{run_id}"


def said(generation: ChatGeneration) -> dict[str, Any]:
    """Give what the provider said about an answer, as its message has it."""
    return {**(generation.generation_info or {}), **generation.message.response_metadata}


def last_chunk(message: BaseMessage | None, message_id: str | None) -> AIMessageChunk | None:
    """Give the empty chunk that says that a stream is over, where its last one did not say so.

    Args:
        message: The last one; None where there was none.
        message_id: The id of the stream's messages.

    Returns:
        The chunk, or None where none is missing.
    """
    if not isinstance(message, AIMessageChunk) or message.chunk_position:
        return None
    empty: Any = "" if isinstance(message.content, str) else []
    return AIMessageChunk(content=empty, chunk_position="last", id=message_id)


def result_of(generation: ChatGenerationChunk | None) -> ChatResult:
    """Give a stream's sum as a whole answer.

    Raises:
        ValueError: If there was nothing to add up.
    """
    if generation is None:
        raise ValueError("No generations found in stream.")
    message = message_chunk_to_message(generation.message)
    info = generation.generation_info
    return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)])


def complete(result: ChatResult, run_id: UUID | None, output_version: str | None) -> ChatResult:
    """Complete whole answers: their ids, and what the provider said about them.

    Args:
        result: The answers, which are changed.
        run_id: The run that gave them.
        output_version: `"v1"` for content that is typed blocks.

    Returns:
        The same.
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
    """Give a message whose content is typed blocks."""
    metadata = {**message.response_metadata, "output_version": "v1"}
    content = message.content_blocks
    return message.model_copy(update={"content": content, "response_metadata": metadata})


class BlockNumbers:
    """Numbers the typed blocks of a stream, so that those of one kind in a row add up."""

    __slots__ = ("_index", "_kind")

    def __init__(self) -> None:
        self._index = -1
        self._kind = ""

    def numbered(self, message: Any) -> Any:
        """Give a message whose content is typed blocks with numbers."""
        message = with_blocks(message)
        for block in message.content:
            if block["type"] != self._kind:
                self._kind = block["type"]
                self._index += 1
            block.setdefault("index", self._index)
        return message


def error_response(error: BaseException, given: Sequence[ChatGenerationChunk] = ()) -> LLMResult:
    """Give what a failed run had given, and what the provider said about the failure.

    Args:
        error: Why it failed. Of an error with a `response`, as HTTP clients raise them, body,
            headers, status and request id are told.
        given: What had been streamed.

    Returns:
        The result that is told with the error.
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
        except Exception:  # noqa: BLE001 - whatever a client raises for a body that is no JSON
            yield "body", getattr(response, "text", None)
    if hasattr(response, "headers"):
        try:
            yield "headers", dict(response.headers)
        except (TypeError, ValueError):
            yield "headers", None
    if hasattr(response, "status_code"):
        yield "status_code", response.status_code
