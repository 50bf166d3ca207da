"""`BaseExampleSelector`: chooses the examples of a few-shot prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from headrace.utils.executor import run_in_executor

__all__ = ["BaseExampleSelector"]


class BaseExampleSelector(ABC):
    """Base class of example selectors, for few-shot prompts."""

    @abstractmethod
    def add_example(self, example: dict[str, str]) -> Any:
        """Add an example to those that are chosen from.

        Args:
            example: The variables of the example's prompt.

        Returns:
            What the selector says about it.
        """

    async def aadd_example(self, example: dict[str, str]) -> Any:
        """Add an example; by default `add_example`, off the event loop."""
        return await run_in_executor(None, self.add_example, example)

    @abstractmethod
    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples.

        Args:
            input_variables: The variables of the whole prompt.

        Returns:
            The examples, each the variables of the example's prompt.
        """

    async def aselect_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples; by default `select_examples`, off the event loop."""
        return await run_in_executor(None, self.select_examples, input_variables)
