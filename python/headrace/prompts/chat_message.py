"""Templates of single messages: human, AI, system, or any role."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SerializeAsAny
from typing_extensions import Self

from headrace.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
)
from headrace.messages.base import get_msg_title_repr
from headrace.prompts.dict import DictPromptTemplate
from headrace.prompts.formats import PromptTemplateFormat, read
from headrace.prompts.image import ImagePromptTemplate
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.prompts.prompt import PromptTemplate
from headrace.prompts.string import StringPromptTemplate, get_template_variables

__all__ = [
    "AIMessagePromptTemplate",
    "BaseStringMessagePromptTemplate",
    "ChatMessagePromptTemplate",
    "HumanMessagePromptTemplate",
    "SystemMessagePromptTemplate",
]

_Fields = dict[str, Any]
_Block = StringPromptTemplate | ImagePromptTemplate | DictPromptTemplate


class BaseStringMessagePromptTemplate(BaseMessagePromptTemplate, ABC):
    """Base class of templates whose content is one text. Subclasses define `format`."""

    prompt: SerializeAsAny[StringPromptTemplate]
    """The text."""

    additional_kwargs: _Fields = Field(default_factory=dict)
    """The `additional_kwargs` of the message."""

    @classmethod
    def from_template(
        cls,
        template: str,
        template_format: PromptTemplateFormat = "f-string",
        partial_variables: _Fields | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a template from a text.

        Args:
            template: The text.
            template_format: The format of the template.
            partial_variables: Values of variables that are filled in beforehand.
            **kwargs: Other fields.

        Returns:
            The template.
        """
        prompt = PromptTemplate.from_template(
            template, template_format=template_format, partial_variables=partial_variables
        )
        return cls(**{"prompt": prompt, **kwargs})

    @classmethod
    def from_template_file(cls, template_file: str | Path, **kwargs: Any) -> Self:
        """Create a template from a text file.

        Args:
            template_file: The file.
            **kwargs: Other fields.

        Returns:
            The template.
        """
        return cls(**{"prompt": PromptTemplate.from_file(template_file), **kwargs})

    @abstractmethod
    def format(self, **kwargs: Any) -> BaseMessage:
        """Format the message.

        Args:
            **kwargs: The variables.

        Returns:
            The message.
        """

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Format the message; async version of `format`."""
        return self.format(**kwargs)

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the message and return it in a list."""
        return [self.format(**kwargs)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the message and return it in a list."""
        return [await self.aformat(**kwargs)]

    @property
    def input_variables(self) -> list[str]:
        """The names of the required variables."""
        return self.prompt.input_variables

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the template.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The title and the text.
        """
        return f"{_title(self, html)}\n\n{self.prompt.pretty_repr(html=html)}"


def _title(template: BaseMessagePromptTemplate, html: bool) -> str:
    name = type(template).__name__.replace("MessagePromptTemplate", " Message")
    return get_msg_title_repr(name, bold=html)


class ChatMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """Template of a message with any role."""

    role: str
    """The role."""

    def format(self, **kwargs: Any) -> BaseMessage:
        """Format the message.

        Args:
            **kwargs: The variables.

        Returns:
            The message.
        """
        return self._message(self.prompt.format(**kwargs))

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Format the message; async version of `format`."""
        return self._message(await self.prompt.aformat(**kwargs))

    def _message(self, text: str) -> BaseMessage:
        return ChatMessage(
            content=text, role=self.role, additional_kwargs=dict(self.additional_kwargs)
        )


class _BlocksMessagePromptTemplate(BaseMessagePromptTemplate):
    """Base class of templates whose content is a text or a list of content blocks."""

    _msg_class: ClassVar[type[BaseMessage]]

    prompt: SerializeAsAny[StringPromptTemplate] | list[SerializeAsAny[_Block]]
    """The text, or the blocks."""

    additional_kwargs: _Fields = Field(default_factory=dict)
    """The `additional_kwargs` of the message."""

    @classmethod
    def from_template(
        cls,
        template: str | Sequence[Any],
        template_format: PromptTemplateFormat = "f-string",
        *,
        partial_variables: _Fields | None = None,
        **kwargs: Any,
    ) -> Self:
        """Create a template from a text or from content blocks.

        Args:
            template: The text, or content blocks: texts, or dictionaries in the form of the
                message's content.
            template_format: The format of the texts.
            partial_variables: Values of variables of the text that are filled in beforehand.
            **kwargs: Other fields.

        Returns:
            The template.

        Raises:
            ValueError: If it has another type, or a text is not a valid template.
        """
        prompt: Any
        if isinstance(template, str):
            prompt = PromptTemplate.from_template(
                template, template_format=template_format, partial_variables=partial_variables
            )
        elif isinstance(template, Sequence):
            if partial_variables:
                raise ValueError("Partial variables are not supported for list of templates.")
            prompt = [_block(block, template_format) for block in template]
        else:
            raise ValueError(f"Invalid template: {template}")
        return cls(**{"prompt": prompt, **kwargs})

    @classmethod
    def from_template_file(
        cls, template_file: str | Path, input_variables: list[str], **kwargs: Any
    ) -> Self:
        """Create a template from a text file.

        Args:
            template_file: The file.
            input_variables: Not used; the variables are read from the text.
            **kwargs: Other fields, as for `from_template`.

        Returns:
            The template.
        """
        return cls.from_template(Path(template_file).read_text(), **kwargs)

    def format(self, **kwargs: Any) -> BaseMessage:
        """Format the message.

        Args:
            **kwargs: The variables.

        Returns:
            The message.

        Raises:
            KeyError: If a variable is missing.
        """
        prompt = self.prompt
        if isinstance(prompt, StringPromptTemplate):
            return self._message(prompt.format(**kwargs))
        filled = [(part, part.format(**_asked(part, kwargs))) for part in prompt]
        return self._message(_content_blocks(filled))

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Format the message; async version of `format`."""
        prompt = self.prompt
        if isinstance(prompt, StringPromptTemplate):
            return self._message(await prompt.aformat(**kwargs))
        filled = [(part, await part.aformat(**_asked(part, kwargs))) for part in prompt]
        return self._message(_content_blocks(filled))

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the message and return it in a list."""
        return [self.format(**kwargs)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the message and return it in a list."""
        return [await self.aformat(**kwargs)]

    @property
    def input_variables(self) -> list[str]:
        """The names of the required variables."""
        if isinstance(self.prompt, StringPromptTemplate):
            return self.prompt.input_variables
        return [name for part in self.prompt for name in part.input_variables]

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the template.

        Args:
            html: If true, add ANSI colors for a terminal.

        Returns:
            The title and the content.
        """
        parts = self.prompt if isinstance(self.prompt, list) else [self.prompt]
        content = "\n\n".join(part.pretty_repr(html=html) for part in parts)
        return f"{_title(self, html)}\n\n{content}"

    def _message(self, content: Any) -> BaseMessage:
        if self.additional_kwargs:
            return self._msg_class(content=content, additional_kwargs=dict(self.additional_kwargs))
        return self._msg_class(content=content)

    def __getstate__(self) -> dict[Any, Any]:
        # In LangChain the class of the message is a private attribute of each template.
        return {**super().__getstate__(), "__pydantic_private__": {"_msg_class": self._msg_class}}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__({**state, "__pydantic_private__": None})


def _asked(part: _Block, variables: _Fields) -> _Fields:
    return {name: variables[name] for name in part.input_variables}


def _content_blocks(parts: list[tuple[_Block, Any]]) -> list[Any]:
    """Return the filled parts as content blocks, without empty texts, which providers reject."""
    blocks = []
    for part, filled in parts:
        if isinstance(part, DictPromptTemplate):
            blocks.append(filled)
        elif isinstance(part, ImagePromptTemplate):
            blocks.append({"type": "image_url", "image_url": filled})
        elif filled:
            blocks.append({"type": "text", "text": filled})
    return blocks


def text_message(template: Any, variables: _Fields) -> BaseMessage | None:
    """Format the message of a plain text template, faster than `format` does.

    Args:
        template: Any part of a chat prompt.
        variables: The variables.

    Returns:
        The message, or None if the template is more than a text.
    """
    cls = _PLAIN.get(template.__class__)
    if cls is None:
        return None
    prompt = template.prompt
    if prompt.__class__ is not PromptTemplate or prompt.partial_variables:
        return None
    text = read(prompt.template, prompt.template_format).fill(variables)
    if template.additional_kwargs:
        return cls(content=text, additional_kwargs=dict(template.additional_kwargs))
    return cls(content=text)


def _block(block: Any, template_format: PromptTemplateFormat) -> _Block:
    """Create the template of a content block."""
    if isinstance(block, str):
        return PromptTemplate.from_template(block, template_format=template_format)
    if not isinstance(block, dict):
        raise ValueError(f"Invalid template: {block}")
    if "text" in block and block.keys() <= {"type", "text"}:
        return PromptTemplate.from_template(block["text"], template_format=template_format)
    if "image_url" in block and block.keys() <= {"type", "image_url"}:
        return _image(block, template_format)
    if template_format == "jinja2":
        raise ValueError(
            "jinja2 is unsafe and is not supported for templates expressed as dicts. "
            "Please use 'f-string' or 'mustache' format."
        )
    return DictPromptTemplate(template=block, template_format=template_format)


def _image(block: _Fields, template_format: PromptTemplateFormat) -> ImagePromptTemplate:
    image = block["image_url"]
    if isinstance(image, str):
        names = get_template_variables(image, template_format)
        if len(names) > 1:
            raise ValueError(
                f"Only one format variable allowed per image template.\nGot: {names}\nFrom: {block}"
            )
        image = {"url": image}
    elif not isinstance(image, dict):
        raise ValueError(f"Invalid image template: {block}")
    else:
        image = dict(image)
        texts = [image[part] for part in ("url", "path", "detail") if part in image]
        names = [
            name
            for text in texts
            if isinstance(text, str)
            for name in get_template_variables(text, template_format)
        ]
    return ImagePromptTemplate(
        template=image, input_variables=names, template_format=template_format
    )


class HumanMessagePromptTemplate(_BlocksMessagePromptTemplate):
    """Template of a human message."""

    _msg_class: ClassVar[type[BaseMessage]] = HumanMessage


class AIMessagePromptTemplate(_BlocksMessagePromptTemplate):
    """Template of an AI message."""

    _msg_class: ClassVar[type[BaseMessage]] = AIMessage


class SystemMessagePromptTemplate(_BlocksMessagePromptTemplate):
    """Template of a system message, which instructs the model."""

    _msg_class: ClassVar[type[BaseMessage]] = SystemMessage


_PLAIN: dict[Any, type[BaseMessage]] = {
    cls: cls._msg_class
    for cls in (HumanMessagePromptTemplate, AIMessagePromptTemplate, SystemMessagePromptTemplate)
}
