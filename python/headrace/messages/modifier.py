"""Messages that change a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from headrace.messages.base import BaseMessage

__all__ = ["RemoveMessage"]


class RemoveMessage(BaseMessage):
    """A request to remove another message from a conversation."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["remove"], "remove")
    }

    type: ClassVar[str] = "remove"

    def __init__(self, id: str, **kwargs: Any) -> None:
        """Create a request to remove a message.

        Args:
            id: The id of the message to remove.
            **kwargs: Other fields, except `content`.

        Raises:
            ValueError: If content is given.
        """
        if kwargs.pop("content", None):
            raise ValueError("RemoveMessage does not support 'content' field.")
        super().__init__("", id=id, **kwargs)
