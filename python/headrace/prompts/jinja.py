"""Jinja2 templates, run in jinja2's sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["Jinja2"]


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    try:
        from jinja2.sandbox import SandboxedEnvironment
    except ImportError as error:
        raise ImportError(
            "jinja2 not installed, which is needed to use the jinja2 formatter. "
            "Install it with `pip install 'headrace[jinja2]'`. "
            "A jinja2 template is a program: use none that you do not trust."
        ) from error
    return SandboxedEnvironment()


class Jinja2:
    """A parsed jinja2 template.

    Attributes:
        variables: The names that the template uses but does not define, sorted.
    """

    __slots__ = ("_template", "variables")

    def __init__(self, template: str) -> None:
        """Parse a template.

        Args:
            template: The template.

        Raises:
            ImportError: If jinja2 is not installed.
            jinja2.TemplateSyntaxError: If the template is not valid.
        """
        environment = _environment()
        from jinja2 import meta

        self.variables = sorted(meta.find_undeclared_variables(environment.parse(template)))
        self._template = environment.from_string(template)

    def fill(self, values: Mapping[str, Any]) -> str:
        """Run the template.

        Args:
            values: The values; missing ones render as empty text.

        Returns:
            The text.

        Raises:
            jinja2.exceptions.SecurityError: If the sandbox forbids an access.
        """
        return self._template.render(values)
