"""Rendering tools as text, for prompts of models without tool calling."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

from headrace.tools.base import BaseTool

__all__ = ["ToolsRenderer", "render_text_description", "render_text_description_and_args"]

ToolsRenderer = Callable[[list[BaseTool]], str]
"""A function that renders tools as text."""


def _line(tool: BaseTool) -> str:
    func = getattr(tool, "func", None)
    shown = f"{tool.name}{signature(func)}" if func else tool.name
    return f"{shown} - {tool.description}"


def render_text_description(tools: list[BaseTool]) -> str:
    """Render each tool on a line: name, signature, description.

    Args:
        tools: The tools.

    Returns:
        The text, such as `search(query: str) - Search for something.`
    """
    return "\n".join(map(_line, tools))


def render_text_description_and_args(tools: list[BaseTool]) -> str:
    """Render each tool on a line: name, signature, description, argument schemas.

    Args:
        tools: The tools.

    Returns:
        The text, such as `search(query: str) - Search for something., args: {'query': {...}}`
    """
    return "\n".join(f"{_line(tool)}, args: {tool.args}" for tool in tools)
