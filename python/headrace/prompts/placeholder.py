"""`MessagesPlaceholder`: a variable that is messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from headrace.messages import BaseMessage, convert_to_messages
from headrace.messages.base import get_msg_title_repr
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.utils.color import colored

__all__ = ["MessagesPlaceholder"]


class MessagesPlaceholder(BaseMessagePromptTemplate):
    """A variable that is messages, such as those of the conversation so far.

    Example::

        prompt = ChatPromptTemplate([MessagesPlaceholder("history"), ("human", "{question}")])
    """

    variable_name: str
    """The variable."""

    optional: bool = False
    """Whether it may be left out; then there are no messages."""

    n_messages: Annotated[int, Field(gt=0)] | None = None
    """How many of the messages to take at most, from the end."""

    def __init__(self, variable_name: str, *, optional: bool = False, **kwargs: Any) -> None:
        """Name the variable.

        Args:
            variable_name: The variable.
            optional: Whether it may be left out.
            **kwargs: `n_messages`.
        """
        # The type checker takes pydantic's signature for all there is.
        super().__init__(**{"variable_name": variable_name, "optional": optional, **kwargs})

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Give the messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.

        Raises:
            KeyError: If the variable is missing and not optional.
            ValueError: If it is no list.
        """
        name = self.variable_name
        value = kwargs.get(name, []) if self.optional else kwargs[name]
        if not isinstance(value, list):
            raise ValueError(
                f"variable {name} should be a list of base messages, "
                f"got {value} of type {type(value)}"
            )
        messages = convert_to_messages(value)
        return messages[-self.n_messages :] if self.n_messages else messages

    @property
    def input_variables(self) -> list[str]:
        """The variable, unless it is optional."""
        return [] if self.optional else [self.variable_name]

    def pretty_repr(self, html: bool = False) -> str:
        """Write the placeholder for people to read.

        Args:
            html: Whether to colour it, for a terminal.

        Returns:
            A title and the variable.
        """
        title = get_msg_title_repr("Messages Placeholder", bold=html)
        return f"{title}\n\n{colored(f'{{{self.variable_name}}}', 'yellow' if html else None)}"
