"""`@tool`: functions and runnables as tools."""

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
    """Make a tool of a function or a runnable.

    `@tool`, `@tool("name")` and `@tool(...)` decorate a function; `tool("name", runnable)` makes a
    tool of a runnable that takes a dictionary.

    Args:
        name_or_callable: The function, or what models call the tool; by default the function's
            name.
        runnable: The runnable, after its name.
        *args: None: more is an error.
        description: What it is for; by default the docstring, else the description of
            `args_schema`.
        return_direct: Whether an agent ends with what it returns.
        args_schema: The schema of the arguments; by default made of the annotations.
        infer_schema: Whether to make one; without, the function takes one text.
        response_format: What the function returns: content, or content and an artifact.
        parse_docstring: Whether to read the docstring in Google's style, for the arguments.
        error_on_invalid_docstring: Whether a docstring that cannot be read so is an error.
        extras: What a provider is to be told beside the schema.

    Returns:
        The tool, or a decorator that makes one.

    Raises:
        ValueError: If there is nothing to make a tool of, or nothing that describes it.
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
        raise ValueError("Too many arguments for tool decorator: a name and a runnable are all.")
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
    """Give functions of keywords that invoke a runnable; it inherits the tool's configuration."""

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
    """Make a tool of a runnable that takes a text or a dictionary.

    Where nothing says which arguments there are, the tool has none, and gives the runnable `{}`.

    Args:
        runnable: The runnable.
        args_schema: The schema of the arguments; by default the input's.
        name: What models call it; by default the runnable's name.
        description: What it is for; by default it says what it takes.
        arg_types: The types of the arguments, for a runnable that does not know them.

    Returns:
        The tool.

    Raises:
        TypeError: If the runnable takes neither a text nor a dictionary.
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
    """Make a model of the arguments that a runnable takes."""
    if arg_types:
        return create_model(name, **{key: (kind, ...) for key, kind in arg_types.items()})
    from pydantic import RootModel
    from typing_extensions import get_type_hints, is_typeddict

    schema = runnable.get_input_schema()
    if not issubclass(schema, RootModel):
        return schema
    kind = schema.model_fields["root"].annotation
    if kind is Any or kind is dict:  # it takes anything: a model has nothing to say to it
        return create_model(name)
    if not is_typeddict(kind):
        raise TypeError(
            f"{runnable.get_name()} does not say which arguments it takes: give args_schema or "
            "arg_types."
        )
    hints = get_type_hints(kind, include_extras=True)
    return create_model(name, **{key: (hint, ...) for key, hint in hints.items()})
