"""Tools that take free text instead of JSON arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from headrace.tools import Tool

__all__ = ["custom_tool"]


def custom_tool(
    function: Callable[..., Any] | None = None, *, format: dict[str, Any] | None = None
) -> Any:
    """Create a tool that OpenAI's models can call with any text.

    Args:
        function: A function of a text. Its docstring is the description for the model.
        format: The grammar of the text, in the form of the API.

    Returns:
        The tool; without a function, a decorator that creates one.

    Example:
        ```python
        @custom_tool
        def run_query(query: str) -> str:
            "Run a SQL query."
            return database.run(query)
        ```
    """
    if function is None:
        return lambda given: custom_tool(given, format=format)
    metadata: dict[str, Any] = {"type": "custom_tool"}
    if format is not None:
        metadata["format"] = format
    given = function
    description = inspect.getdoc(function) or function.__name__
    if inspect.iscoroutinefunction(function):

        @wraps(given)
        async def awaited(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
            return _said(await given(*args, **kwargs))

        return Tool(
            name=function.__name__,
            func=None,
            coroutine=awaited,
            description=description,
            metadata=metadata,
        )

    @wraps(given)
    def called(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        return _said(given(*args, **kwargs))

    return Tool(name=function.__name__, func=called, description=description, metadata=metadata)


def _said(output: Any) -> list[dict[str, Any]]:
    return [{"type": "custom_tool_call_output", "output": output}]
