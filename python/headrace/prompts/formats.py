"""The three template formats, f-string, mustache and jinja2, parsed once and cached."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Protocol

from headrace.utils.formatting import FString
from headrace.utils.mustache import Mustache

__all__ = ["PromptTemplateFormat", "Template", "parse", "read"]

PromptTemplateFormat = Literal["f-string", "mustache", "jinja2"]
"""The format of a template."""


class Template(Protocol):
    """A parsed template."""

    variables: list[str]
    """The names of its variables, sorted."""

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with the variables filled in."""


def parse(template: str, template_format: str) -> Template:
    """Parse a template.

    Args:
        template: The text.
        template_format: The format of the template.

    Returns:
        The parsed template.

    Raises:
        ValueError: If the format is unknown or the text is not a valid template.
        SyntaxError: If the text is not a valid mustache template.
        ImportError: If the format is jinja2 and jinja2 is not installed.
    """
    if template_format == "f-string":
        return FString(template)
    if template_format == "mustache":
        return Mustache(template)
    if template_format == "jinja2":
        from headrace.prompts.jinja import Jinja2

        return Jinja2(template)
    raise ValueError(f"Unsupported template format: {template_format}")


read = lru_cache(maxsize=1024)(parse)
"""Parse a template; cached by text and format.

Prompts do not store parsed templates: their texts are fields that users may assign, copy and
compare.
"""
