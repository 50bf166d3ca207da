"""The three forms of templates, each read once and kept: f-string, mustache and jinja2."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Protocol

from headrace.utils.formatting import FString
from headrace.utils.mustache import Mustache

__all__ = ["PromptTemplateFormat", "Template", "parse", "read"]

PromptTemplateFormat = Literal["f-string", "mustache", "jinja2"]
"""How a template is written."""


class Template(Protocol):
    """A template that has been read."""

    variables: list[str]
    """The values it asks for, sorted."""

    def fill(self, values: Mapping[str, Any]) -> str:
        """Put values in their places."""


def parse(template: str, template_format: str) -> Template:
    """Read a template.

    Args:
        template: The text.
        template_format: How it is written.

    Returns:
        What can be filled.

    Raises:
        ValueError: If the format is unknown, or the text is no such template.
        SyntaxError: If the text is no mustache template.
        ImportError: If the format is jinja2, which is not installed.
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
"""Read a template, or give what was read before of the same text.

Prompts do not keep what was read: their texts are fields that may be assigned to, copied and
compared, and what was read follows from them.
"""
