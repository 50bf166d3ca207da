"""`Tool`: a tool whose function takes one string."""

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
    """A tool whose function takes one string, or the single argument in its schema."""

    description: str = ""
    """The purpose of the tool, and when and how to use it."""

    func: Callable[..., Any] | None
    """The function."""

    coroutine: Callable[..., Awaitable[Any]] | None = None
    """The coroutine function that `ainvoke` calls."""

    def __init__(
        self, name: str, func: Callable[..., Any] | None, description: str, **kwargs: Any
    ) -> None:
        """Create a tool from a function.

        Args:
            name: The name of the tool.
            func: The function.
            description: The description of the tool.
            **kwargs: Additional fields, such as `coroutine`.
        """
        BaseTool.__init__(self, name=name, func=func, description=description, **kwargs)

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments by name; by default a single string."""
        if self.args_schema is not None:
            return super().args
        return {"tool_input": {"type": "string"}}

    @property
    def takes_text(self) -> bool:
        """True if the tool takes a single string because it does not have a schema."""
        return self.args_schema is None

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the argument as a pydantic model; without a schema, it is a string.

        Args:
            config: Unused.

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
        """Create a tool from a function.

        Args:
            func: The function.
            name: The name of the tool.
            description: The description of the tool.
            return_direct: If true, an agent stops and returns the output of the tool.
            args_schema: The schema of the argument.
            coroutine: The coroutine function that `ainvoke` calls.
            **kwargs: Additional fields.

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
