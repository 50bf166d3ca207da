"""The messages of a conversation, kept between calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from headrace.messages import AIMessage, BaseMessage, HumanMessage
from headrace.utils.executor import run_in_executor

__all__ = ["BaseChatMessageHistory", "InMemoryChatMessageHistory"]


class BaseChatMessageHistory(ABC):
    """Base class of the message history of one conversation.

    Subclasses have `messages` as an attribute or property, and define `clear` and either
    `add_messages` or `add_message`. By default, the async methods run the sync ones in a thread.

    Example:
        ```python
        class FileHistory(BaseChatMessageHistory):
            def __init__(self, path):
                self.path = path

            @property
            def messages(self):
                if not self.path.exists():
                    return []
                return messages_from_dict(json.loads(self.path.read_text()))

            def add_messages(self, messages):
                both = [*self.messages, *messages]
                self.path.write_text(json.dumps(messages_to_dict(both)))

            def clear(self):
                self.path.unlink(missing_ok=True)
        ```
    """

    messages: list[BaseMessage]
    """The messages, the oldest first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Create a history; arguments are passed to the next base class."""
        super().__init__(*args, **kwargs)

    async def aget_messages(self) -> list[BaseMessage]:
        """Return the messages; async version of `messages`."""
        return await run_in_executor(None, lambda: self.messages)

    def add_user_message(self, message: HumanMessage | str) -> None:
        """Add what the user said.

        Args:
            message: The message, or its text.
        """
        self.add_message(
            message if isinstance(message, HumanMessage) else HumanMessage(content=message)
        )

    def add_ai_message(self, message: AIMessage | str) -> None:
        """Add what the model said.

        Args:
            message: The message, or its text.
        """
        self.add_message(message if isinstance(message, AIMessage) else AIMessage(content=message))

    def add_message(self, message: BaseMessage) -> None:
        """Add a message.

        Args:
            message: The message.

        Raises:
            NotImplementedError: If a subclass defines neither this nor `add_messages`.
        """
        if type(self).add_messages is BaseChatMessageHistory.add_messages:
            raise NotImplementedError(
                "add_message is not implemented for this class. "
                "Please implement add_message or add_messages."
            )
        self.add_messages([message])

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages, in their order.

        Args:
            messages: The messages.
        """
        for message in messages:
            self.add_message(message)

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages; see `add_messages`."""
        await run_in_executor(None, self.add_messages, messages)

    @abstractmethod
    def clear(self) -> None:
        """Delete all messages."""

    async def aclear(self) -> None:
        """Delete all messages; async version of `clear`."""
        await run_in_executor(None, self.clear)

    def __str__(self) -> str:
        from headrace.messages.buffer import get_buffer_string

        return get_buffer_string(self.messages)


class InMemoryChatMessageHistory(BaseChatMessageHistory, BaseModel):
    """Message history in a list."""

    messages: list[BaseMessage] = Field(default_factory=list)
    """The messages, the oldest first."""

    async def aget_messages(self) -> list[BaseMessage]:
        """Return the messages."""
        return self.messages

    def add_message(self, message: BaseMessage) -> None:
        """Add a message."""
        self.messages.append(message)

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages."""
        self.add_messages(messages)

    def clear(self) -> None:
        """Delete all messages."""
        self.messages = []

    async def aclear(self) -> None:
        """Delete all messages."""
        self.clear()
