"""Objects of a pydantic model of which not everything is there yet."""

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
    """Make a subclass of a model in which nothing is required: what is missing is None.

    Models inside it become such subclasses, too.

    Args:
        model: The model.

    Returns:
        The subclass, named as the model with `Partial` before it.
    """
    made: dict[str, type[BaseModel]] = {}
    result = _partial(model, made)
    for one in made.values():
        one.model_rebuild(_types_namespace=made)
    return result


def partial_validator(model: Any) -> Callable[[Any], BaseModel]:
    """Give what makes an object of a document that is not complete.

    What is not valid yet, such as a text that is still too short, is left out.

    Args:
        model: The model.

    Returns:
        A function from a document to an object of `partial_model(model)`; it raises a `ValueError`,
        most often pydantic's `ValidationError`, where there is none.

    Raises:
        TypeError: If it is no model of pydantic 2.
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
                # Backwards, since what is taken out of a list moves what is behind it.
                for fault in reversed(error.errors(include_url=False, include_context=False)):
                    rest = _without(rest, fault["loc"])
                if rest is document:
                    raise
                document = rest
            except Exception as error:
                # A validator of the model's own that did not expect a field to be missing.
                raise ValueError(f"no {model.__name__} yet: {error!r}") from error

    return validate


def _partial(model: type[BaseModel], made: dict[str, type[BaseModel]]) -> type[BaseModel]:
    name = f"Partial{model.__name__}"
    if name in made and issubclass(made[name], model):
        return made[name]
    while name in made:
        name += "_"
    # A model inside itself is found by its name, once all are made.
    made[name] = model
    fields: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        field = copy.copy(field)
        # What tells the models of a union apart says nothing of None.
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
        # It may tell the models of a union apart, for which pydantic wants nothing else. What is no
        # such literal yet is left out.
        return kind
    return Union[_changed(kind, made), None]  # noqa: UP007 - a name may stand for a class


def _changed(kind: Any, made: dict[str, type[BaseModel]]) -> Any:
    """A type with the partial subclasses in place of the models."""
    if isinstance(kind, type) and get_origin(kind) is None:
        if not issubclass(kind, BaseModel):
            return kind
        for name, known in made.items():
            if known is kind:
                return ForwardRef(name)
        return _partial(kind, made)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        inner = (_changed(arguments[0], made), *arguments[1:])
        return Annotated[inner]
    if origin in (Union, UnionType):
        return Union[tuple(_changed(one, made) for one in arguments)]  # noqa: UP007
    if isinstance(origin, type) and issubclass(origin, Iterable):
        inside: Any = origin
        return inside[tuple(_changed(one, made) for one in arguments)]
    return kind


def _without(value: Any, place: tuple[int | str, ...]) -> Any:
    """A document without what is at a place; the document itself where nothing is there.

    Parts of the place that are no keys, such as those that say which type of a union was tried, are
    passed over.
    """
    for i, key in enumerate(place):
        if isinstance(value, dict) and key in value:
            inner = _without(value[key], place[i + 1 :])
            rest = {name: item for name, item in value.items() if name != key}
            return rest if inner is value[key] else {**value, key: inner}
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            inner = _without(value[key], place[i + 1 :])
            if inner is value[key]:
                return value[:key] + value[key + 1 :]
            return [*value[:key], inner, *value[key + 1 :]]
    return value
