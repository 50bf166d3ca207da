"""`DictPromptTemplate`: a dictionary with variables in its texts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal, cast

from pydantic import model_validator
from typing_extensions import Self

from headrace.load.dump import dumpd
from headrace.prompts.formats import read
from headrace.runnables.config import RunnableConfig
from headrace.runnables.serializable import RunnableSerializable

__all__ = ["DictPromptTemplate"]

_Fields = dict[str, Any]


class DictPromptTemplate(RunnableSerializable[dict[str, Any], dict[str, Any]]):
    """A dictionary with variables in its texts, at any depth, such as a content block."""

    template: _Fields
    """The dictionary. Only values are filled in, not keys."""

    template_format: Literal["f-string", "mustache"]
    """The format of the texts."""

    @model_validator(mode="after")
    def validate_template(self) -> Self:
        """Parse the texts."""
        for text in _texts(self.template):
            read(text, self.template_format)
        return self

    @property
    def input_variables(self) -> list[str]:
        """The names of the variables, in order of appearance, without repeats."""
        texts = _texts(self.template)
        names = (name for text in texts for name in read(text, self.template_format).variables)
        return list(dict.fromkeys(names))

    def format(self, **kwargs: Any) -> _Fields:
        """Fill in the texts.

        Args:
            **kwargs: The variables.

        Returns:
            The dictionary.

        Raises:
            KeyError: If a variable is missing.
        """
        return cast("_Fields", self._filled(self.template, kwargs))

    async def aformat(self, **kwargs: Any) -> _Fields:
        """Fill in the texts; async version of `format`."""
        return self.format(**kwargs)

    def invoke(
        self, input: _Fields, config: RunnableConfig | None = None, **kwargs: Any
    ) -> _Fields:
        """Fill in the texts.

        Args:
            input: The variables.
            config: The config of the run.
            **kwargs: Not used.

        Returns:
            The dictionary.
        """
        return cast(
            "_Fields",
            self._call_with_config(
                lambda variables: self.format(**variables),
                input,
                config,
                run_type="prompt",
                serialized=partial(dumpd, self),
            ),
        )

    @property
    def _prompt_type(self) -> str:
        return "dict-prompt"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the class is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain_core", "prompts", "dict"]

    def pretty_repr(self, *, html: bool = False) -> str:
        """Raise `NotImplementedError`: not supported for dictionaries."""
        raise NotImplementedError

    def _filled(self, value: Any, variables: _Fields) -> Any:
        if isinstance(value, str):
            return read(value, self.template_format).fill(variables)
        if isinstance(value, dict):
            if "image_url" in value and isinstance(value["image_url"], dict):
                _refuse_files(value["image_url"])
            return {key: self._filled(item, variables) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, variables) for item in value]
        return value


def _refuse_files(image: _Fields) -> None:
    if "path" in image:
        warnings.warn("An image is not read from its 'path': give a 'url'.", stacklevel=4)


def _texts(value: Any) -> Iterator[str]:
    # Nested generators would recurse on the native stack.
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            pending.extend(reversed(value))
