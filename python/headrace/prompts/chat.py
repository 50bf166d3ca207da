"""`ChatPromptTemplate`: messages with variables."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, overload

from pydantic import SerializeAsAny, model_validator

from headrace.compat import Flag, flags
from headrace.messages import AnyMessage, BaseMessage, get_buffer_string
from headrace.prompt_values import ChatPromptValue, chat_prompt
from headrace.prompts.base import BasePromptTemplate
from headrace.prompts.chat_message import (
    AIMessagePromptTemplate,
    BaseStringMessagePromptTemplate,
    ChatMessagePromptTemplate,
    HumanMessagePromptTemplate,
    SystemMessagePromptTemplate,
    text_message,
)
from headrace.prompts.formats import PromptTemplateFormat
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.prompts.placeholder import MessagesPlaceholder

__all__ = [
    "AIMessagePromptTemplate",
    "BaseChatPromptTemplate",
    "BaseMessagePromptTemplate",
    "BaseStringMessagePromptTemplate",
    "ChatMessagePromptTemplate",
    "ChatPromptTemplate",
    "HumanMessagePromptTemplate",
    "MessageLike",
    "MessageLikeRepresentation",
    "MessagesPlaceholder",
    "SystemMessagePromptTemplate",
]

_Fields = dict[str, Any]


class BaseChatPromptTemplate(BasePromptTemplate[str], ABC):
    """Base class of chat prompts. Subclasses define `format_messages`."""

    @property
    def lc_attributes(self) -> _Fields:
        """Attributes serialized in addition to the fields."""
        return {"input_variables": self.input_variables}

    def format(self, **kwargs: Any) -> str:
        """Format the messages as text.

        Args:
            **kwargs: The variables.

        Returns:
            One line for each message, starting with its role.
        """
        return get_buffer_string(self.format_messages(**kwargs))

    async def aformat(self, **kwargs: Any) -> str:
        """Format the messages as text; async version of `format`."""
        return get_buffer_string(await self.aformat_messages(**kwargs))

    def format_prompt(self, **kwargs: Any) -> ChatPromptValue:
        """Format the prompt as a chat prompt value.

        Args:
            **kwargs: The variables.

        Returns:
            The prompt.
        """
        return chat_prompt(self.format_messages(**kwargs))

    async def aformat_prompt(self, **kwargs: Any) -> ChatPromptValue:
        """Format the prompt; async version of `format_prompt`."""
        return chat_prompt(await self.aformat_messages(**kwargs))

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

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the prompt.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The templates of the messages, each under a title.
        """
        raise NotImplementedError

    def pretty_print(self) -> None:
        """Print the result of `pretty_repr`."""
        print(self.pretty_repr(html=sys.stdout.isatty()))


MessageLike = BaseMessagePromptTemplate | BaseMessage | BaseChatPromptTemplate
"""A part of a chat prompt: a message, a message template or another chat prompt."""

MessageLikeRepresentation = (
    MessageLike | tuple[str | type, str | Sequence[_Fields] | Sequence[object]] | str | _Fields
)
"""Any supported form of a message: a pair of a role (or class) and a template, a text for a human
message, or a dictionary with `role` and `content`."""


