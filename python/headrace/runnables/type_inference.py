"""Inference of input and output types, and their pydantic models."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import AsyncGenerator as _AsyncGenerator
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = [
    "collect_specs",
    "config_model",
    "dictionary_keys",
    "fields_model",
    "function_input",
    "function_output",
    "is_root",
    "merge_models",
    "model_of",
    "pick_fields",
]

_STREAMS = (Iterator, AsyncIterator, Generator, _AsyncGenerator)


def model_of(name: str, root: Any) -> type[BaseModel]:
    """Return a pydantic model for a type; a model is returned as is."""
    from pydantic import BaseModel, ConfigDict, RootModel, create_model

    if inspect.isclass(root) and not get_args(root) and issubclass(root, BaseModel):
        return root
    base = type("_Root", (RootModel,), {"model_config": ConfigDict(arbitrary_types_allowed=True)})
    return create_model(name, root=(root, ...), __base__=base)


def fields_model(
    name: str, fields: dict[str, Any], optional: dict[str, Any] | None = None
) -> type[BaseModel]:
    """Create a model from required fields, and optional fields that default to None."""
    from pydantic import BaseModel, ConfigDict, Field, create_model

    definitions: Any = {}
    for kinds, default in ((fields, ...), (optional or {}, None)):
        for field, kind in kinds.items():
            if field.startswith("_") or hasattr(BaseModel, field):
                # Not a valid attribute name: use it as an alias in the data only.
                title = field.replace("_", " ").strip().title()
                aliased = Field(default, alias=field, title=title)
                definitions[f"field_{field.lstrip('_')}"] = (kind, aliased)
            else:
                definitions[field] = (kind, default)
    return create_model(name, __config__=ConfigDict(arbitrary_types_allowed=True), **definitions)


def is_root(model: type[BaseModel]) -> bool:
    """Return True if a model is a root model: a single value without fields."""
    from pydantic import RootModel

    return issubclass(model, RootModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {name: field.annotation for name, field in model.model_fields.items()}


def merge_models(name: str, *models: type[BaseModel]) -> type[BaseModel]:
    """Create a model with the fields of several models; root models are skipped."""
    fields: dict[str, Any] = {}
    for model in models:
        if not is_root(model):
            fields.update(_fields(model))
    return fields_model(name, fields)


def pick_fields(name: str, model: type[BaseModel], keys: str | list[str]) -> type[BaseModel] | None:
    """Return a model of one or several fields of a model; None if they are not known."""
    fields = {} if is_root(model) else _fields(model)
    if isinstance(keys, str):
        return model_of(name, fields[keys]) if keys in fields else None
    if not all(key in fields for key in keys):
        return None
    return fields_model(name, {key: fields[key] for key in keys})


def collect_specs(parts: Iterable[Any]) -> list[ConfigurableFieldSpec]:
    """Return the configurable fields of several runnables."""
    from headrace.runnables.specs import get_unique_config_specs

    return get_unique_config_specs(spec for part in parts for spec in part.config_specs)


def description_of(runnable: Any, field: str) -> str | None:
    """Return the description of a field of a runnable."""
    fields = getattr(type(runnable), "model_fields", {})
    return fields[field].description if field in fields else None


def config_model(
    name: str, specs: Sequence[ConfigurableFieldSpec], include: Iterable[str]
) -> type[BaseModel]:
    """Return a config as a model: its configurable fields and the included keys."""
    from pydantic import ConfigDict, Field, create_model
    from typing_extensions import get_type_hints

    from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
    from headrace.runnables.config import RunnableConfig

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
    return create_model(name, __config__=config, **definitions)


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
    """Return the type of the first parameter; with `stream`, the type of its items."""
    signature = _signature(func)
    parameters = list(signature.parameters.values()) if signature else []
    kind = _known(parameters[0].annotation) if parameters else Any
    return _item(kind) if stream else kind


def function_output(func: Callable[..., Any]) -> Any:
    """Return the return type of a function; for a generator, the type of its items."""
    signature = _signature(func)
    return _item(_known(signature.return_annotation)) if signature else Any


def _item(kind: Any) -> Any:
    if get_origin(kind) in _STREAMS:
        return get_args(kind)[0]
    return kind


def dictionary_keys(func: Callable[..., Any]) -> list[str] | None:
    """Return the keys that a function reads from its first argument, a dict.

    Returns:
        The sorted keys; None if the argument is used in another way or there is no source code.
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
    collector = _KeyCollector(functions[0].args.args[0].arg)
    body = functions[0].body
    for part in body if isinstance(body, list) else [body]:
        collector.visit(part)
    return None if collector.otherwise or not collector.keys else sorted(collector.keys)


class _KeyCollector(ast.NodeVisitor):
    """A visitor that collects `name["key"]` and `name.get("key")`, and detects other uses."""

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
        """Record any other use."""
        if node.id == self._name:
            self.otherwise = True
