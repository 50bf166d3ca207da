"""String prompts, and functions that check and fill templates."""

from __future__ import annotations

import warnings
from abc import ABC
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.prompt_values import PromptValue, string_prompt
from headrace.prompts.base import BasePromptTemplate
from headrace.prompts.formats import PromptTemplateFormat, read
from headrace.utils.color import colored
from headrace.utils.formatting import FString, formatter
from headrace.utils.mustache import Mustache

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = [
    "DEFAULT_FORMATTER_MAPPING",
    "DEFAULT_VALIDATOR_MAPPING",
    "PromptTemplateFormat",
    "StringPromptTemplate",
    "check_valid_template",
    "get_template_variables",
    "is_subsequence",
    "jinja2_formatter",
    "mustache_formatter",
    "mustache_schema",
    "mustache_template_vars",
    "validate_f_string_template",
    "validate_jinja2",
]


def jinja2_formatter(template: str, /, **kwargs: Any) -> str:
    """Fill in a jinja2 template in jinja2's sandbox.

    A template is a program. The sandbox blocks access to the interpreter's internals, but it is
    not a defence against an attacker: do not use templates that you do not trust.

    Args:
        template: The template.
        **kwargs: The variables.

    Returns:
        The text.

    Raises:
        ImportError: If jinja2 is not installed.
    """
    return read(template, "jinja2").fill(kwargs)


def validate_jinja2(template: str, input_variables: list[str]) -> None:
    """Warn if the variables of a jinja2 template differ from the given names.

    Args:
        template: The template.
        input_variables: The names.
    """
    needed = set(read(template, "jinja2").variables)
    missing, unused = needed.difference(input_variables), set(input_variables) - needed
    said = []
    if missing:
        said.append(f"Missing variables: {missing}")
    if unused:
        said.append(f"Extra variables: {unused}")
    if said:
        warnings.warn(" ".join(said), stacklevel=7)


def mustache_formatter(template: str, /, **kwargs: Any) -> str:
    """Fill in a mustache template.

    Args:
        template: The template.
        **kwargs: The variables.

    Returns:
        The text.
    """
    return read(template, "mustache").fill(kwargs)


def mustache_template_vars(template: str) -> set[str]:
    """Return the variables of a mustache template: the first part of each name outside sections.

    Args:
        template: The template.

    Returns:
        The names.
    """
    return set(read(template, "mustache").variables)


def mustache_schema(template: str) -> type[BaseModel]:
    """Return the variables of a mustache template as a pydantic model.

    Args:
        template: The template.

    Returns:
        The model; sections are nested models.
    """
    return _model("PromptInput", _tree(Mustache(template)))


_Tree = dict[str, Any]
"""The names nested under a name."""


def _tree(template: Mustache) -> _Tree:
    root: _Tree = {}
    around: list[_Tree] = []
    here = root
    for kind, key in template.tokens:
        if kind == "end":
            here = around.pop()
        elif kind in ("section", "inverted section", "variable", "no escape"):
            below = here
            for name in key.split(".") if key != "." else ():
                below = below.setdefault(name, {})
            if kind in ("section", "inverted section"):
                below.setdefault("", {})
                around.append(here)
                here = below
    return root


def _model(name: str, tree: _Tree) -> type[BaseModel]:
    from headrace.runnables.type_inference import fields_model

    fields: dict[str, Any] = {}
    for field, below in tree.items():
        inner = {key: value for key, value in below.items() if key}
        if field and inner:
            fields[field] = _model(field, inner)
        elif field:
            # A section without known fields is an object; a variable is a string.
            fields[field] = dict if below else str
    return fields_model(name, {}, optional=fields)


def validate_f_string_template(template: str) -> list[str]:
    """Check that an f-string template only names variables.

    Args:
        template: The template.

    Returns:
        The names of the variables, sorted.

    Raises:
        ValueError: If it accesses attributes or items of variables, or is not a valid template.
    """
    return FString(template).variables


DEFAULT_FORMATTER_MAPPING: dict[str, Callable[..., str]] = {
    "f-string": formatter.format,
    "mustache": mustache_formatter,
    "jinja2": jinja2_formatter,
}
"""The function that fills a template, for each format."""

DEFAULT_VALIDATOR_MAPPING: dict[str, Callable[..., None]] = {
    "f-string": formatter.validate_input_variables,
    "jinja2": validate_jinja2,
}
"""The function that checks a template against variable names, for each format."""


def check_valid_template(template: str, template_format: str, input_variables: list[str]) -> None:
    """Check that a template needs only the given variables.

    Args:
        template: The template.
        template_format: The format: `f-string` or `jinja2`.
        input_variables: The names.

    Raises:
        ValueError: If it needs other variables, or its format cannot be checked.
    """
    check = DEFAULT_VALIDATOR_MAPPING.get(template_format)
    if check is None:
        raise ValueError(
            f"Invalid template format {template_format!r}, "
            f"should be one of {list(DEFAULT_FORMATTER_MAPPING)}."
        )
    try:
        check(template, input_variables)
    except (KeyError, IndexError) as error:
        raise ValueError(
            "Invalid prompt schema; check for mismatched or missing input parameters from "
            f"{input_variables}."
        ) from error


def get_template_variables(template: str, template_format: str) -> list[str]:
    """Return the variables of a template.

    Args:
        template: The template.
        template_format: The format of the template.

    Returns:
        Their names, sorted.

    Raises:
        ValueError: If the format is unknown, or the template is not valid in it.
    """
    return list(read(template, template_format).variables)


def is_subsequence(child: Sequence[Any], parent: Sequence[Any]) -> bool:
    """Return True if a sequence starts with another.

    Args:
        child: The shorter one.
        parent: The longer one.

    Returns:
        True if `parent` starts with `child`; False if either is empty.
    """
    return bool(child) and bool(parent) and list(parent[: len(child)]) == list(child)


class StringPromptTemplate(BasePromptTemplate[str], ABC):
    """Base class of prompts that are a text. Subclasses define `format`."""

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "base"]

    def format_prompt(self, **kwargs: Any) -> PromptValue:
        """Format the prompt as a string prompt value.

        Args:
            **kwargs: The variables.

        Returns:
            The prompt.
        """
        return string_prompt(self.format(**kwargs))

    async def aformat_prompt(self, **kwargs: Any) -> PromptValue:
        """Format the prompt; async version of `format_prompt`."""
        return string_prompt(await self.aformat(**kwargs))

    def pretty_repr(self, html: bool = False) -> str:
        """Return a human-readable form of the template.

        Args:
            html: If true, highlight the variables with ANSI colors for a terminal.

        Returns:
            The template, with each variable as its name in braces.
        """
        names = {
            name: colored(f"{{{name}}}", "yellow" if html else None)
            for name in self.input_variables
        }
        return self.format(**names)

    def pretty_print(self) -> None:
        """Print the result of `pretty_repr`."""
        import sys

        print(self.pretty_repr(html=sys.stdout.isatty()))
