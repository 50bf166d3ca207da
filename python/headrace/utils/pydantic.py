"""Helpers for pydantic models of version 2 and version 1.

Version 1 is considered only if the program itself has imported it.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Annotated, Any, TypeGuard, TypeVar, cast

import pydantic
from pydantic import BaseModel, ConfigDict, RootModel
from pydantic import create_model as _create
from pydantic.fields import FieldInfo

from headrace.utils.classes import is_class

__all__ = [
    "IS_PYDANTIC_V1",
    "IS_PYDANTIC_V2",
    "PYDANTIC_MAJOR_VERSION",
    "PYDANTIC_MINOR_VERSION",
    "PYDANTIC_VERSION",
    "PydanticBaseModel",
    "TBaseModel",
    "TypeBaseModel",
    "create_model",
    "create_model_v2",
    "get_fields",
    "get_pydantic_major_version",
    "is_basemodel_instance",
    "is_basemodel_subclass",
    "is_pydantic_v1_subclass",
    "is_pydantic_v2_subclass",
    "model_json_schema",
    "model_validate",
    "pre_init",
    "subset_model",
]

PYDANTIC_VERSION = tuple(int(part) for part in pydantic.VERSION.split(".")[:2])
"""Version of pydantic: major, minor."""

PYDANTIC_MAJOR_VERSION, PYDANTIC_MINOR_VERSION = PYDANTIC_VERSION
IS_PYDANTIC_V1 = PYDANTIC_MAJOR_VERSION == 1
IS_PYDANTIC_V2 = PYDANTIC_MAJOR_VERSION == 2

PydanticBaseModel = BaseModel
"""Model type of either version for annotations: version 1 models have no common base with it."""
TypeBaseModel = type[BaseModel]
TBaseModel = TypeVar("TBaseModel", bound=BaseModel)

_ARBITRARY = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())


def get_pydantic_major_version() -> int:
    """Return the major version of pydantic."""
    return PYDANTIC_MAJOR_VERSION


def _v1() -> Any:
    """Return the module of pydantic version 1 if the program has imported it, else None."""
    return sys.modules.get("pydantic.v1.main")


def is_pydantic_v1_subclass(cls: Any) -> bool:
    """Return True if a class is a model of pydantic version 1."""
    module = _v1()
    return module is not None and is_class(cls) and issubclass(cls, module.BaseModel)


def is_pydantic_v2_subclass(cls: Any) -> TypeGuard[type[BaseModel]]:
    """Return True if a class is a model of pydantic version 2."""
    return is_class(cls) and issubclass(cls, BaseModel)


def is_basemodel_subclass(cls: Any) -> bool:
    """Return True if a value is a pydantic model class of either version."""
    if not inspect.isclass(cls) or hasattr(cls, "__origin__"):
        return False
    return issubclass(cls, BaseModel) or is_pydantic_v1_subclass(cls)


def is_basemodel_instance(obj: Any) -> bool:
    """Return True if an object is an instance of a pydantic model of either version."""
    return isinstance(obj, BaseModel) or is_pydantic_v1_subclass(type(obj))


def get_fields(model: Any) -> dict[str, Any]:
    """Return the fields of a model or of an instance of one.

    Args:
        model: The model.

    Returns:
        Its fields by name, in the format of that pydantic version.

    Raises:
        TypeError: If it is not a pydantic model.
    """
    kind = model if inspect.isclass(model) else type(model)
    if is_pydantic_v2_subclass(kind):
        return cast("dict[str, Any]", kind.model_fields)
    if is_pydantic_v1_subclass(kind):
        return cast("Any", kind).__fields__  # type: ignore[no-any-return]
    raise TypeError(f"Expected a Pydantic model. Got {model}")


def model_json_schema(model: Any) -> dict[str, Any]:
    """Return the JSON schema of a model of either version."""
    if is_pydantic_v1_subclass(model):
        return cast("dict[str, Any]", model.schema())
    return cast("dict[str, Any]", model.model_json_schema())


def model_validate(model: Any, obj: Any) -> Any:
    """Validate data with a model of either version.

    Args:
        model: The model.
        obj: The data.

    Returns:
        The object.

    Raises:
        ValidationError: Of that version of pydantic, if it is not valid.
    """
    return model.parse_obj(obj) if is_pydantic_v1_subclass(model) else model.model_validate(obj)


def pre_init(func: Callable[[Any, dict[str, Any]], Any]) -> Any:
    """Create a validator that runs before the others, on a model's values with defaults.

    Args:
        func: A function of the class and the values that returns the values.

    Returns:
        A validator, for the body of a model.
    """

    def filled(cls: Any, values: dict[str, Any]) -> Any:
        for name, field in cls.model_fields.items():
            known = cls.model_config.get("populate_by_name")
            given = field.alias is not None and field.alias in values and not known
            if name not in values and not given and not field.is_required():
                values[name] = field.get_default(call_default_factory=True)
            if name in values and not known and field.alias not in (None, name):
                values[field.alias] = values.pop(name)
        return func(cls, values)

    filled.__doc__ = func.__doc__
    filled.__name__ = func.__name__
    return pydantic.model_validator(mode="before")(classmethod(filled))  # type: ignore[arg-type]


def _quiet(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        # A field may have the name of a model's method: read it from `__dict__`.
        warnings.filterwarnings("ignore", message="Field name .* shadows an attribute in parent")
        return make()


def new_model(
    name: str,
    fields: Mapping[str, Any],
    *,
    doc: str | None = None,
    config: ConfigDict | None = None,
    base: type[BaseModel] | None = None,
) -> type[BaseModel]:
    """Create a model; field names may be any that do not start with an underscore.

    Args:
        name: Its name.
        fields: Type and default, or `Field(...)`, of each field.
        doc: Its docstring.
        config: Its configuration; by default fields may have any type.
        base: Its base class, instead of a configuration.

    Returns:
        The model.
    """
    extra: Any = {"__base__": base} if base else {"__config__": config or _ARBITRARY}
    # None hides the docstring of the base.
    return cast("type[BaseModel]", _quiet(lambda: _create(name, __doc__=doc, **extra, **fields)))


def described_field(field: FieldInfo, description: str) -> FieldInfo:
    """Return a copy of a field with another description."""
    changed = copy(field)
    changed.description = description
    # pydantic merges only the attributes that were set.
    changed._attributes_set = {**field._attributes_set, "description": description}
    return changed


def subset_model(
    name: str,
    model: Any,
    field_names: Iterable[str],
    *,
    descriptions: Mapping[str, str] | None = None,
    fn_description: str | None = None,
) -> type[BaseModel]:
    """Create a model with some fields of another.

    Args:
        name: The name of the new model.
        model: The model, of either version.
        field_names: The fields to keep.
        descriptions: Descriptions that replace those of the fields.
        fn_description: Description that replaces that of the model.

    Returns:
        The new model, of the same version.
    """
    told = descriptions or {}
    if is_pydantic_v1_subclass(model):
        return cast(
            "type[BaseModel]", _subset_model_v1(name, model, field_names, told, fn_description)
        )
    fields: dict[str, Any] = {}
    for field_name in field_names:
        field = model.model_fields[field_name]
        if field_name in told:
            field = described_field(field, told[field_name])
        fields[field_name] = (field.annotation, field)
    return new_model(name, fields, doc=fn_description or inspect.cleandoc(model.__doc__ or ""))


def _subset_model_v1(
    name: str,
    model: Any,
    field_names: Iterable[str],
    descriptions: Mapping[str, str],
    doc: str | None,
) -> Any:
    from pydantic.v1 import create_model as create_model_v1

    fields: dict[str, Any] = {}
    for field_name in field_names:
        field = model.__fields__[field_name]
        kind = field.outer_type_
        if field.allow_none and not field.required:
            kind = kind | None
        if field_name in descriptions:
            field.field_info.description = descriptions[field_name]
        fields[field_name] = (kind, field.field_info)
    made = create_model_v1(name, **fields)
    made.__doc__ = doc or inspect.cleandoc(model.__doc__ or "")
    return made


def create_model(
    model_name: str, module_name: str | None = None, /, **field_definitions: Any
) -> type[BaseModel]:
    """Create a model; with only `__root__`, a model of a single value.

    Args:
        model_name: Its name.
        module_name: Its `__module__`.
        **field_definitions: Type and default of each field, or of `__root__`.

    Returns:
        The model.

    Raises:
        ValueError: If there are other fields besides `__root__`.
    """
    if "__root__" not in field_definitions:
        return create_model_v2(
            model_name, module_name=module_name, field_definitions=field_definitions
        )
    if len(field_definitions) > 1:
        raise ValueError(
            "When specifying __root__ no other fields should be provided. "
            f"Got {list(field_definitions)}"
        )
    return create_model_v2(model_name, module_name=module_name, root=field_definitions["__root__"])


def create_model_v2(
    model_name: str,
    *,
    module_name: str | None = None,
    field_definitions: dict[str, Any] | None = None,
    root: Any = None,
) -> type[BaseModel]:
    """Create a model of fields or of a single value.

    Args:
        model_name: Its name.
        module_name: Its `__module__`.
        field_definitions: Type and default of each field; names may start with an underscore.
        root: The type of the single value, or type and default.

    Returns:
        The model.
    """
    if root:
        given = root if isinstance(root, tuple) else (root, ...)
        base: Any = type("_Root", (RootModel,), {"model_config": _ARBITRARY, "__doc__": None})
        made = new_model(model_name, {"root": given}, base=base)
    else:
        made = new_model(model_name, _rename_fields(field_definitions or {}))
    if module_name:
        made.__module__ = module_name
    return made


def _rename_fields(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Rename fields whose names pydantic refuses, with the original name as alias."""
    fields: dict[str, Any] = {}
    for name, definition in definitions.items():
        if not name.startswith("_"):
            fields[name] = definition
            continue
        kind, default = definition if isinstance(definition, tuple) else (definition, ...)
        field = default if isinstance(default, FieldInfo) else pydantic.Field(default=default)
        title = name.lstrip("_").replace("_", " ").title()
        alias = pydantic.Field(alias=name, serialization_alias=name, title=title)
        fields[f"private_{name.lstrip('_')}"] = (Annotated[kind, alias], field)
    return fields
