"""The source of examples of few-shot prompts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, model_validator

from headrace.example_selectors.base import BaseExampleSelector
from headrace.prompts.string import StringPromptTemplate

if TYPE_CHECKING:
    from headrace.prompts.prompt import PromptTemplate

__all__ = ["Examples", "TextWithExamples", "select_fields"]


class Examples(BaseModel):
    """Base class of few-shot prompts: fixed examples, or a selector for them."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    examples: list[dict[str, Any]] | None = None
    """The examples: values for the variables of `example_prompt`."""

    example_selector: BaseExampleSelector | None = None
    """The selector that chooses examples for each input."""

    @model_validator(mode="before")
    @classmethod
    def check_examples_and_selector(cls, values: Any) -> Any:
        """Check that either examples or a selector is given."""
        if isinstance(values, dict):
            given = [values.get("examples"), values.get("example_selector")]
            if None not in given:
                raise ValueError("Only one of 'examples' and 'example_selector' should be provided")
            if given == [None, None]:
                raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return values

    def _get_examples(self, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the examples for these variables."""
        if self.examples is not None:
            return self.examples
        if self.example_selector is None:
            raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return self.example_selector.select_examples(kwargs)

    async def _aget_examples(self, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the examples for these variables."""
        if self.examples is not None:
            return self.examples
        if self.example_selector is None:
            raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return await self.example_selector.aselect_examples(kwargs)


def select_fields(examples: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """Return the named fields of each example; raise `KeyError` if one is missing."""
    return [{name: example[name] for name in names} for example in examples]


class TextWithExamples(Examples, StringPromptTemplate, ABC):
    """Base class of text prompts with examples. Subclasses add the prefix and suffix."""

    if TYPE_CHECKING:
        # Declared by the subclasses, each among its other fields.
        example_prompt: PromptTemplate

    def format(self, **kwargs: Any) -> str:
        """Fill in the template.

        Args:
            **kwargs: The variables.

        Returns:
            The text: prefix, examples and suffix.

        Raises:
            KeyError: If a variable is missing, in the input or in an example.
        """
        kwargs = self._merge_partial_and_user_variables(**kwargs)
        examples = self._example_variables(self._get_examples(**kwargs))
        return self._join([self.example_prompt.format(**one) for one in examples], kwargs)

    async def aformat(self, **kwargs: Any) -> str:
        """Fill in the template; async version of `format`."""
        kwargs = self._merge_partial_and_user_variables(**kwargs)
        examples = self._example_variables(await self._aget_examples(**kwargs))
        return self._join([await self.example_prompt.aformat(**one) for one in examples], kwargs)

    def _example_variables(self, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the variables of the example prompt for each example."""
        return examples

    @abstractmethod
    def _join(self, examples: list[str], variables: dict[str, Any]) -> str:
        """Add prefix and suffix to the examples, and fill in the variables."""
