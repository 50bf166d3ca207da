"""What goes in and comes out of runnables, as types and pydantic models."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import AsyncGenerator as _AsyncGenerator
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.runnable import Runnable
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = [
    "config_model",
    "dictionary_keys",
    "fields_model",
    "function_input",
    "function_output",
    "is_root",
    "joined",
    "model_of",
    "picked",
    "type_argument",
    "united_specs",
]

_STREAMS = (Iterator, AsyncIterator, Generator, _AsyncGenerator)


def type_argument(runnable: Runnable[Any, Any], i: int, which: str) -> Any:
    """Find the type that a class gave to `Runnable[Input, Output]`.

    Raises:
        TypeError: If it gave none.
    """
    for kind in type(runnable).__mro__:
        generic = getattr(kind, "__pydantic_generic_metadata__", None)
        if generic and len(generic["args"]) == 2:
            return generic["args"][i]
        for base in kind.__dict__.get("__orig_bases__", ()):
            args = get_args(base)
            if len(args) == 2 and not isinstance(args[i], TypeVar):
                return args[i]
    if isinstance(getattr(type(runnable), "_parts", None), tuple):
        return Any
    raise TypeError(
        f"Runnable {runnable.get_name()} doesn't have an inferable {which}Type. "
        f"Override the {which}Type property to specify the {which.lower()} type."
    )


def model_of(name: str, root: Any) -> type[BaseModel]:
    """Give a type as a pydantic model; a model stays itself."""
    from pydantic import BaseModel, ConfigDict, RootModel, create_model

    if inspect.isclass(root) and not get_args(root) and issubclass(root, BaseModel):
        return root
    base = type("_Root", (RootModel,), {"model_config": ConfigDict(arbitrary_types_allowed=True)})
    return create_model(name, root=(root, ...), __base__=base)


def fields_model(
    name: str, fields: dict[str, Any], optional: dict[str, Any] | None = None
) -> type[BaseModel]:
    """Make a model of fields and their types: required ones, and optional ones, None by default."""
    from pydantic import BaseModel, ConfigDict, Field, create_model

    definitions: Any = {}
    for kinds, default in ((fields, ...), (optional or {}, None)):
        for field, kind in kinds.items():
            if field.startswith("_") or hasattr(BaseModel, field):
                # No name for an attribute of a model: it is one in the data alone.
                title = field.replace("_", " ").strip().title()
                aliased = Field(default, alias=field, title=title)
                definitions[f"field_{field.lstrip('_')}"] = (kind, aliased)
            else:
                definitions[field] = (kind, default)
    return create_model(name, __config__=ConfigDict(arbitrary_types_allowed=True), **definitions)


def is_root(model: type[BaseModel]) -> bool:
    """Whether a model is one value, and not fields."""
    from pydantic import RootModel

    return issubclass(model, RootModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.annotation for name, field in model.model_fields.items()}


def joined(name: str, *models: type[BaseModel]) -> type[BaseModel]:
    """Make one model of the fields of several; those that are one value have none."""
    fields: dict[str, Any] = {}
    for model in models:
        if not is_root(model):
            fields.update(_fields(model))
    return fields_model(name, fields)


def picked(name: str, model: type[BaseModel], keys: str | list[str]) -> type[BaseModel] | None:
    """Give a field of a model, or several; None where it is not known to have them."""
    fields = {} if is_root(model) else _fields(model)
    if isinstance(keys, str):
        return model_of(name, fields[keys]) if keys in fields else None
    if not all(key in fields for key in keys):
        return None
    return fields_model(name, {key: fields[key] for key in keys})


def united_specs(parts: Iterable[Runnable[Any, Any]]) -> list[ConfigurableFieldSpec]:
    """Give what is configurable in any of several runnables."""
    from headrace.runnables.specs import get_unique_config_specs

    return get_unique_config_specs(spec for part in parts for spec in part.config_specs)


def description_of(runnable: Runnable[Any, Any], field: str) -> str | None:
    """Give the description of a component's field."""
    fields = getattr(type(runnable), "model_fields", {})
    return fields[field].description if field in fields else None


