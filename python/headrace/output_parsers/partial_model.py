"""Incomplete objects of a pydantic model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, ForwardRef, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Discriminator, ValidationError, create_model

__all__ = ["partial_model", "partial_validator"]


@lru_cache(maxsize=256)
def partial_model(model: type[BaseModel]) -> type[BaseModel]:
    """Create a subclass of a model in which no field is required: missing fields are None.

    Nested models become such subclasses too.

    Args:
        model: The model.

    Returns:
        The subclass, named like the model with the prefix `Partial`.
    """
    made: dict[str, type[BaseModel]] = {}
    result = _partial(model, made)
    for one in made.values():
        one.model_rebuild(_types_namespace=made)
    return result


def partial_validator(model: Any) -> Callable[[Any], BaseModel]:
    """Return a function that creates an object from an incomplete document.

    Values that are not valid yet, such as a string that is still too short, are left out.

    Args:
        model: The model.

    Returns:
        A function from a document to an object of `partial_model(model)`; it raises a `ValueError`,
        most often pydantic's `ValidationError`, if that is not possible.

    Raises:
        TypeError: If the model is not a pydantic 2 model.
    """
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"partial models are made of pydantic models, not of {model!r}")
    partial = partial_model(model)

    def validate(document: Any) -> BaseModel:
        while True:
            try:
                return partial.model_validate(document)
            except ValidationError as error:
                rest = document
                # Backwards, since removing a list item shifts the items after it.
                for fault in reversed(error.errors(include_url=False, include_context=False)):
                    rest = _remove_at(rest, fault["loc"])
                if rest is document:
                    raise
                document = rest
            except Exception as error:
                # A custom validator that did not expect a missing field.
                raise ValueError(f"no {model.__name__} yet: {error!r}") from error

    return validate


def _partial(model: type[BaseModel], made: dict[str, type[BaseModel]]) -> type[BaseModel]:
    name = f"Partial{model.__name__}"
    if name in made and issubclass(made[name], model):
        return made[name]
    while name in made:
        name += "_"
    # A recursive model is found by name, once all classes exist.
    made[name] = model
    fields: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        field = copy.copy(field)
        # The discriminator of a union does not apply to None.
        telling = [one for one in field.metadata if isinstance(one, Discriminator)]
        field.metadata = [one for one in field.metadata if one not in telling]
        whole = (field.annotation, *telling)
        kind = _optional(Annotated[whole] if telling else field.annotation, made)
        if field.is_required():
            field.default = None
        fields[key] = (kind, field)
    made[name] = create_model(name, __base__=model, __module__=model.__module__, **fields)
    return made[name]


def _optional(kind: Any, made: dict[str, type[BaseModel]]) -> Any:
    if get_origin(kind) is Literal:
        # It may be the discriminator of a union, for which pydantic accepts only literals. A value
        # that is not such a literal yet is left out.
        return kind
    return Union[_replace_models(kind, made), None]  # noqa: UP007 - a name may stand for a class


def _replace_models(kind: Any, made: dict[str, type[BaseModel]]) -> Any:
    """Return a type with the models replaced by their partial subclasses."""
    if isinstance(kind, type) and get_origin(kind) is None:
        if not issubclass(kind, BaseModel):
            return kind
        for name, known in made.items():
            if known is kind:
                return ForwardRef(name)
        return _partial(kind, made)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        inner = (_replace_models(arguments[0], made), *arguments[1:])
        return Annotated[inner]
    if origin in (Union, UnionType):
        return Union[tuple(_replace_models(one, made) for one in arguments)]  # noqa: UP007
    if isinstance(origin, type) and issubclass(origin, Iterable):
        inside: Any = origin
        return inside[tuple(_replace_models(one, made) for one in arguments)]
    return kind


def _remove_at(value: Any, place: tuple[int | str, ...]) -> Any:
    """Return a document without the value at a path, or unchanged if the path does not exist.

    Parts of the path that are not keys, such as the names of a union's types, are skipped.
    """
    for i, key in enumerate(place):
        if isinstance(value, dict) and key in value:
            inner = _remove_at(value[key], place[i + 1 :])
            rest = {name: item for name, item in value.items() if name != key}
            return rest if inner is value[key] else {**value, key: inner}
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            inner = _remove_at(value[key], place[i + 1 :])
            if inner is value[key]:
                return value[:key] + value[key + 1 :]
            return [*value[:key], inner, *value[key + 1 :]]
    return value