class ChatPromptTemplate(BaseChatPromptTemplate):
    """Messages with variables.

    Example::

        prompt = ChatPromptTemplate(
            [
                ("system", "You are a helpful {animal}."),
                ("placeholder", "{history}"),
                ("human", "{question}"),
            ]
        )
        prompt.invoke({"animal": "owl", "question": "Who are you?"})

    The roles are `system`, `human` (or `user`), `ai` (or `assistant`), and `placeholder` for a
    variable that is messages and may be left out.
    """

    messages: list[SerializeAsAny[MessageLike]]
    """The messages, message templates and prompts of this prompt."""

    validate_template: bool = False
    """Whether to check that `input_variables` matches the variables of the messages."""

    def __init__(
        self,
        messages: Sequence[MessageLikeRepresentation],
        *,
        template_format: PromptTemplateFormat = "f-string",
        **kwargs: Any,
    ) -> None:
        """Create a prompt.

        Args:
            messages: Messages, templates, prompts, or what stands for them: pairs such as
                `("human", "{question}")`, texts, dictionaries of `role` and `content`.
            template_format: The format of the templates.
            **kwargs: Other fields, such as `partial_variables`.

        Raises:
            ValueError: If a role is unknown or a text is not a valid template.
            NotImplementedError: If a message has an unsupported type.
        """
        made = [_to_template(message, template_format) for message in messages]
        super().__init__(**{**kwargs, "messages": made})

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "chat"]

    @property
    def _prompt_type(self) -> str:
        return "chat"

    @model_validator(mode="before")
    @classmethod
    def validate_input_variables(cls, values: Any) -> Any:
        """Collect and check the variables of the messages."""
        if not isinstance(values, dict) or not isinstance(values.get("messages"), list):
            # Pydantic reports this as a validation error.
            return values
        found = _Variables(values["messages"])
        partial = {**dict.fromkeys(found.optional), **(values.get("partial_variables") or {})}
        partial = {
            name: [] if value is None and name in found.optional else value
            for name, value in partial.items()
        }
        needed = sorted(found.required.difference(partial))
        if values.get("validate_template") and "input_variables" in values:
            named = values["input_variables"]
            if set(needed) != set(named):
                raise ValueError(
                    f"Got mismatched input_variables. Expected: {set(needed)}. Got: {named}"
                )
        optional = sorted({*found.optional, *values.get("optional_variables", ())})
        placeheld = dict.fromkeys(found.messages, list[AnyMessage])
        return {
            **values,
            "input_variables": needed,
            "optional_variables": optional,
            "partial_variables": partial,
            "input_types": {**placeheld, **(values.get("input_types") or {})},
        }

    @classmethod
    def from_template(cls, template: str, **kwargs: Any) -> ChatPromptTemplate:
        """Create a prompt with one human message.

        Args:
            template: The text of the message.
            **kwargs: Passed to `PromptTemplate.from_template`.

        Returns:
            The prompt.
        """
        from headrace.prompts.prompt import PromptTemplate

        prompt = PromptTemplate.from_template(template, **kwargs)
        return cls.from_messages([HumanMessagePromptTemplate(prompt=prompt)])

    @classmethod
    def from_messages(
        cls,
        messages: Sequence[MessageLikeRepresentation],
        template_format: PromptTemplateFormat = "f-string",
    ) -> ChatPromptTemplate:
        """Create a prompt from messages; the same as calling the class.

        Args:
            messages: See `ChatPromptTemplate`.
            template_format: The format of the templates.

        Returns:
            The prompt.
        """
        return cls(messages, template_format=template_format)

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.

        Raises:
            KeyError: If a variable is missing.
        """
        if self.partial_variables:
            kwargs = self._merge_partial_and_user_variables(**kwargs)
        messages: list[BaseMessage] = []
        for part in self.messages:
            message = text_message(part, kwargs)
            if message is not None:
                messages.append(message)
            elif isinstance(part, BaseMessage):
                messages.append(part)
            else:
                messages += part.format_messages(**kwargs)
        return messages

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the messages; async version of `format_messages`."""
        if self.partial_variables:
            kwargs = self._merge_partial_and_user_variables(**kwargs)
        messages: list[BaseMessage] = []
        for part in self.messages:
            message = text_message(part, kwargs)
            if message is not None:
                messages.append(message)
            elif isinstance(part, BaseMessage):
                messages.append(part)
            else:
                messages += await part.aformat_messages(**kwargs)
        return messages

    # -- composing ---------------------------------------------------------------------------------

    def __add__(self, other: Any) -> ChatPromptTemplate:
        """Return a prompt of this one followed by another part.

        Args:
            other: A prompt, a message, a template of a message, a list of what stands for such, or
                what a person says.

        Returns:
            The prompt of both.

        Raises:
            NotImplementedError: If it has another type.
        """
        partial = dict(self.partial_variables)
        partial.update(getattr(other, "partial_variables", None) or {})
        if isinstance(other, ChatPromptTemplate):
            behind = other.messages
        elif isinstance(other, (BaseMessagePromptTemplate, BaseMessage, BaseChatPromptTemplate)):
            behind = [other]
        elif isinstance(other, (list, tuple)):
            behind = ChatPromptTemplate.from_messages(other).messages
        elif isinstance(other, str):
            behind = ChatPromptTemplate.from_template(other).messages
        else:
            raise NotImplementedError(f"Unsupported operand type for +: {type(other)}")
        return ChatPromptTemplate([*self.messages, *behind], partial_variables=partial)

    def append(self, message: MessageLikeRepresentation) -> None:
        """Append a message.

        Args:
            message: The message, in any supported form.
        """
        self.extend([message])

    def extend(self, messages: Sequence[MessageLikeRepresentation]) -> None:
        """Append messages and add their variables to `input_variables`.

        Args:
            messages: The messages, in any supported form.
        """
        made = [_to_template(message) for message in messages]
        grown = type(self)(
            **{**self.__dict__, "messages": [*self.messages, *made], "validate_template": False}
        )
        self.messages.extend(made)
        for name in ("input_variables", "optional_variables", "partial_variables", "input_types"):
            setattr(self, name, getattr(grown, name))

    @overload
    def __getitem__(self, index: int) -> MessageLike: ...
    @overload
    def __getitem__(self, index: slice) -> ChatPromptTemplate: ...
    def __getitem__(self, index: int | slice) -> MessageLike | ChatPromptTemplate:
        """Return one message, or a prompt of several.

        Args:
            index: The position of the message, or a slice.

        Returns:
            The message, or a prompt for a slice.
        """
        if isinstance(index, slice):
            return ChatPromptTemplate.from_messages(self.messages[index])
        return self.messages[index]

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.messages)

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the prompt.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The messages and templates, each under a title.
        """
        return "\n\n".join(part.pretty_repr(html=html) for part in self.messages)


class _Variables:
    """The variables of messages.

    Attributes:
        required: Names of required variables.
        optional: Names of the variables of optional placeholders.
        messages: Names of the variables of placeholders.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self.required: set[str] = set()
        self.optional: list[str] = []
        self.messages: list[str] = []
        for part in parts:
            if isinstance(part, (BaseMessagePromptTemplate, BaseChatPromptTemplate)):
                self.required.update(part.input_variables)
            if isinstance(part, MessagesPlaceholder):
                self.messages.append(part.variable_name)
                if part.optional:
                    self.optional.append(part.variable_name)


