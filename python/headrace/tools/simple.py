"""`Tool`: a function that takes one text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel

from headrace.exceptions import ToolException
from headrace.runnables.config import RunnableConfig
from headrace.tools.base import ArgsSchema, BaseTool
from headrace.tools.functions import FunctionTool
from headrace.utils.pydantic import create_model

__all__ = ["Tool"]


class Tool(FunctionTool):
    """A function that takes one text, or whatever one argument its schema has."""

    description: str = ""
    """What it is for, when to use it and how."""

    func: Callable[..., Any] | None
    """The function."""

    coroutine: Callable[..., Awaitable[Any]] | None = None
    """What `ainvoke` calls in its place."""

    def __init__(
        self, name: str, func: Callable[..., Any] | None, description: str, **kwargs: Any
    ) -> None:
        """Make a tool of a function.

        Args:
            name: What models call it.
            func: The function.
            description: What it is for.
            **kwargs: More fields, such as `coroutine`.
        """
        BaseTool.__init__(self, name=name, func=func, description=description, **kwargs)

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments by name; without a schema, of a text."""
        if self.args_schema is not None:
            return super().args
        return {"tool_input": {"type": "string"}}

    @property
    def takes_text(self) -> bool:
        """Whether there is no schema: one text is all there is to say."""
        return self.args_schema is None

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the argument as a pydantic model; without a schema, it is a text.

        Args:
            config: Not used.

        Returns:
            The model.
        """
        if self.args_schema is not None:
            return super().get_input_schema(config)
        return create_model(self.name, tool_input=(str, ...))

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = super()._to_args_and_kwargs(tool_input, tool_call_id)
        alone = (*args, *kwargs.values())
        if len(alone) != 1:
            raise ToolException(
                f"Too many arguments to single-input tool {self.name}.\n"
                "                Consider using StructuredTool instead. "
                f"Args: {list(alone)}"
            )
        return alone, {}

    @classmethod
    def from_function(
        cls,
        func: Callable[..., Any] | None,
        name: str,
        description: str,
        return_direct: bool = False,
        args_schema: ArgsSchema | None = None,
        coroutine: Callable[..., Awaitable[Any]] | None = None,
        **kwargs: Any,
    ) -> Tool:
        """Make a tool of a function.

        Args:
            func: The function.
            name: What models call it.
            description: What it is for.
            return_direct: Whether an agent ends with what it returns.
            args_schema: The schema of its argument.
            coroutine: What `ainvoke` calls in its place.
            **kwargs: More fields.

        Returns:
            The tool.

        Raises:
            ValueError: If there is neither a function nor a coroutine function.
        """
        if func is None and coroutine is None:
            raise ValueError("Function and/or coroutine must be provided")
        return cls(
            name=name,
            func=func,
            coroutine=coroutine,
            description=description,
            return_direct=return_direct,
            args_schema=args_schema,
            **kwargs,
        )
