"""Lookup of earlier answers in a cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from headrace.caches import BaseCache
from headrace.globals import get_llm_cache
from headrace.load.dump import dumps
from headrace.messages import AIMessage
from headrace.outputs import ChatGeneration, Generation

if TYPE_CHECKING:
    from headrace.messages import BaseMessage

__all__ = ["cache_of", "chat_answers", "chat_prompt", "is_answer", "to_keep", "undescribed"]


def cache_of(given: BaseCache | bool | None, missing: str) -> BaseCache | None:
    """Return the cache that a model uses.

    Args:
        given: The model's field `cache`.
        missing: The error message if the global cache is required but not set.

    Returns:
        The cache; None if the model does not cache.

    Raises:
        ValueError: If the global cache is required but not set.
    """
    if isinstance(given, BaseCache):
        return given
    if given is False:
        return None
    cache = get_llm_cache()
    if given and cache is None:
        raise ValueError(missing)
    return cache


def is_answer(found: Any) -> TypeGuard[list[Generation]]:
    """Return True if a cache has found an answer: a list with at least one candidate."""
    return isinstance(found, list) and all(hasattr(one, "text") for one in found) and bool(found)


def chat_prompt(messages: Sequence[BaseMessage]) -> str:
    """Write messages as the text by which an answer to them is found; their ids do not count."""
    return dumps(
        [
            message if message.id is None else message.model_copy(update={"id": None})
            for message in messages
        ]
    )


def chat_answers(found: Sequence[Generation]) -> list[ChatGeneration]:
    """Return new answers of a chat model for the entries of a cache.

    Their usage is set to cost nothing. An answer that an older version stored as text becomes a
    message.
    """
    answers: list[ChatGeneration] = []
    for generation in found:
        if not isinstance(generation, ChatGeneration):
            message: Any = AIMessage(content=generation.text)
            answers.append(
                ChatGeneration(message=message, generation_info=generation.generation_info)
            )
            continue
        usage = getattr(generation.message, "usage_metadata", None)
        free = {} if usage is None else {"usage_metadata": {**usage, "total_cost": 0}}
        answers.append(_copied(generation, free))
    return answers


def to_keep(answers: Sequence[ChatGeneration]) -> list[ChatGeneration]:
    """Return copies of answers for a cache, since the caller may modify the originals."""
    return [_copied(answer, {}) for answer in answers]


def _copied(answer: ChatGeneration, update: dict[str, Any]) -> ChatGeneration:
    return answer.model_copy(update={"message": answer.message.model_copy(update=update)})


def undescribed(described: Any, depth: int = 100) -> Any:
    """Return a description without its volatile parts: representations and graphs."""
    if depth == 0 or not isinstance(described, dict):
        return described
    unnamed = described.get("type") == "not_implemented"
    kept = {
        key: value
        for key, value in described.items()
        if key != "graph" and not (key == "repr" and unnamed)
    }
    kwargs = kept.get("kwargs")
    if isinstance(kwargs, dict):
        kept["kwargs"] = {key: undescribed(value, depth - 1) for key, value in kwargs.items()}
    return kept
