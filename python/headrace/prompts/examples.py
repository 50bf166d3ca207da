"""Where few-shot prompts take their examples from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, model_validator

from headrace.example_selectors.base import BaseExampleSelector
from headrace.prompts.string import StringPromptTemplate

if TYPE_CHECKING:
    from headrace.prompts.prompt import PromptTemplate

__all__ = ["Examples", "TextWithExamples", "picked"]


class Examples(BaseModel):
    """Examples, or what chooses them: a part of the few-shot prompts."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    examples: list[dict[str, Any]] | None = None
    """The examples, each the variables of the example's prompt."""

    example_selector: BaseExampleSelector | None = None
    """What chooses examples each time."""

    @model_validator(mode="before")
    @classmethod
    def check_examples_and_selector(cls, values: Any) -> Any:
        """Check that there is one of the two."""
        if isinstance(values, dict):
            given = [values.get("examples"), values.get("example_selector")]
            if None not in given:
                raise ValueError("Only one of 'examples' and 'example_selector' should be provided")
            if given == [None, None]:
                raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return values

    def _get_examples(self, **kwargs: Any) -> list[dict[str, Any]]:
        """Give the examples for a prompt with these variables."""
        if self.examples is not None:
            return self.examples
        if self.example_selector is None:
            raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return self.example_selector.select_examples(kwargs)

    async def _aget_examples(self, **kwargs: Any) -> list[dict[str, Any]]:
        """Give the examples for a prompt with these variables."""
        if self.examples is not None:
            return self.examples
        if self.example_selector is None:
            raise ValueError("One of 'examples' and 'example_selector' should be provided")
        return await self.example_selector.aselect_examples(kwargs)


def picked(examples: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """Give of each example what its prompt asks for; what is missing is a `KeyError`."""
    return [{name: example[name] for name in names} for example in examples]


class TextWithExamples(Examples, StringPromptTemplate, ABC):
    """A text with examples. A subclass says what stands around them."""

    if TYPE_CHECKING:
        # Declared by the subclasses, each among its other fields.
        example_prompt: PromptTemplate

    def format(self, **kwargs: Any) -> str:
        """Fill the template.

        Args:
            **kwargs: The variables.

        Returns:
            The text: prefix, examples and suffix.

        Raises:
            KeyError: If a variable is missing, or an example lacks one of its own.
        """
        kwargs = self._merge_partial_and_user_variables(**kwargs)
        examples = self._shown(self._get_examples(**kwargs))
        return self._joined([self.example_prompt.format(**one) for one in examples], kwargs)

    async def aformat(self, **kwargs: Any) -> str:
        """Fill the template; see `format`."""
        kwargs = self._merge_partial_and_user_variables(**kwargs)
        examples = self._shown(await self._aget_examples(**kwargs))
        return self._joined([await self.example_prompt.aformat(**one) for one in examples], kwargs)

    def _shown(self, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give what the example's prompt is given of each example."""
        return examples

    @abstractmethod
    def _joined(self, examples: list[str], variables: dict[str, Any]) -> str:
        """Put prefix and suffix around the examples, and the variables in."""
