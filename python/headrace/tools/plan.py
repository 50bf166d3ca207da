"""`Plan`: the cached schema and injected parameters of a tool's function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from typing_extensions import get_type_hints

from headrace.runnables.accepts import parameters
from headrace.utils.function_schema import type_hints
from headrace.utils.injection import (
    InjectedToolArg,
    InjectedToolCallId,
    has_mark,
    is_config,
    is_injected,
)
from headrace.utils.pydantic import get_fields, is_pydantic_v1_subclass, model_validate

__all__ = ["Plan", "config_parameter", "injected_parameters"]

_VARIADIC = ("args", "kwargs")
_NEEDS_CALL = (
    "When tool includes an InjectedToolCallId argument, tool must always be invoked with a full "
    "model ToolCall of the form: {'args': {...}, 'name': '...', 'type': 'tool_call', "
    "'tool_call_id': '...'}"
)


def config_parameter(func: Callable[..., Any]) -> str | None:
    """Return the name of the parameter annotated with `RunnableConfig`, or None."""
    for name, annotation in _known_hints(func).items():
        if name != "return" and is_config(annotation):
            return name
    return None


def injected_parameters(
    func: Callable[..., Any], kind: type[InjectedToolArg] = InjectedToolArg
) -> frozenset[str]:
    """Return the names of the injected parameters of a function."""
    return frozenset(
        name for name, annotation in _known_hints(func).items() if is_injected(annotation, kind)
    )


def _known_hints(func: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function; those that cannot be evaluated stay strings.

    A tool with its own schema may use types that are imported only for type checking.
    """
    try:
        return type_hints(func)
    except NameError:
        pass
    plain = inspect.unwrap(getattr(func, "__func__", func))
    names = getattr(plain, "__globals__", {})
    known: dict[str, Any] = {}
    for name, annotation in getattr(plain, "__annotations__", {}).items():
        holder = type("_Holder", (), {"__annotations__": {name: annotation}})
        try:
            known.update(get_type_hints(holder, globalns=names, include_extras=True))
        except NameError:
            known[name] = annotation
    return known


def injected_fields(schema: Any, kind: type[InjectedToolArg] = InjectedToolArg) -> frozenset[str]:
    """Return the names of the injected fields of a model."""
    if is_pydantic_v1_subclass(schema):
        hints = type_hints(schema, fields=True)
        return frozenset(name for name, hint in hints.items() if is_injected(hint, kind))
    return frozenset(
        name
        for name, field in schema.model_fields.items()
        if has_mark(field.metadata, kind) or is_injected(field.annotation, kind)
    )


class Plan:
    """The conversion of a tool input to arguments of its function.

    Attributes:
        schema: The schema of the input: a model, a JSON schema (not validated) or None.
        source: The inspected function.
        config: The name of the parameter annotated with `RunnableConfig`, or None.
        run_parameters: Those of `run_manager` and `callbacks` that the function takes.
        needs_run: True if the function takes a config or any of `run_parameters`.
        hidden: The injected arguments, which are not reported to handlers.
    """

    __slots__ = (
        "_extra",
        "_first",
        "_id_parameters",
        "_ids",
        "_is_model",
        "_is_v1",
        "config",
        "hidden",
        "needs_run",
        "run_parameters",
        "schema",
        "source",
    )

    def __init__(self, schema: Any, source: Any, func: Callable[..., Any]) -> None:
        self.schema = schema
        self.source = source
        names = parameters(func)
        self.config = config_parameter(func)
        self.run_parameters = frozenset({"run_manager", "callbacks"}.intersection(names))
        self.needs_run = self.config is not None or bool(self.run_parameters)
        self._is_v1 = is_pydantic_v1_subclass(schema)
        self._is_model = self._is_v1 or inspect.isclass(schema)
        fields: Mapping[str, Any] = get_fields(schema) if self._is_model else {}
        self._first = next(iter(fields), None)
        injected = injected_parameters(func)
        self._id_parameters = injected_parameters(func, InjectedToolCallId)
        self._ids: frozenset[str] = frozenset()
        if self._is_model:
            injected |= injected_fields(schema)
            self._ids = injected_fields(schema, InjectedToolCallId)
        self.hidden = injected
        # Injected arguments that are not in the schema are passed too.
        self._extra = injected.difference(fields)

    @property
    def takes_nothing(self) -> bool:
        """True if the schema is a model without fields."""
        return self._is_model and self._first is None

    def parse(self, value: Any, tool_call_id: str | None) -> Any:
        """Validate an input.

        Args:
            value: A dict, or a string as the value of the first field.
            tool_call_id: The id of the tool call.

        Returns:
            The string, or the validated arguments including defaults.

        Raises:
            ValidationError: If the input is invalid.
            ValueError: If the function needs the id of the tool call and it is None, or the input
                is a string and the schema does not have a field for it.
        """
        if isinstance(value, str):
            if isinstance(self.schema, dict):
                raise ValueError(
                    "String tool inputs are not allowed when using tools with JSON schema "
                    "args_schema."
                )
            if self._first is not None:
                model_validate(self.schema, {self._first: value})
            return value
        if (self._ids or self._id_parameters) and isinstance(value, dict):
            if tool_call_id is not None:
                value = {**value, **dict.fromkeys(self._ids | self._id_parameters, tool_call_id)}
            elif self._ids:
                raise ValueError(_NEEDS_CALL)
        if not self._is_model:
            return value
        model = self.schema.parse_obj(value) if self._is_v1 else self.schema.model_validate(value)
        arguments: dict[str, Any] = dict(model.__dict__)
        if isinstance(model, BaseModel) and model.__pydantic_extra__:
            arguments.update(model.__pydantic_extra__)
        for name in _VARIADIC:
            if name in arguments and name not in value:
                del arguments[name]
        for name in self._extra:
            if name in value:
                arguments[name] = value[name]
        return arguments
