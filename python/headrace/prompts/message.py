"""`BaseMessagePromptTemplate`, the base class of message templates."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from headrace.load.serializable import Serializable
from headrace.messages import BaseMessage

if TYPE_CHECKING:
    from headrace.prompts.chat import ChatPromptTemplate

__all__ = ["BaseMessagePromptTemplate"]


class BaseMessagePromptTemplate(Serializable, ABC):
    """Base class of message templates, the parts of a `ChatPromptTemplate`."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the class is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "chat"]

    @abstractmethod
    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.
        """

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the messages; async version of `format_messages`."""
        return self.format_messages(**kwargs)

    @property
    @abstractmethod
    def input_variables(self) -> list[str]:
        """The names of the required variables."""

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the template.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The title and the template.
        """
        raise NotImplementedError

    def pretty_print(self) -> None:
        """Print the result of `pretty_repr`."""
        print(self.pretty_repr(html=sys.stdout.isatty()))

    def __add__(self, other: Any) -> ChatPromptTemplate:
        """Return a prompt of this one followed by another part.

        Args:
            other: See `ChatPromptTemplate`.

        Returns:
            The prompt.
        """
        from headrace.prompts.chat import ChatPromptTemplate

        return ChatPromptTemplate(messages=[self]).__add__(other)
