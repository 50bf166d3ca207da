"""Loading conversations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from headrace.dropin.core.chat_sessions import ChatSession

__all__ = ["BaseChatLoader"]


class BaseChatLoader(ABC):
    """Loads conversations. A subclass defines `lazy_load`."""

    @abstractmethod
    def lazy_load(self) -> Iterator[ChatSession]:
        """Yield the conversations one by one."""

    def load(self) -> list[ChatSession]:
        """Return all conversations."""
        return list(self.lazy_load())
