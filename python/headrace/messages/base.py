"""`BaseMessage`: a piece of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

__all__ = ["BaseMessage", "BaseMessageChunk", "get_buffer_string"]


class BaseMessage:
    """A piece of a conversation.

    Attributes:
        content: The text.
        id: What tells this message from others, where the model says.
    """

    __slots__ = ("__weakref__", "content", "id")
    __match_args__ = ("content",)

    type: ClassVar[str] = "base"
    """What kind of message it is."""

    def __init__(self, content: str, *, id: str | None = None) -> None:
        self.content = content
        self.id = id

    @property
    def text(self) -> str:
        """The text of the content."""
        return self.content

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.content == other.content and self.id == other.id

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        known = f", id={self.id!r}" if self.id is not None else ""
        return f"{type(self).__name__}(content={self.content!r}{known})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.content, self.id)


class BaseMessageChunk(BaseMessage):
    """A part of a message, as it streams. Chunks add up to the message."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        """Give the chunk that stands for this one and the next."""
        if not isinstance(other, BaseMessageChunk):
            return NotImplemented
        return type(self)(self.content + other.content, id=self.id or other.id)


def get_buffer_string(messages: Sequence[BaseMessage]) -> str:
    """Write messages as text, one a line, each behind the name of who says it.

    Args:
        messages: The messages.

    Returns:
        The text, such as `AI: The sky is blue.`
    """
    return "\n".join(f"{_SPEAKERS.get(it.type, it.type)}: {it.text}" for it in messages)


_SPEAKERS = {"ai": "AI", "AIMessageChunk": "AI"}


def _rebuild(kind: type[BaseMessage], content: str, id: str | None) -> BaseMessage:
    return kind(content, id=id)
