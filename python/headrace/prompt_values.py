"""Prompt values: a filled-in prompt, which both text models and chat models can read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, TypeVar, cast

from typing_extensions import TypedDict

from headrace.load.serializable import Serializable
from headrace.messages import AnyMessage, BaseMessage, HumanMessage

__all__ = [
    "ChatPromptValue",
    "ChatPromptValueConcrete",
    "ImagePromptValue",
    "ImageURL",
    "PromptValue",
    "StringPromptValue",
    "chat_prompt",
    "string_prompt",
]


_Value = TypeVar("_Value", bound="PromptValue")


class PromptValue(Serializable):
    """A filled-in prompt."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: prompts are serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "prompt"]

    @abstractmethod
    def to_string(self) -> str:
        """Return the prompt as text, for a text model."""

    @abstractmethod
    def to_messages(self) -> list[BaseMessage]:
        """Return the prompt as messages, for a chat model."""


class StringPromptValue(PromptValue):
    """A text prompt."""

    text: str
    """The text."""

    type: Literal["StringPromptValue"] = "StringPromptValue"
    """The type of the object, for JSON."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "base"]

    def to_string(self) -> str:
        """Return the text."""
        return self.text

    def to_messages(self) -> list[BaseMessage]:
        """Return the text as a human message."""
        return [HumanMessage(content=self.text)]


class ChatPromptValue(PromptValue):
    """A chat prompt: messages."""

    messages: Sequence[BaseMessage]
    """The messages."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "chat"]

    def to_string(self) -> str:
        """Return the messages as text, one line each, starting with the role."""
        from headrace.messages.buffer import get_buffer_string

        return get_buffer_string(self.messages)

    def to_messages(self) -> list[BaseMessage]:
        """Return the messages."""
        return list(self.messages)


class ChatPromptValueConcrete(ChatPromptValue):
    """A chat prompt whose schema lists the message classes."""

    messages: Sequence[AnyMessage]
    """The messages."""

    type: Literal["ChatPromptValueConcrete"] = "ChatPromptValueConcrete"
    """The type of the object, for JSON."""


def string_prompt(text: str) -> StringPromptValue:
    """Create a prompt from a text."""
    if text.__class__ is not str:
        return StringPromptValue(text=text)
    return _checked(StringPromptValue, {"text": text, "type": "StringPromptValue"}, "text")


def chat_prompt(messages: list[BaseMessage]) -> ChatPromptValue:
    """Create a prompt from messages, without copying the list."""
    for message in messages:
        if not isinstance(message, BaseMessage):
            return ChatPromptValue(messages=messages)
    return _checked(ChatPromptValue, {"messages": messages}, "messages")


def _checked(cls: type[_Value], fields: dict[str, Any], given: str) -> _Value:
    """Create a model without validation, at a tenth of its cost."""
    value = cls.__new__(cls)
    put = object.__setattr__
    put(value, "__dict__", fields)
    put(value, "__pydantic_fields_set__", {given})
    put(value, "__pydantic_extra__", None)
    put(value, "__pydantic_private__", None)
    return value


class ImageURL(TypedDict, total=False):
    """An image URL with a level of detail."""

    detail: Literal["auto", "low", "high"]
    """The level of detail; `"auto"` by default."""

    url: str
    """The URL of the image, or a `data:` URL with the image."""


class ImagePromptValue(PromptValue):
    """An image prompt."""

    image_url: ImageURL
    """The image."""

    type: Literal["ImagePromptValue"] = "ImagePromptValue"
    """The type of the object, for JSON."""

    def to_string(self) -> str:
        """Return the URL of the image."""
        return self.image_url.get("url", "")

    def to_messages(self) -> list[BaseMessage]:
        """Return the image as a human message."""
        return [HumanMessage(content=[cast("dict[str, str]", self.image_url)])]
