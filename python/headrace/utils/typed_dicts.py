"""JSON schemas of typed dictionaries.

The format is the one that LangChain sends to models, which is that of pydantic version 1: an
optional type is written as the type, a default of None is left out, and a nested object with its
own description is wrapped in `allOf`.
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
    """Schema generator for the format of typed dictionaries."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def nullable_schema(self, schema: Any) -> Any:
        """Return the schema of the type for an optional type."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> Any:
        """Return the schema without a default of None."""
        if "default" in schema and schema["default"] is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def literal_schema(self, schema: Any) -> Any:
        """Return one alternative for each type of the literals."""
        kinds: dict[type, list[Any]] = {}
        for value in schema["expected"]:
            if value is not None:
                plain = getattr(value, "value", value)
                kinds.setdefault(type(plain), []).append(plain)
        names = {str: "string", int: "integer", bool: "boolean", bytes: "string"}
        choices = [{"enum": values, "type": names[kind]} for kind, values in kinds.items()]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}

    def enum_schema(self, schema: Any) -> Any:
        """Return a schema that has a type only if the enumeration derives from one."""
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
        """Return a plain object schema for a dictionary of anything."""
        found = super().dict_schema(schema)
        if found.get("additionalProperties") is True:
            del found["additionalProperties"]
        found.pop("propertyNames", None)
        return found

    def tuple_schema(self, schema: Any) -> Any:
        """Return the items of a tuple as a list of schemas."""
        found = super().tuple_schema(schema)
        if "prefixItems" in found:
            found["items"] = found.pop("prefixItems")
        return found

    def decimal_schema(self, schema: Any) -> Any:
        """Return the schema of a number."""
        return {"type": "number"}


def typed_dict_schema(typed_dict: type[Any]) -> dict[str, Any]:
    """Return the JSON schema of a typed dictionary, with references for nested ones.

    `Annotated[T, default, "description"]` sets a field's default (`...` if it is required) and
    description; a docstring in Google style may describe fields too.

    Args:
        typed_dict: The typed dictionary, which may contain others.

    Returns:
        The schema.

    Raises:
        ValueError: If the description in an `Annotated` is not a string.
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
    """Create a model of a typed dictionary, and of nested ones."""
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
        # A field whose name pydantic refuses has an alias.
        own = f"f{len(fields)}"
        fields[own] = (
            _replace_typed_dicts(annotation, made),
            Field(default=default, description=description, alias=name, title=_title(name)),
        )
    model = new_model(typed_dict.__name__, fields, doc=about or None)
    made[typed_dict] = model
    return model


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _is_typed_dict(kind: Any) -> bool:
    return is_class(kind) and issubclass(kind, dict) and hasattr(kind, "__total__")


def _replace_typed_dicts(kind: Any, made: dict[type, Any]) -> Any:
    """Replace the typed dictionaries in a type by models."""
    if _is_typed_dict(kind):
        if kind not in made:
            return _model(kind, made)
        # One that is still being created is recursive.
        return made[kind] or ForwardRef(_name(kind))
    origin = get_origin(kind)
    args = get_args(kind)
    if origin is None or origin is Literal or not args:
        return kind
    if origin is Annotated:
        return _replace_typed_dicts(args[0], made)
    changed = tuple(_replace_typed_dicts(arg, made) for arg in args)
    if changed == args:
        return kind
    if origin is Union or origin is types.UnionType:
        return Union[changed]  # noqa: UP007 - they are not known here
    return origin[changed]