_TEMPLATES: dict[str, type[Any]] = {
    "human": HumanMessagePromptTemplate,
    "user": HumanMessagePromptTemplate,
    "ai": AIMessagePromptTemplate,
    "assistant": AIMessagePromptTemplate,
    "system": SystemMessagePromptTemplate,
}


def _to_template(message: Any, template_format: PromptTemplateFormat = "f-string") -> MessageLike:
    """Convert any supported form of a message to a message or a message template."""
    if isinstance(message, (BaseMessagePromptTemplate, BaseMessage, BaseChatPromptTemplate)):
        return message
    if isinstance(message, str):
        return HumanMessagePromptTemplate.from_template(message, template_format)
    if isinstance(message, dict):
        if message.keys() != {"role", "content"}:
            raise ValueError(
                f"Expected dict to have exact keys 'role' and 'content'. Got: {message}"
            )
        message = (message["role"], message["content"])
    if not isinstance(message, tuple):
        raise NotImplementedError(f"Unsupported message type: {type(message)}")
    if len(message) != 2:
        raise ValueError(f"Expected 2-tuple of (role, template), got {message}")
    role, template = message
    if isinstance(role, type):
        role = _role_of(role)
    if role == "placeholder":
        return _placeholder(template, template_format)
    if role not in _TEMPLATES:
        raise ValueError(
            f"Unexpected message type: {role}. Use one of 'human', 'user', 'ai', 'assistant', "
            "or 'system'."
        )
    made: MessageLike = _TEMPLATES[role].from_template(template, template_format)
    return made


def _role_of(cls: type[Any]) -> Any:
    """Return the role of a message class."""
    if not issubclass(cls, BaseMessage):
        raise TypeError(f"{cls.__name__!r} is not a message class")
    return cls.type


def _placeholder(template: Any, template_format: PromptTemplateFormat) -> MessagesPlaceholder:
    """Create a placeholder from `"{name}"`, or from a pair of that and the optional flag.

    In mustache and jinja2 the name may have two braces, as other variables do.
    """
    optional: Any = True
    if not isinstance(template, str):
        template, optional = template
    if not isinstance(template, str):
        raise ValueError(f"Expected variable name to be a string. Got: {template}")
    if not isinstance(optional, bool):
        raise ValueError(f"Expected is_optional to be a boolean. Got: {optional}")
    if not (template.startswith("{") and template.endswith("}")):
        raise ValueError(
            f"Invalid placeholder template: {template}. "
            "Expected a variable name surrounded by curly braces."
        )
    name = template[1:-1]
    has_two = name.startswith("{") and name.endswith("}") and template_format != "f-string"
    if has_two and flags() & Flag.FORMATTED_PLACEHOLDERS:
        name = name[1:-1].strip()
    return MessagesPlaceholder(name, optional=optional)
