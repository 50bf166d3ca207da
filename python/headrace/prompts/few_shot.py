"""Few-shot prompts, as a text or as messages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, SerializeAsAny, model_validator
from typing_extensions import Self

from headrace.messages import BaseMessage, get_buffer_string
from headrace.prompts.chat import BaseChatPromptTemplate
from headrace.prompts.examples import Examples, TextWithExamples, select_fields
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
    """Whether to check that `input_variables` matches the variables of the prefix and suffix."""

    example_prompt: PromptTemplate
    """The template of an example."""

    suffix: str
    """The template after the examples."""

    example_separator: str = "\n\n"
    """The separator between prefix, examples and suffix."""

    prefix: str = ""
    """The template before the examples."""

    template_format: Literal["f-string", "jinja2"] = "f-string"
    """The format of prefix and suffix."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the prompt.

        Args:
            **kwargs: The fields.
        """
        if "input_variables" not in kwargs and "example_prompt" in kwargs:
            # Collected below, after the templates are validated.
            kwargs["input_variables"] = []
        super().__init__(**kwargs)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return False: an example selector cannot be serialized."""
        return False

    @model_validator(mode="after")
    def template_is_valid(self) -> Self:
        """Collect and check the variables of prefix and suffix."""
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

    def _example_variables(self, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return select_fields(examples, self.example_prompt.input_variables)

    def _join(self, examples: list[str], variables: dict[str, Any]) -> str:
        # Examples become part of the template, so their braces are doubled.
        parts = [part for part in (self.prefix, *examples, self.suffix) if part]
        return parse(self.example_separator.join(parts), self.template_format).fill(variables)


class FewShotChatMessagePromptTemplate(BaseChatPromptTemplate, Examples):
    """Examples as messages, for use inside a `ChatPromptTemplate`.

    Example::

        examples = FewShotChatMessagePromptTemplate(
            examples=[{"question": "2 + 2", "answer": "4"}],
            example_prompt=ChatPromptTemplate([("human", "{question}"), ("ai", "{answer}")]),
        )
        ChatPromptTemplate([examples, ("human", "{input}")])
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    input_variables: list[str] = Field(default_factory=list)
    """The variables passed to the selector."""

    example_prompt: SerializeAsAny[BaseMessagePromptTemplate | BaseChatPromptTemplate]
    """The template of the messages of an example."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return False: an example selector cannot be serialized."""
        return False

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the examples as messages.

        Args:
            **kwargs: The variables.

        Returns:
            The messages.
        """
        prompt = self.example_prompt
        examples = select_fields(self._get_examples(**kwargs), prompt.input_variables)
        return [message for example in examples for message in prompt.format_messages(**example)]

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        """Format the examples as messages; async version of `format_messages`."""
        prompt = self.example_prompt
        examples = select_fields(await self._aget_examples(**kwargs), prompt.input_variables)
        return [
            message for example in examples for message in await prompt.aformat_messages(**example)
        ]

    def format(self, **kwargs: Any) -> str:
        """Format the examples as text.

        Args:
            **kwargs: The variables.

        Returns:
            One line for each message, starting with its role.
        """
        return get_buffer_string(self.format_messages(**kwargs))

    async def aformat(self, **kwargs: Any) -> str:
        """Format the examples as text; async version of `format`."""
        return get_buffer_string(await self.aformat_messages(**kwargs))

    def pretty_repr(self, html: bool = False) -> str:
        """Raise `NotImplementedError`: not supported for examples."""
        raise NotImplementedError
