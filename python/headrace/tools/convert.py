"""`@tool`: convert functions and runnables to tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, overload

from headrace.runnables.runnable import Runnable
from headrace.tools.base import ArgsSchema, BaseTool
from headrace.tools.simple import Tool
from headrace.tools.structured import StructuredTool
from headrace.utils.pydantic import create_model

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["convert_runnable_to_tool", "tool"]

ResponseFormat = Literal["content", "content_and_artifact"]
Decorated = Callable[..., Any] | Runnable[Any, Any]


@overload
def tool(
    name_or_callable: Callable[..., Any],
    /,
    *,
    description: str | None = None,
    return_direct: bool = False,
    args_schema: ArgsSchema | None = None,
    infer_schema: bool = True,
    response_format: ResponseFormat = "content",
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = True,
    extras: dict[str, Any] | None = None,
) -> BaseTool: ...


@overload
def tool(
    name_or_callable: str,
    runnable: Decorated,
    /,
    *,
    description: str | None = None,
    return_direct: bool = False,
    args_schema: ArgsSchema | None = None,
    infer_schema: bool = True,
    response_format: ResponseFormat = "content",
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = True,
    extras: dict[str, Any] | None = None,
) -> BaseTool: ...


@overload
def tool(
    name_or_callable: str | None = None,
    /,
    *,
    description: str | None = None,
    return_direct: bool = False,
    args_schema: ArgsSchema | None = None,
    infer_schema: bool = True,
    response_format: ResponseFormat = "content",
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = True,
    extras: dict[str, Any] | None = None,
) -> Callable[[Decorated], BaseTool]: ...


def tool(
    name_or_callable: Any = None,
    runnable: Any = None,
    *args: Any,
    description: str | None = None,
    return_direct: bool = False,
    args_schema: ArgsSchema | None = None,
    infer_schema: bool = True,
    response_format: ResponseFormat = "content",
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = True,
    extras: dict[str, Any] | None = None,
) -> BaseTool | Callable[[Decorated], BaseTool]:
    """Convert a function or a runnable to a tool.

    `@tool`, `@tool("name")` and `@tool(...)` decorate a function; `tool("name", runnable)` converts
    a runnable that takes a dict.

    Args:
        name_or_callable: The function, or the name of the tool; the name defaults to the name of
            the function.
        runnable: The runnable, after its name.
        *args: Not accepted.
        description: The description; defaults to the docstring, or the description of
            `args_schema`.
        return_direct: If true, an agent stops and returns the output of the tool.
        args_schema: The schema of the arguments; by default inferred from the annotations.
        infer_schema: If true, infer the schema; otherwise the function takes one string.
        response_format: The return value of the function: content, or content and artifact.
        parse_docstring: If true, parse a Google-style docstring for argument descriptions.
        error_on_invalid_docstring: If true, raise an error for an invalid Google-style docstring.
        extras: Provider-specific options that are sent with the schema.

    Returns:
        The tool, or a decorator that creates one.

    Raises:
        ValueError: If there is nothing to convert, or a description is missing.
    """

    def named(name: str, decorated: Decorated) -> BaseTool:
        schema, about = args_schema, description
        func: Callable[..., Any] | None
        if isinstance(decorated, Runnable):
            if decorated.get_input_jsonschema().get("type") != "object":
                raise ValueError("Runnable must have an object schema.")
            func, coroutine = _calls(decorated)
            schema = schema or decorated.get_input_schema()
            about = about or repr(decorated)
        elif inspect.iscoroutinefunction(decorated):
            func, coroutine = None, decorated
        else:
            func, coroutine = decorated, None
        if infer_schema or schema is not None:
            return StructuredTool.from_function(
                func,
                coroutine,
                name=name,
                description=about,
                return_direct=return_direct,
                args_schema=schema,
                infer_schema=infer_schema,
                response_format=response_format,
                parse_docstring=parse_docstring,
                error_on_invalid_docstring=error_on_invalid_docstring,
                extras=extras,
            )
        about = about or getattr(decorated, "__doc__", None)
        if about is None:
            raise ValueError(
                "Function must have either a docstring or description when infer_schema is False."
            )
        return Tool(
            name=name,
            func=func,
            description=about,
            return_direct=return_direct,
            coroutine=coroutine,
            response_format=response_format,
            extras=extras,
        )

    def decorate(decorated: Decorated) -> BaseTool:
        own = decorated.get_name() if isinstance(decorated, Runnable) else decorated.__name__
        return named(name_or_callable or own, decorated)

    if args:
        raise ValueError("Too many arguments for tool decorator: pass a name and a runnable.")
    if runnable is not None:
        if not name_or_callable:
            raise ValueError("Runnable without name for tool constructor")
        if not isinstance(name_or_callable, str):
            raise ValueError("Name must be a string for tool constructor")
        return named(name_or_callable, runnable)
    if name_or_callable is None or isinstance(name_or_callable, str):
        return decorate
    if callable(name_or_callable) and hasattr(name_or_callable, "__name__"):
        return named(name_or_callable.__name__, name_or_callable)
    raise ValueError(
        "The first argument must be a string or a callable with a __name__ for tool decorator. "
        f"Got {type(name_or_callable)}"
    )


def _calls(runnable: Runnable[Any, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return sync and async functions that invoke a runnable with their keyword arguments."""

    def invoke(**kwargs: Any) -> Any:
        return runnable.invoke(kwargs)

    async def ainvoke(**kwargs: Any) -> Any:
        return await runnable.ainvoke(kwargs)

    return invoke, ainvoke


