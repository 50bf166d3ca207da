"""Additions to `headrace.prompts.string`."""

from headrace.prompts.string import get_template_variables

__all__ = ["_get_jinja2_variables_from_template"]


def _get_jinja2_variables_from_template(template: str) -> set[str]:
    """Return the names of the variables of a jinja2 template."""
    return set(get_template_variables(template, "jinja2"))
