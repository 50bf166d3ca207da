"""`MessagesPlaceholder`: a variable for a list of messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from headrace.messages import BaseMessage, convert_to_messages
from headrace.messages.base import get_msg_title_repr
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.utils.color import colored

__all__ = ["MessagesPlaceholder"]


class MessagesPlaceholder(BaseMessagePromptTemplate):
    """A variable for a list of messages, such as the conversation history.

    Example::

        prompt = ChatPromptTemplate([MessagesPlaceholder("history"), ("human", "{question}")])
    """

    variable_name: str
    """The name of the variable."""

    optional: bool = False
    """If true, the variable can be omitted, for no messages."""

    n_messages: Annotated[int, Field(gt=0)] | None = None
    """The number of messages to keep, counted from the end; None for all."""

    def __init__(self, variable_name: str, *, optional: bool = False, **kwargs: Any) -> None:
        """Create a placeholder.

        Args:
            variable_name: The name of the variable.
            optional: If true, the variable can be omitted.
            **kwargs: `n_messages`.
        """
        # The type checker only knows pydantic's signature.
        super().__init__(**{"variable_name": variable_name, "optional": optional, **kwargs})

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Return the messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.

        Raises:
            KeyError: If the variable is missing and not optional.
            ValueError: If it is not a list.
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
        """The name of the variable, unless it is optional."""
        return [] if self.optional else [self.variable_name]

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the placeholder.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The title and the variable.
        """
        title = get_msg_title_repr("Messages Placeholder", bold=html)
        return f"{title}\n\n{colored(f'{{{self.variable_name}}}', 'yellow' if html else None)}"