def convert_runnable_to_tool(
    runnable: Runnable[Any, Any],
    args_schema: type[BaseModel] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    arg_types: dict[str, type] | None = None,
) -> BaseTool:
    """Convert a runnable that takes a string or a dict to a tool.

    If the arguments are unknown, the tool takes none and invokes the runnable with `{}`.

    Args:
        runnable: The runnable.
        args_schema: The schema of the arguments; defaults to the input schema.
        name: The name of the tool; defaults to the name of the runnable.
        description: The description; by default it lists the arguments.
        arg_types: The types of the arguments, if they cannot be inferred.

    Returns:
        The tool.

    Raises:
        TypeError: If the runnable takes neither a string nor a dict.
    """
    schema = runnable.get_input_jsonschema()
    if args_schema is not None:
        schema = args_schema.model_json_schema()
    description = description or f"Takes {schema}."
    name = name or runnable.get_name()
    if schema.get("type") == "string":

        def invoke(text: str) -> Any:
            return runnable.invoke(text)

        async def ainvoke(text: str) -> Any:
            return await runnable.ainvoke(text)

        return Tool(name, invoke, description, coroutine=ainvoke)
    func, coroutine = _calls(runnable)
    return StructuredTool.from_function(
        func,
        coroutine,
        name=name,
        description=description,
        args_schema=args_schema or _fields(runnable, name, arg_types),
    )


def _fields(
    runnable: Runnable[Any, Any], name: str, arg_types: dict[str, type] | None
) -> type[BaseModel]:
    """Create a model of the arguments of a runnable."""
    if arg_types:
        return create_model(name, **{key: (kind, ...) for key, kind in arg_types.items()})
    from pydantic import RootModel
    from typing_extensions import get_type_hints, is_typeddict

    schema = runnable.get_input_schema()
    if not issubclass(schema, RootModel):
        return schema
    kind = schema.model_fields["root"].annotation
    if kind is Any or kind is dict:  # The input type is `Any`: there are no arguments to describe.
        return create_model(name)
    if not is_typeddict(kind):
        raise TypeError(
            f"Cannot infer the arguments of {runnable.get_name()}: pass args_schema or arg_types."
        )
    hints = get_type_hints(kind, include_extras=True)
    return create_model(name, **{key: (hint, ...) for key, hint in hints.items()})
