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
        """Whether a prompt can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "schema", "prompt"]

    @abstractmethod
    def to_string(self) -> str:
        """Give the prompt as a text, for a text model."""

    @abstractmethod
    def to_messages(self) -> list[BaseMessage]:
        """Give the prompt as messages, for a chat model."""


class StringPromptValue(PromptValue):
    """A prompt that is a text."""

    text: str
    """The text."""

    type: Literal["StringPromptValue"] = "StringPromptValue"
    """What this is, for whoever reads it from JSON."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "prompts", "base"]

    def to_string(self) -> str:
        """Give the text."""
        return self.text

    def to_messages(self) -> list[BaseMessage]:
        """Give the text as a message of the user."""
        return [HumanMessage(content=self.text)]


class ChatPromptValue(PromptValue):
    """A prompt that is messages."""

    messages: Sequence[BaseMessage]
    """The messages."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "prompts", "chat"]

    def to_string(self) -> str:
        """Give the messages as lines, each beginning with who says it."""
        from headrace.messages.buffer import get_buffer_string

        return get_buffer_string(self.messages)

    def to_messages(self) -> list[BaseMessage]:
        """Give the messages."""
        return list(self.messages)


class ChatPromptValueConcrete(ChatPromptValue):
    """A prompt that is messages of the known kinds; its schema names them."""

    messages: Sequence[AnyMessage]
    """The messages."""

    type: Literal["ChatPromptValueConcrete"] = "ChatPromptValueConcrete"
    """What this is, for whoever reads it from JSON."""


def string_prompt(text: str) -> StringPromptValue:
    """Make a prompt of a text."""
    if text.__class__ is not str:
        return StringPromptValue(text=text)
    return _checked(StringPromptValue, {"text": text, "type": "StringPromptValue"}, "text")


def chat_prompt(messages: list[BaseMessage]) -> ChatPromptValue:
    """Make a prompt of messages; the list becomes the prompt's."""
    for message in messages:
        if not isinstance(message, BaseMessage):
            return ChatPromptValue(messages=messages)
    return _checked(ChatPromptValue, {"messages": messages}, "messages")


def _checked(cls: type[_Value], fields: dict[str, Any], given: str) -> _Value:
    """Make a model of fields that are known to be right, at a tenth of what checking costs."""
    value = cls.__new__(cls)
    put = object.__setattr__
    put(value, "__dict__", fields)
    put(value, "__pydantic_fields_set__", {given})
    put(value, "__pydantic_extra__", None)
    put(value, "__pydantic_private__", None)
    return value


class ImageURL(TypedDict, total=False):
    """Where an image is, and how closely a model should look."""

    detail: Literal["auto", "low", "high"]
    """How closely to look: `"auto"` unless given."""

    url: str
    """Its address, or the image itself as a `data:` address."""


class ImagePromptValue(PromptValue):
    """A prompt that is an image."""

    image_url: ImageURL
    """The image."""

    type: Literal["ImagePromptValue"] = "ImagePromptValue"
    """What this is, for whoever reads it from JSON."""

    def to_string(self) -> str:
        """Give the address of the image."""
        return self.image_url.get("url", "")

    def to_messages(self) -> list[BaseMessage]:
        """Give the image as a message of the user."""
        return [HumanMessage(content=[cast("dict[str, str]", self.image_url)])]
