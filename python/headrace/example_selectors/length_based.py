"""`LengthBasedExampleSelector`: as many examples as there is room for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field, model_validator
from typing_extensions import Self

from headrace.example_selectors.base import BaseExampleSelector
from headrace.prompts.prompt import PromptTemplate

__all__ = ["LengthBasedExampleSelector"]


def _words(text: str) -> int:
    return len(re.split("\n| ", text))


class LengthBasedExampleSelector(BaseExampleSelector, BaseModel):
    """Selector of as many examples, from the start, as fit with the input."""

    examples: list[dict[str, Any]]
    """The examples."""

    example_prompt: PromptTemplate
    """The template of an example."""

    get_text_length: Callable[[str], int] = _words
    """How long a text is: by default its words, as blanks and line ends divide them."""

    max_length: int = 2048
    """How long the input and the examples may be together."""

    example_text_lengths: list[int] = Field(default_factory=list)
    """How long each example is."""

    def add_example(self, example: dict[str, str]) -> None:
        """Add an example behind the others.

        Args:
            example: The variables of the example's prompt.
        """
        self.examples.append(example)
        self.example_text_lengths.append(self._length(example))

    async def aadd_example(self, example: dict[str, str]) -> None:
        """Add an example; see `add_example`."""
        self.add_example(example)

    @model_validator(mode="after")
    def post_init(self) -> Self:
        """Measure the examples, where their lengths are not given."""
        if not self.example_text_lengths:
            self.example_text_lengths = [self._length(example) for example in self.examples]
        return self

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples while there is room.

        Args:
            input_variables: The variables of the whole prompt, which take room too.

        Returns:
            The examples.
        """
        room = self.max_length - self.get_text_length(" ".join(input_variables.values()))
        chosen = []
        for example, length in zip(self.examples, self.example_text_lengths, strict=False):
            room -= length
            if room < 0:
                break
            chosen.append(example)
        return chosen

    async def aselect_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples; see `select_examples`."""
        return self.select_examples(input_variables)

    def _length(self, example: dict[str, Any]) -> int:
        return self.get_text_length(self.example_prompt.format(**example))
