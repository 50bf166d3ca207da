"""Pydantic support for messages: as fields of models, and for fields of subclasses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, get_origin
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, SchemaSerializer
from pydantic_core import core_schema as schemas

from headrace.messages.pydantic_mirror import mirror_of

__all__ = [
    "ModelFields",
    "Text",
    "TextOrNumber",
    "core_schema",
    "declared_fields",
    "fields_of",
    "new",
    "serializer",
]

Text = Annotated[
    str, BeforeValidator(lambda it: str(it) if isinstance(it, (int, float, UUID)) else it)
]
"""A text; a number or a UUID is made one."""

TextOrNumber = Annotated[str | None, Field(coerce_numbers_to_str=True)]
"""A text; a number is made one."""


def new(kind: type[Any]) -> Any:
    """Return a field whose default is a new, empty object each time."""
    return Field(default_factory=kind)


def fields_of(model: BaseModel) -> dict[str, Any]:
    """Return the values of a model by name, without conversion."""
    return {**model.__dict__, **(model.__pydantic_extra__ or {})}


class ModelFields:
    """The fields of a class, as pydantic describes those of a model."""

    def __get__(self, instance: Any, cls: Any) -> Mapping[str, FieldInfo]:
        """Return the fields of the class."""
        return mirror_of(cls).model_fields


def core_schema(cls: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return the schema for a field: instances pass, dictionaries are converted.

    Args:
        cls: The class, which has a mirror.
        handler: Pydantic's schema generator.

    Returns:
        The schema.
    """
    fields = handler.generate_schema(mirror_of(cls))
    made = schemas.no_info_after_validator_function(lambda model: cls(**fields_of(model)), fields)

    def instance_or_fields(value: Any, make: Callable[[Any], Any]) -> Any:
        return value if isinstance(value, cls) else make(value)

    # A union would report the errors of both parts.
    return schemas.no_info_wrap_validator_function(
        instance_or_fields,
        made,
        serialization=schemas.plain_serializer_function_ser_schema(
            _dump,
            info_arg=True,
            # The dictionary may be that of a subclass; a schema still shows the fields.
            return_schema=schemas.any_schema(
                metadata={"pydantic_js_functions": [lambda _, shown: shown(fields)]}
            ),
        ),
    )


def _dump(message: Any, info: Any) -> Any:
    return message.model_dump(
        mode=info.mode,
        include=info.include,
        exclude=info.exclude,
        by_alias=info.by_alias,
        exclude_unset=info.exclude_unset,
        exclude_defaults=info.exclude_defaults,
        exclude_none=info.exclude_none,
    )


def serializer() -> SchemaSerializer:
    """Return the serializer that pydantic uses for instances in fields of type `Any`."""
    writing = schemas.plain_serializer_function_ser_schema(_dump, info_arg=True)
    return SchemaSerializer(schemas.any_schema(serialization=writing))


def declared_fields(cls: type[Any]) -> dict[str, Any]:
    """Collect the annotated fields of a subclass, as pydantic does for models.

    Args:
        cls: The class; the attributes with the defaults are removed.

    Returns:
        The fields and their defaults; `...` for a required field.
    """
    declared: dict[str, Any] = {}
    for name, annotation in get_annotations(cls).items():
        if name.startswith("_") or name == "type" or _is_class_variable(annotation):
            continue
        declared[name] = cls.__dict__.get(name, ...)
        if name in cls.__dict__:
            delattr(cls, name)
    return declared


def _is_class_variable(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.replace("typing.", "").replace("t.", "").startswith("ClassVar")
    return annotation is ClassVar or get_origin(annotation) is ClassVar
