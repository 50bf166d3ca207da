"""Typed dictionaries as JSON schemas.

The form is that which the reference's models have been shown for years, which is pydantic's first
version: an optional type is the type, a default of None goes without saying, and a value with a
description of its own wraps the object it is in `allOf`.
"""

from __future__ import annotations

import inspect
import types
from typing import Annotated, Any, ForwardRef, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import NotRequired, ReadOnly, Required, get_type_hints

from headrace.utils.classes import is_class
from headrace.utils.docstrings import parse_google_docstring
from headrace.utils.pydantic import new_model

__all__ = ["typed_dict_schema"]

_MARKS: tuple[Any, ...] = (Required, NotRequired, ReadOnly)


class _Form(GenerateJsonSchema):
    """Writes schemas in the form that typed dictionaries have."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def nullable_schema(self, schema: Any) -> Any:
        """An optional type is the type."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> Any:
        """A default of None goes without saying."""
        if "default" in schema and schema["default"] is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def literal_schema(self, schema: Any) -> Any:
        """Literals of several types are alternatives, one for each."""
        kinds: dict[type, list[Any]] = {}
        for value in schema["expected"]:
            if value is not None:
                plain = getattr(value, "value", value)
                kinds.setdefault(type(plain), []).append(plain)
        names = {str: "string", int: "integer", bool: "boolean", bytes: "string"}
        choices = [{"enum": values, "type": names[kind]} for kind, values in kinds.items()]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}

    def enum_schema(self, schema: Any) -> Any:
        """An enumeration has a type only where it derives from one."""
        cls = schema["cls"]
        kind = {"str": "string", "int": "integer", "float": "number"}.get(
            schema.get("sub_type") or ""
        )
        found: dict[str, Any] = {
            "title": cls.__name__,
            "description": inspect.cleandoc(cls.__dict__.get("__doc__") or "An enumeration."),
            "enum": [member.value for member in cls],
        }
        return {**found, "type": kind} if kind else found

    def dict_schema(self, schema: Any) -> Any:
        """A dictionary of anything says no more than that it is one."""
        found = super().dict_schema(schema)
        if found.get("additionalProperties") is True:
            del found["additionalProperties"]
        found.pop("propertyNames", None)
        return found

    def tuple_schema(self, schema: Any) -> Any:
        """The items of a tuple are a list of schemas."""
        found = super().tuple_schema(schema)
        if "prefixItems" in found:
            found["items"] = found.pop("prefixItems")
        return found

    def decimal_schema(self, schema: Any) -> Any:
        """A decimal is a number."""
        return {"type": "number"}


def typed_dict_schema(typed_dict: type[Any]) -> dict[str, Any]:
    """Give the JSON schema of a typed dictionary, with references where it has parts.

    `Annotated[T, default, "description"]` gives a field its default, `...` for none, and its
    description; the docstring, in Google's style, may describe fields too.

    Args:
        typed_dict: The typed dictionary; those inside it are followed.

    Returns:
        The schema.

    Raises:
        ValueError: If the description in an `Annotated` is no text.
    """
    made: dict[type, Any] = {}
    model = _model(typed_dict, made)
    names = {_name(kind): of for kind, of in made.items()}
    for each in made.values():
        each.model_rebuild(_types_namespace=names, force=True)
    schema = model.model_json_schema(schema_generator=_Form)
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, value in part.get("properties", {}).items():
            if "$ref" in value:
                beside = {key: it for key, it in value.items() if key not in ("$ref", "title")}
                alone = {"$ref": value["$ref"]}
                part["properties"][name] = {**beside, "allOf": [alone]} if beside else alone
    return schema


def _name(typed_dict: type) -> str:
    return f"TypedDict_{id(typed_dict)}"


def _model(typed_dict: type[Any], made: dict[type, Any]) -> type[BaseModel]:
    """Make a model of a typed dictionary, and of those inside it."""
    hints = get_type_hints(typed_dict, include_extras=True)
    docstring = typed_dict.__dict__.get("__doc__")
    about, told = parse_google_docstring(
        inspect.cleandoc(docstring) if docstring else None, list(hints)
    )
    made[typed_dict] = None
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        annotation = hint
        required: bool | None = None
        mark: Any = get_origin(annotation)
        while mark in _MARKS:
            if mark is not ReadOnly:
                required = mark is Required
            annotation = get_args(annotation)[0]
            mark = get_origin(annotation)
        default: Any = ...
        description = told.get(name)
        if mark is Annotated:
            annotation, *said = get_args(annotation)
            default = said[0]
            if len(said) > 1 and description is None:
                description = said[1]
                if not isinstance(description, str | None):
                    raise ValueError(
                        f"Invalid annotation for field {name}. Third argument to Annotated must be "
                        f"a string description, received value of type {type(description)}."
                    )
        if required is False and default is ...:
            default = None
        # a field that is called as pydantic refuses is known by its alias
        own = f"f{len(fields)}"
        fields[own] = (
            _translated(annotation, made),
            Field(default=default, description=description, alias=name, title=_title(name)),
        )
    model = new_model(typed_dict.__name__, fields, doc=about or None)
    made[typed_dict] = model
    return model


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _is_typed_dict(kind: Any) -> bool:
    return is_class(kind) and issubclass(kind, dict) and hasattr(kind, "__total__")


def _translated(kind: Any, made: dict[type, Any]) -> Any:
    """Put models in the place of the typed dictionaries in a type."""
    if _is_typed_dict(kind):
        if kind not in made:
            return _model(kind, made)
        # one that is still being made is inside itself
        return made[kind] or ForwardRef(_name(kind))
    origin = get_origin(kind)
    args = get_args(kind)
    if origin is None or origin is Literal or not args:
        return kind
    if origin is Annotated:
        return _translated(args[0], made)
    changed = tuple(_translated(arg, made) for arg in args)
    if changed == args:
        return kind
    if origin is Union or origin is types.UnionType:
        return Union[changed]  # noqa: UP007 - they are not known here
    return origin[changed]
