"""`FewShotPromptWithTemplates`: a text with examples between two templates."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, SerializeAsAny, model_validator
from typing_extensions import Self

from headrace.prompts.examples import TextWithExamples
from headrace.prompts.formats import PromptTemplateFormat, parse
from headrace.prompts.prompt import PromptTemplate
from headrace.prompts.string import StringPromptTemplate

__all__ = ["FewShotPromptWithTemplates"]


class FewShotPromptWithTemplates(TextWithExamples):
    """A text with examples between a prefix and a suffix that are prompts themselves."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    example_prompt: PromptTemplate
    """The template of an example."""

    suffix: SerializeAsAny[StringPromptTemplate]
    """The prompt after the examples."""

    example_separator: str = "\n\n"
    """The separator between prefix, examples and suffix."""

    prefix: SerializeAsAny[StringPromptTemplate] | None = None
    """The prompt before the examples."""

    template_format: PromptTemplateFormat = "f-string"
    """The format of the combined text."""

    validate_template: bool = False
    """Whether to check that `input_variables` matches the variables of the prefix and suffix."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "few_shot_with_templates"]

    @model_validator(mode="after")
    def template_is_valid(self) -> Self:
        """Collect and check the variables of prefix and suffix."""
        expected = {*self.suffix.input_variables, *self.partial_variables}
        if self.prefix is not None:
            expected.update(self.prefix.input_variables)
        if self.validate_template:
            missing = expected.difference(self.input_variables)
            if missing:
                raise ValueError(
                    f"Got input_variables={self.input_variables}, but based on prefix/suffix "
                    f"expected {expected}"
                )
        else:
            self.input_variables = sorted(expected.difference(self.partial_variables))
        return self

    @property
    def _prompt_type(self) -> str:
        return "few_shot_with_templates"

    def _join(self, examples: list[str], variables: dict[str, Any]) -> str:
        asked = [part.input_variables for part in (self.prefix, self.suffix) if part is not None]
        rest = {
            name: value
            for name, value in variables.items()
            if not any(name in names for names in asked)
        }
        # Examples are templates, so their braces are doubled; filled-in values are not templates.
        form = self.template_format
        shown = [parse(example, form).fill(rest) for example in examples]
        prefix = "" if self.prefix is None else self.prefix.format(**_of(self.prefix, variables))
        suffix = self.suffix.format(**_of(self.suffix, variables))
        return self.example_separator.join(part for part in (prefix, *shown, suffix) if part)


def _of(prompt: StringPromptTemplate, variables: dict[str, Any]) -> dict[str, Any]:
    return {name: variables[name] for name in prompt.input_variables if name in variables}
