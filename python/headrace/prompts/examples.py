"""Where few-shot prompts take their examples from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from headrace.example_selectors.base import BaseExampleSelector

__all__ = ["Examples"]


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
