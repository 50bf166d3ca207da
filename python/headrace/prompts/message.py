"""`BaseMessagePromptTemplate`: what makes messages of variables."""

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
    """Makes messages of variables: a part of a `ChatPromptTemplate`."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether this can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "prompts", "chat"]

    @abstractmethod
    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.
        """

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the messages; see `format_messages`."""
        return self.format_messages(**kwargs)

    @property
    @abstractmethod
    def input_variables(self) -> list[str]:
        """The variables that must be given."""

    def pretty_repr(self, html: bool = False) -> str:
        """Write the template for people to read.

        Args:
            html: Whether to colour it, for a terminal.

        Returns:
            A title and the template.
        """
        raise NotImplementedError

    def pretty_print(self) -> None:
        """Print what `pretty_repr` gives."""
        print(self.pretty_repr(html=sys.stdout.isatty()))

    def __add__(self, other: Any) -> ChatPromptTemplate:
        """Make a prompt of this and what follows it.

        Args:
            other: See `ChatPromptTemplate`.

        Returns:
            The prompt.
        """
        from headrace.prompts.chat import ChatPromptTemplate

        return ChatPromptTemplate(messages=[self]).__add__(other)
