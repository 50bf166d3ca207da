"""The templates of single messages: of a person, a model, the system, or any role."""

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
    """A message whose content is one text. A subclass defines `format`."""

    prompt: SerializeAsAny[StringPromptTemplate]
    """The text."""

    additional_kwargs: _Fields = Field(default_factory=dict)
    """What else the message gets."""

    @classmethod
    def from_template(
        cls,
        template: str,
        template_format: PromptTemplateFormat = "f-string",
        partial_variables: _Fields | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make the template of a text.

        Args:
            template: The text.
            template_format: How it is written.
            partial_variables: Variables that have a value already.
            **kwargs: More fields.

        Returns:
            The template.
        """
        prompt = PromptTemplate.from_template(
            template, template_format=template_format, partial_variables=partial_variables
        )
        return cls(**{"prompt": prompt, **kwargs})

    @classmethod
    def from_template_file(cls, template_file: str | Path, **kwargs: Any) -> Self:
        """Make the template of a text in a file.

        Args:
            template_file: The file.
            **kwargs: More fields.

        Returns:
            The template.
        """
        return cls(**{"prompt": PromptTemplate.from_file(template_file), **kwargs})

    @abstractmethod
    def format(self, **kwargs: Any) -> BaseMessage:
        """Make the message.

        Args:
            **kwargs: The variables.

        Returns:
            The message.
        """

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Make the message; see `format`."""
        return self.format(**kwargs)

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the message, as a list of one."""
        return [self.format(**kwargs)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the message, as a list of one."""
        return [await self.aformat(**kwargs)]

    @property
    def input_variables(self) -> list[str]:
        """The variables that must be given."""
        return self.prompt.input_variables

    def pretty_repr(self, html: bool = False) -> str:
        """Write the template for people to read.

        Args:
            html: Whether to colour it, for a terminal.

        Returns:
            A title and the text.
        """
        return f"{_title(self, html)}\n\n{self.prompt.pretty_repr(html=html)}"


def _title(template: BaseMessagePromptTemplate, html: bool) -> str:
    name = type(template).__name__.replace("MessagePromptTemplate", " Message")
    return get_msg_title_repr(name, bold=html)


class ChatMessagePromptTemplate(BaseStringMessagePromptTemplate):
    """A message of somebody of any role."""

    role: str
    """The role."""

    def format(self, **kwargs: Any) -> BaseMessage:
        """Make the message.

        Args:
            **kwargs: The variables.

        Returns:
            The message.
        """
        return self._message(self.prompt.format(**kwargs))

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Make the message; see `format`."""
        return self._message(await self.prompt.aformat(**kwargs))

    def _message(self, text: str) -> BaseMessage:
        return ChatMessage(
            content=text, role=self.role, additional_kwargs=dict(self.additional_kwargs)
        )


class _BlocksMessagePromptTemplate(BaseMessagePromptTemplate):
    """A message whose content is a text, or texts, images and other blocks."""

    _msg_class: ClassVar[type[BaseMessage]]

    prompt: SerializeAsAny[StringPromptTemplate] | list[SerializeAsAny[_Block]]
    """The text, or the blocks."""

    additional_kwargs: _Fields = Field(default_factory=dict)
    """What else the message gets."""

    @classmethod
    def from_template(
        cls,
        template: str | Sequence[Any],
        template_format: PromptTemplateFormat = "f-string",
        *,
        partial_variables: _Fields | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make the template of a text, or of blocks.

        Args:
            template: The text; or blocks, each a text, or a dictionary as it will stand in the
                message.
            template_format: How texts are written.
            partial_variables: Variables of the text that have a value already.
            **kwargs: More fields.

        Returns:
            The template.

        Raises:
            ValueError: If it is something else, or a text is no template.
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
        """Make the template of a text in a file.

        Args:
            template_file: The file.
            input_variables: Not used: the variables are found.
            **kwargs: More fields, as for `from_template`.

        Returns:
            The template.
        """
        return cls.from_template(Path(template_file).read_text(), **kwargs)

    def format(self, **kwargs: Any) -> BaseMessage:
        """Make the message.

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
        return self._message(_shown(filled))

    async def aformat(self, **kwargs: Any) -> BaseMessage:
        """Make the message; see `format`."""
        prompt = self.prompt
        if isinstance(prompt, StringPromptTemplate):
            return self._message(await prompt.aformat(**kwargs))
        filled = [(part, await part.aformat(**_asked(part, kwargs))) for part in prompt]
        return self._message(_shown(filled))

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the message, as a list of one."""
        return [self.format(**kwargs)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the message, as a list of one."""
        return [await self.aformat(**kwargs)]

    @property
    def input_variables(self) -> list[str]:
        """The variables that must be given."""
        if isinstance(self.prompt, StringPromptTemplate):
            return self.prompt.input_variables
        return [name for part in self.prompt for name in part.input_variables]

    def pretty_repr(self, html: bool = False) -> str:
        """Write the template for people to read.

        Args:
            html: Whether to colour it, for a terminal.

        Returns:
            A title and the content.
        """
        parts = self.prompt if isinstance(self.prompt, list) else [self.prompt]
        content = "\n\n".join(part.pretty_repr(html=html) for part in parts)
        return f"{_title(self, html)}\n\n{content}"

    def _message(self, content: Any) -> BaseMessage:
        if self.additional_kwargs:
            return self._msg_class(content=content, additional_kwargs=dict(self.additional_kwargs))
        return self._msg_class(content=content)


def _asked(part: _Block, variables: _Fields) -> _Fields:
    return {name: variables[name] for name in part.input_variables}


def _shown(parts: list[tuple[_Block, Any]]) -> list[Any]:
    """Give what was filled as content blocks; providers refuse empty texts."""
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
    """Make the message of a template that is a plain text: the short way to what `format` gives.

    Args:
        template: Any part of a chat prompt.
        variables: The variables.

    Returns:
        The message; None where there is more to the template than a text.
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
    """Make the template of a content block."""
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
    """A message of a person."""

    _msg_class: ClassVar[type[BaseMessage]] = HumanMessage


class AIMessagePromptTemplate(_BlocksMessagePromptTemplate):
    """A message of a model."""

    _msg_class: ClassVar[type[BaseMessage]] = AIMessage


class SystemMessagePromptTemplate(_BlocksMessagePromptTemplate):
    """A message of the system: how the model is to behave."""

    _msg_class: ClassVar[type[BaseMessage]] = SystemMessage


_PLAIN: dict[Any, type[BaseMessage]] = {
    cls: cls._msg_class
    for cls in (HumanMessagePromptTemplate, AIMessagePromptTemplate, SystemMessagePromptTemplate)
}
