"""Prompts with examples: as a text, and as messages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, SerializeAsAny, model_validator
from typing_extensions import Self

from headrace.messages import BaseMessage, get_buffer_string
from headrace.prompts.chat import BaseChatPromptTemplate
from headrace.prompts.examples import Examples, TextWithExamples, picked
from headrace.prompts.formats import parse
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.prompts.prompt import PromptTemplate
from headrace.prompts.string import check_valid_template, get_template_variables

__all__ = ["FewShotChatMessagePromptTemplate", "FewShotPromptTemplate"]


class FewShotPromptTemplate(TextWithExamples):
    """A text with examples.

    Example::

        FewShotPromptTemplate(
            examples=[{"word": "house", "plural": "houses"}],
            example_prompt=PromptTemplate.from_template("{word}: {plural}"),
            suffix="{input}:",
        ).format(input="mouse")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    validate_template: bool = False
    """Whether to check that the variables that are named are those of prefix and suffix."""

    example_prompt: PromptTemplate
    """How an example is written."""

    suffix: str
    """The template behind the examples."""

    example_separator: str = "\n\n"
    """What stands between prefix, examples and suffix."""

    prefix: str = ""
    """The template before the examples."""

    template_format: Literal["f-string", "jinja2"] = "f-string"
    """How prefix and suffix are written."""

    def __init__(self, **kwargs: Any) -> None:
        """Make the prompt.

        Args:
            **kwargs: The fields.
        """
        if "input_variables" not in kwargs and "example_prompt" in kwargs:
            # Found below, once the templates are known to be some.
            kwargs["input_variables"] = []
        super().__init__(**kwargs)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether this can be made again from what `to_json` gives: a selector cannot."""
        return False

    @model_validator(mode="after")
    def template_is_valid(self) -> Self:
        """Find the variables of prefix and suffix, and check them."""
        template = self.prefix + self.suffix
        if self.validate_template:
            known = [*self.input_variables, *self.partial_variables]
            check_valid_template(template, self.template_format, known)
        elif self.template_format:
            self.input_variables = [
                name
                for name in get_template_variables(template, self.template_format)
                if name not in self.partial_variables
            ]
        return self

    @property
    def _prompt_type(self) -> str:
        return "few_shot"

    def _shown(self, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return picked(examples, self.example_prompt.input_variables)

    def _joined(self, examples: list[str], variables: dict[str, Any]) -> str:
        # Examples are part of the template: braces in them are written twice.
        parts = [part for part in (self.prefix, *examples, self.suffix) if part]
        return parse(self.example_separator.join(parts), self.template_format).fill(variables)


class FewShotChatMessagePromptTemplate(BaseChatPromptTemplate, Examples):
    """Messages that are examples: a part of a `ChatPromptTemplate`.

    Example::

        examples = FewShotChatMessagePromptTemplate(
            examples=[{"question": "2 + 2", "answer": "4"}],
            example_prompt=ChatPromptTemplate([("human", "{question}"), ("ai", "{answer}")]),
        )
        ChatPromptTemplate([examples, ("human", "{input}")])
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    input_variables: list[str] = Field(default_factory=list)
    """The variables that the selector chooses by."""

    example_prompt: SerializeAsAny[BaseMessagePromptTemplate | BaseChatPromptTemplate]
    """The messages of an example."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether this can be made again from what `to_json` gives: a selector cannot."""
        return False

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the messages of the examples.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.
        """
        prompt = self.example_prompt
        examples = picked(self._get_examples(**kwargs), prompt.input_variables)
        return [message for example in examples for message in prompt.format_messages(**example)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Make the messages of the examples; see `format_messages`."""
        prompt = self.example_prompt
        examples = picked(await self._aget_examples(**kwargs), prompt.input_variables)
        return [
            message for example in examples for message in await prompt.aformat_messages(**example)
        ]

    def format(self, **kwargs: Any) -> str:
        """Make the messages of the examples and write them as text.

        Args:
            **kwargs: The variables.

        Returns:
            A line for each message, beginning with who says it.
        """
        return get_buffer_string(self.format_messages(**kwargs))

    async def aformat(self, **kwargs: Any) -> str:
        """Make the messages of the examples and write them as text; see `format`."""
        return get_buffer_string(await self.aformat_messages(**kwargs))

    def pretty_repr(self, html: bool = False) -> str:
        """Not defined for examples."""
        raise NotImplementedError