def config_model(runnable: Runnable[Any, Any], include: Iterable[str]) -> type[BaseModel]:
    """Give a runnable's configuration as a model: what is configurable, and what is included."""
    from pydantic import ConfigDict, Field, create_model
    from typing_extensions import get_type_hints

    from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
    from headrace.runnables.config import RunnableConfig

    specs = runnable.config_specs
    definitions: dict[str, Any] = {}
    config = ConfigDict(arbitrary_types_allowed=True)
    if specs:
        inner: dict[str, Any] = {
            spec.id: (
                spec.annotation,
                Field(spec.default, title=spec.name, description=spec.description),
            )
            for spec in specs
        }
        definitions["configurable"] = (
            create_model("Configurable", __config__=config, **inner),
            None,
        )
    wanted = [key for key in include if key != "configurable"]
    if wanted:
        from uuid import UUID

        from headrace.callbacks.base import Callbacks

        hints = get_type_hints(
            RunnableConfig,
            localns={
                "UUID": UUID,
                "Callbacks": Callbacks,
                "BaseCallbackHandler": BaseCallbackHandler,
                "BaseCallbackManager": BaseCallbackManager,
            },
        )
        for key in wanted:
            definitions[key] = (hints[key], None)
    return create_model(runnable.get_name("Config"), __config__=config, **definitions)


# -- functions -------------------------------------------------------------------------------------


def _signature(func: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(func, eval_str=True)
    except (NameError, TypeError, SyntaxError):
        pass
    try:
        return inspect.signature(func)
    except ValueError:
        return None


def _known(annotation: Any) -> Any:
    return Any if annotation is inspect.Parameter.empty else annotation


def function_input(func: Callable[..., Any], *, stream: bool = False) -> Any:
    """Give the type of a function's first parameter; with `stream`, of the items of it."""
    signature = _signature(func)
    parameters = list(signature.parameters.values()) if signature else []
    kind = _known(parameters[0].annotation) if parameters else Any
    return _item(kind) if stream else kind


def function_output(func: Callable[..., Any]) -> Any:
    """Give the type that a function returns; of a stream, that of its items."""
    signature = _signature(func)
    return _item(_known(signature.return_annotation)) if signature else Any


def _item(kind: Any) -> Any:
    if get_origin(kind) in _STREAMS:
        return get_args(kind)[0]
    return kind


def dictionary_keys(func: Callable[..., Any]) -> list[str] | None:
    """Find the keys that a function reads of its first argument, a dictionary.

    Returns:
        The keys, sorted; None where it does something else with the argument, or has no source.
    """
    if isinstance(func, itemgetter):
        items = func.__reduce__()[1]
        return sorted(items) if all(isinstance(item, str) for item in items) else None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(func)))
    except (OSError, TypeError, SyntaxError):
        return None
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    names = getattr(getattr(func, "__code__", None), "co_varnames", ())
    functions = [
        node
        for node in functions
        if (node.name if not isinstance(node, ast.Lambda) else "<lambda>")
        == getattr(func, "__name__", None)
        and node.args.args
        and node.args.args[0].arg == (names[0] if names else None)
    ]
    if len(functions) != 1:
        return None
    reader = _Reader(functions[0].args.args[0].arg)
    body = functions[0].body
    for part in body if isinstance(body, list) else [body]:
        reader.visit(part)
    return None if reader.otherwise or not reader.keys else sorted(reader.keys)


class _Reader(ast.NodeVisitor):
    """Collects `name["key"]` and `name.get("key")`, and notes any other use of the name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.keys: set[str] = set()
        self.otherwise = False

    def _is_it(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self._name

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Collect `name["key"]`."""
        key = node.slice
        known = isinstance(key, ast.Constant) and isinstance(key.value, str)
        if known and self._is_it(node.value) and isinstance(node.ctx, ast.Load):
            self.keys.add(cast("ast.Constant", key).value)  # type: ignore[arg-type]
            return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Collect `name.get("key")`."""
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "get" and self._is_it(func.value):
            key = node.args[0] if node.args else None
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.keys.add(key.value)
                for rest in node.args[1:]:
                    self.visit(rest)
                return
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Note any other use."""
        if node.id == self._name:
            self.otherwise = True
