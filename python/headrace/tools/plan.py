"""What a tool's function takes, looked at once: its schema, and what the library gives it."""

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
    """Give the name of the parameter that is a `RunnableConfig`, if there is one."""
    for name, annotation in _known_hints(func).items():
        if name != "return" and is_config(annotation):
            return name
    return None


def injected_parameters(
    func: Callable[..., Any], kind: type[InjectedToolArg] = InjectedToolArg
) -> frozenset[str]:
    """Give the names of the parameters that the program gives."""
    return frozenset(
        name for name, annotation in _known_hints(func).items() if is_injected(annotation, kind)
    )


def _known_hints(func: Callable[..., Any]) -> dict[str, Any]:
    """Give the annotations of a function; what cannot be evaluated stays text.

    A tool with a schema of its own may name types that are imported for type checkers alone.
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
    """Give the names of the fields of a model that the program gives."""
    if is_pydantic_v1_subclass(schema):
        hints = type_hints(schema, fields=True)
        return frozenset(name for name, hint in hints.items() if is_injected(hint, kind))
    return frozenset(
        name
        for name, field in schema.model_fields.items()
        if has_mark(field.metadata, kind) or is_injected(field.annotation, kind)
    )


class Plan:
    """How the input of a tool becomes a call of its function.

    Attributes:
        schema: What the input is validated with: a model, a JSON schema (which validates nothing),
            or None.
        source: The function that was looked at.
        config: The name of its parameter that is a `RunnableConfig`.
        wants: Which of `run_manager` and `callbacks` it has parameters for.
        gives: Whether it has any of these.
        hidden: The arguments that the program gives, and that observers are not told of.
    """

    __slots__ = (
        "_first",
        "_ids",
        "_is_model",
        "_is_v1",
        "_offered",
        "_passed",
        "config",
        "gives",
        "hidden",
        "schema",
        "source",
        "wants",
    )

    def __init__(self, schema: Any, source: Any, func: Callable[..., Any]) -> None:
        self.schema = schema
        self.source = source
        names = parameters(func)
        self.config = config_parameter(func)
        self.wants = frozenset({"run_manager", "callbacks"}.intersection(names))
        self.gives = self.config is not None or bool(self.wants)
        self._is_v1 = is_pydantic_v1_subclass(schema)
        self._is_model = self._is_v1 or inspect.isclass(schema)
        fields: Mapping[str, Any] = get_fields(schema) if self._is_model else {}
        self._first = next(iter(fields), None)
        injected = injected_parameters(func)
        self._offered = injected_parameters(func, InjectedToolCallId)
        self._ids: frozenset[str] = frozenset()
        if self._is_model:
            injected |= injected_fields(schema)
            self._ids = injected_fields(schema, InjectedToolCallId)
        self.hidden = injected
        # what the schema does not know is given all the same
        self._passed = injected.difference(fields)

    @property
    def takes_nothing(self) -> bool:
        """Whether the schema is a model without fields."""
        return self._is_model and self._first is None

    def parsed(self, value: Any, tool_call_id: str | None) -> Any:
        """Validate an input.

        Args:
            value: A text, which is the value of the first field, or a dictionary.
            tool_call_id: The call that the input is of.

        Returns:
            The text; or the arguments as the model has them, defaults filled in.

        Raises:
            ValidationError: If it is not valid.
            ValueError: If the function is to be given the id of the call and there is none, or the
                input is a text and there is no field that it could be.
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
        if (self._ids or self._offered) and isinstance(value, dict):
            if tool_call_id is not None:
                value = {**value, **dict.fromkeys(self._ids | self._offered, tool_call_id)}
            elif self._ids:
                raise ValueError(_NEEDS_CALL)
        if not self._is_model:
            return value
        made = self.schema.parse_obj(value) if self._is_v1 else self.schema.model_validate(value)
        arguments: dict[str, Any] = dict(made.__dict__)
        if isinstance(made, BaseModel) and made.__pydantic_extra__:
            arguments.update(made.__pydantic_extra__)
        for name in _VARIADIC:
            if name in arguments and name not in value:
                del arguments[name]
        for name in self._passed:
            if name in value:
                arguments[name] = value[name]
        return arguments
