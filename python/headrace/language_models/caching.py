"""How a model finds what it answered before."""

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
    """Give the cache that a model uses.

    Args:
        given: Its field `cache`.
        missing: What to say where it must use the process's and there is none.

    Returns:
        The cache; None where it uses none.

    Raises:
        ValueError: If it must use the process's and there is none.
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
    """Give what was found in a cache as a chat model's answers, which are new objects.

    Usage says that they cost nothing. An answer that an older version kept as a text becomes a
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
    """Give answers for a cache to keep: copies, since the caller may change what is given."""
    return [_copied(answer, {}) for answer in answers]


def _copied(answer: ChatGeneration, update: dict[str, Any]) -> ChatGeneration:
    return answer.model_copy(update={"message": answer.message.model_copy(update=update)})


def undescribed(described: Any, depth: int = 100) -> Any:
    """Give a description without what differs each time: representations and drawings."""
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
