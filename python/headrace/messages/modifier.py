"""Messages that change a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from headrace.messages.base import BaseMessage

__all__ = ["RemoveMessage"]


class RemoveMessage(BaseMessage):
    """Asks for another message to be taken out of a conversation."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["remove"], "remove")
    }

    type: ClassVar[str] = "remove"

    def __init__(self, id: str, **kwargs: Any) -> None:
        """Ask for a message to be removed.

        Args:
            id: The message's id.
            **kwargs: Other fields; there is no content.

        Raises:
            ValueError: If there is content.
        """
        if kwargs.pop("content", None):
            raise ValueError("RemoveMessage does not support 'content' field.")
        super().__init__("", id=id, **kwargs)
