"""`PromptTemplate`: a text with variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import model_validator
from typing_extensions import Self

from headrace.prompts.formats import PromptTemplateFormat, read
from headrace.prompts.string import (
    StringPromptTemplate,
    check_valid_template,
    get_template_variables,
    mustache_schema,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.config import RunnableConfig

__all__ = ["PromptTemplate"]

_Fields = dict[str, Any]


class PromptTemplate(StringPromptTemplate):
    """A text with variables.

    Example::

        prompt = PromptTemplate.from_template("Translate {text} into {language}.")
        prompt.format(text="house", language="Welsh")

    An f-string template names variables and does no more: `{user.password}` and `{rows[0]}` are
    refused, so that who writes a template cannot read what hangs on the values. Nor do mustache
    templates read attributes. A jinja2 template is a program, run in jinja2's sandbox: use none
    that you do not trust.
    """

    template: str
    """The text."""

    template_format: PromptTemplateFormat = "f-string"
    """How it is written."""

    validate_template: bool = False
    """Whether to check that the variables that are named are those of the text."""

    @model_validator(mode="before")
    @classmethod
    def pre_init_validation(cls, values: Any) -> Any:
        """Find the variables of the template, and check it."""
        template = values.get("template") if isinstance(values, dict) else None
        if not isinstance(template, str):
            # Pydantic's to refuse.
            return values if template is None else {"input_variables": [], **values}
        form = values.get("template_format", "f-string")
        partial = values.get("partial_variables") or {}
        if values.get("validate_template"):
            if form == "mustache":
                raise ValueError("Mustache templates cannot be validated.")
            if "input_variables" not in values:
                raise ValueError("Input variables must be provided to validate the template.")
            check_valid_template(template, form, [*values["input_variables"], *partial])
        names = get_template_variables(template, form)
        return {**values, "input_variables": [name for name in names if name not in partial]}

    @property
    def lc_attributes(self) -> _Fields:
        """What is told beside the fields."""
        return {"template_format": self.template_format}

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "prompts", "prompt"]

    @property
    def _prompt_type(self) -> str:
        return "prompt"

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the variables as a pydantic model.

        Args:
            config: Not used.

        Returns:
            The model; that of a mustache template shows what is below its sections.
        """
        if self.template_format != "mustache":
            return super().get_input_schema(config)
        return mustache_schema(self.template)

    def format(self, **kwargs: Any) -> str:
        """Fill the template.

        Args:
            **kwargs: The variables.

        Returns:
            The text.

        Raises:
            KeyError: If a variable is missing.
        """
        if self.partial_variables:
            kwargs = self._merge_partial_and_user_variables(**kwargs)
        return read(self.template, self.template_format).fill(kwargs)

    def __add__(self, other: Any) -> PromptTemplate:
        """Put a template, or a text that is one, behind this.

        Args:
            other: A `PromptTemplate` of the same format, or a text in that format.

        Returns:
            The template of both.

        Raises:
            ValueError: If the formats differ, or both give a variable its value.
            NotImplementedError: If it is something else.
        """
        if isinstance(other, str):
            other = PromptTemplate.from_template(other, template_format=self.template_format)
        elif not isinstance(other, PromptTemplate):
            raise NotImplementedError(f"Unsupported operand type for +: {type(other)}")
        if self.template_format != other.template_format:
            raise ValueError("Cannot add templates of different formats")
        if set(self.partial_variables).intersection(other.partial_variables):
            raise ValueError("Cannot have same variable partialed twice.")
        return PromptTemplate(
            template=self.template + other.template,
            input_variables=sorted({*self.input_variables, *other.input_variables}),
            partial_variables={**self.partial_variables, **other.partial_variables},
            template_format=self.template_format,
            validate_template=self.validate_template and other.validate_template,
        )

    @classmethod
    def from_examples(
        cls,
        examples: list[str],
        suffix: str,
        input_variables: list[str],
        example_separator: str = "\n\n",
        prefix: str = "",
        **kwargs: Any,
    ) -> Self:
        """Make a template of examples, each a text.

        Args:
            examples: The examples.
            suffix: What stands behind them: most often the question.
            input_variables: The variables.
            example_separator: What stands between them.
            prefix: What stands before them.
            **kwargs: More fields.

        Returns:
            The template.
        """
        template = example_separator.join([prefix, *examples, suffix])
        return cls(input_variables=input_variables, template=template, **kwargs)

    @classmethod
    def from_file(
        cls, template_file: str | Path, encoding: str | None = None, **kwargs: Any
    ) -> Self:
        """Read a template from a file.

        Args:
            template_file: The file.
            encoding: How it is written, by default as this system writes.
            **kwargs: More fields, as for `from_template`.

        Returns:
            The template.
        """
        template = Path(template_file).read_text(encoding=encoding)
        return cls.from_template(template, **kwargs)

    @classmethod
    def from_template(
        cls,
        template: str,
        *,
        template_format: PromptTemplateFormat = "f-string",
        partial_variables: _Fields | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a template of a text; its variables are found.

        Args:
            template: The text.
            template_format: How it is written.
            partial_variables: Variables that have a value already, or a function that gives it.
            **kwargs: More fields.

        Returns:
            The template.

        Raises:
            ValueError: If the text is no template of that format.
        """
        names = get_template_variables(template, template_format)
        partial = partial_variables or {}
        return cls(
            input_variables=[name for name in names if name not in partial],
            template=template,
            template_format=template_format,
            partial_variables=partial,
            **kwargs,
        )
