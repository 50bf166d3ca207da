"""`StructuredTool`: a tool whose function takes several arguments."""

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
    """A tool whose function takes arguments described by a schema."""

    description: str = ""
    """The purpose of the tool, and when and how to use it."""

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
    """The coroutine function that `ainvoke` calls."""

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
        """Create a tool from a function.

        Args:
            func: The function.
            coroutine: The coroutine function that `ainvoke` calls.
            name: The name of the tool; defaults to the name of the function.
            description: The description; defaults to the docstring of the function or the schema.
            return_direct: If true, an agent stops and returns the output of the tool.
            args_schema: The schema of the arguments; by default inferred from the annotations.
            infer_schema: If true, infer the schema.
            response_format: The return value of the function: content, or content and artifact.
            parse_docstring: If true, parse a Google-style docstring for argument descriptions.
            error_on_invalid_docstring: If true, raise an error for an invalid Google-style
                docstring.
            **kwargs: Additional fields.

        Returns:
            The tool.

        Raises:
            ValueError: If there is no function, or a description is missing.
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
    """Return the description of a schema."""
    if isinstance(schema, dict):
        return schema.get("description")
    if not is_basemodel_subclass(schema):
        return None
    about = schema.__dict__.get("__doc__")
    return about or None
