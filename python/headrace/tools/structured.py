"""`StructuredTool`: a function that takes arguments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from textwrap import dedent
from typing import Annotated, Any, Literal, cast

from pydantic import Field, PlainSerializer, SkipValidation

from headrace.tools.base import ArgsSchema
from headrace.tools.functions import FunctionTool
from headrace.tools.plan import config_parameter
from headrace.utils.function_schema import FILTERED_ARGS, create_schema_from_function
from headrace.utils.pydantic import is_basemodel_subclass, model_json_schema

__all__ = ["StructuredTool"]


def _written(schema: ArgsSchema) -> Any:
    return schema if isinstance(schema, dict) else model_json_schema(schema)


class StructuredTool(FunctionTool):
    """A function that takes arguments, described by a schema."""

    description: str = ""
    """What it is for, when to use it and how."""

    args_schema: Annotated[
        ArgsSchema, SkipValidation(), PlainSerializer(_written, when_used="json-unless-none")
    ] = Field(..., description="The tool schema.")
    """The schema of the arguments."""

    func: Annotated[
        Callable[..., Any] | None, PlainSerializer(str, when_used="json-unless-none")
    ] = None
    """The function."""

    coroutine: Annotated[
        Callable[..., Awaitable[Any]] | None, PlainSerializer(str, when_used="json-unless-none")
    ] = None
    """What `ainvoke` calls in its place."""

    @classmethod
    def from_function(
        cls,
        func: Callable[..., Any] | None = None,
        coroutine: Callable[..., Awaitable[Any]] | None = None,
        name: str | None = None,
        description: str | None = None,
        return_direct: bool = False,
        args_schema: ArgsSchema | None = None,
        infer_schema: bool = True,
        *,
        response_format: Literal["content", "content_and_artifact"] = "content",
        parse_docstring: bool = False,
        error_on_invalid_docstring: bool = False,
        **kwargs: Any,
    ) -> StructuredTool:
        """Make a tool of a function.

        Args:
            func: The function.
            coroutine: What `ainvoke` calls in its place.
            name: What models call it; by default the function's name.
            description: What it is for; by default the function's docstring, else the schema's.
            return_direct: Whether an agent ends with what it returns.
            args_schema: The schema of its arguments; by default made of its annotations.
            infer_schema: Whether to make one.
            response_format: What the function returns: content, or content and an artifact.
            parse_docstring: Whether to read the docstring in Google's style, for the arguments.
            error_on_invalid_docstring: Whether a docstring that cannot be read so is an error.
            **kwargs: More fields.

        Returns:
            The tool.

        Raises:
            ValueError: If there is no function, or nothing that describes it.
        """
        source = func if func is not None else coroutine
        if source is None:
            raise ValueError("Function and/or coroutine must be provided")
        name = name or source.__name__
        if args_schema is None and infer_schema:
            config = config_parameter(source)
            args_schema = create_schema_from_function(
                name,
                source,
                filter_args=[*FILTERED_ARGS, *([] if config is None else [config])],
                parse_docstring=parse_docstring,
                error_on_invalid_docstring=error_on_invalid_docstring,
            )
        about = description
        if about is None and not parse_docstring:
            about = dedent(source.__doc__ or "") or None
        if about is None:
            about = _description(args_schema)
        if about is None:
            raise ValueError("Function must have a docstring if description not provided.")
        return cls(
            name=name,
            func=func,
            coroutine=coroutine,
            args_schema=cast("Any", args_schema),
            description=about.strip(),
            return_direct=return_direct,
            response_format=response_format,
            **kwargs,
        )


def _description(schema: Any) -> str | None:
    """Give what a schema says it is for."""
    if isinstance(schema, dict):
        return schema.get("description")
    if not is_basemodel_subclass(schema):
        return None
    about = schema.__dict__.get("__doc__")
    return about or None
