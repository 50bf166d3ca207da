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

    An f-string template can only name variables: `{user.password}` and `{rows[0]}` raise an
    error, so the author of a template cannot read attributes of the values. Mustache templates
    do not read attributes either. A jinja2 template is a program that runs in jinja2's sandbox:
    do not use templates that you do not trust.
    """

    template: str
    """The text."""

    template_format: PromptTemplateFormat = "f-string"
    """The format of the template."""

    validate_template: bool = False
    """Whether to check that `input_variables` matches the variables of the text."""

    @model_validator(mode="before")
    @classmethod
    def pre_init_validation(cls, values: Any) -> Any:
        """Collect the variables of the template and check it."""
        template = values.get("template") if isinstance(values, dict) else None
        if not isinstance(template, str):
            # Pydantic reports this as a validation error.
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
        """Attributes serialized in addition to the fields."""
        return {"template_format": self.template_format}

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "prompt"]

    @property
    def _prompt_type(self) -> str:
        return "prompt"

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the variables as a pydantic model.

        Args:
            config: Not used.

        Returns:
            The model; for a mustache template it includes the fields of its sections.
        """
        if self.template_format != "mustache":
            return super().get_input_schema(config)
        return mustache_schema(self.template)

    def format(self, **kwargs: Any) -> str:
        """Fill in the template.

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
        """Return this template followed by another one.

        Args:
            other: A `PromptTemplate`, or a text, of the same format.

        Returns:
            The combined template.

        Raises:
            ValueError: If the formats differ, or both have a value for the same partial variable.
            NotImplementedError: If it has another type.
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
        """Create a template from examples.

        Args:
            examples: The examples.
            suffix: The text after the examples, usually the question.
            input_variables: The variables.
            example_separator: The separator between the examples.
            prefix: The text before the examples.
            **kwargs: Other fields.

        Returns:
            The template.
        """
        template = example_separator.join([prefix, *examples, suffix])
        return cls(input_variables=input_variables, template=template, **kwargs)

    @classmethod
    def from_file(
        cls, template_file: str | Path, encoding: str | None = None, **kwargs: Any
    ) -> Self:
        """Create a template from a file.

        Args:
            template_file: The file.
            encoding: The encoding of the file; by default the system's.
            **kwargs: Other fields, as for `from_template`.

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
        """Create a template from a text and collect its variables.

        Args:
            template: The text.
            template_format: The format of the template.
            partial_variables: Values of variables filled in beforehand, or functions that
                return them.
            **kwargs: Other fields.

        Returns:
            The template.

        Raises:
            ValueError: If the text is not a valid template of that format.
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
