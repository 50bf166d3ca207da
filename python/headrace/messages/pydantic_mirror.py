"""A pydantic model with the fields of a message class.

Messages are not pydantic models, because a stream creates one for each token. Features of pydantic
(complex validation, schemas, dumps) are delegated to a model with the same fields.
"""

from __future__ import annotations

from copy import copy
from importlib import import_module
from inspect import get_annotations, signature
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model, field_validator

__all__ = ["blank_of", "lazy_mirror", "mirror_of"]


class _LazyMirror:
    """The attribute `__mirror__` of a class whose model is written out in another module.

    The model replaces the attribute on first use, because pydantic takes long to create it.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __set_name__(self, owner: type[Any], name: str) -> None:
        """Remember the class, whose model has the same name."""
        self._owner = owner

    def __get__(self, instance: Any, cls: Any) -> type[BaseModel]:
        """Return the model."""
        model: type[BaseModel] = getattr(import_module(self._module), self._owner.__name__)
        self._owner.__mirror__ = model
        return model


def lazy_mirror(module: str) -> Any:
    """Return the attribute `__mirror__` of a class whose model is in another module.

    Args:
        module: The module, imported on first use. Its model has the name of the class.

    Returns:
        The attribute.
    """
    return _LazyMirror(module)


def mirror_of(cls: type[Any]) -> type[BaseModel]:
    """Return the model of a class, created on first use.

    Args:
        cls: The message class, or another class with a mirror.

    Returns:
        A model with the same name and fields, in the same order.
    """
    known: type[BaseModel] | None = None
    if "__mirror__" in cls.__dict__:
        known = cls.__mirror__
    if known is None:
        known = _made(cls)
        cls.__mirror__ = known
    return known


def blank_of(cls: type[Any]) -> BaseModel:
    """Return an instance with default values, for validating single fields.

    Pydantic computes all defaults for each instance, which takes a hundred times as long as a
    copy.
    """
    known: BaseModel | None = cls.__dict__.get("__blank__")
    if known is None:
        known = mirror_of(cls).model_construct()
        cls.__blank__ = known
    return copy(known)


def _made(cls: type[Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        fields.update(ancestor.__dict__.get("__message_fields__", {}))
    declared = cls.__declared_fields__
    if declared:
        hints = _hints(cls)
        fields.update({name: (hints[name], default) for name, default in declared.items()})
    kind = cls.type
    # The base alone asks for the type; other classes say it.
    own_kind = fields["type"][1] is not ... or any(
        "type" in ancestor.__dict__ and "__message_fields__" not in ancestor.__dict__
        for ancestor in cls.__mro__
    )
    if "type" not in declared and own_kind:
        fields["type"] = (fields["type"][0] if fields["type"][1] == kind else str, kind)
    own = [name for name in declared if name not in cls.__known_fields__]
    return create_model(
        cls.__name__,
        __validators__=_validators(cls, own),
        __config__=ConfigDict(extra="allow", arbitrary_types_allowed=True),
        __doc__=cls.__doc__,
        __module__=cls.__module__,
        **fields,
    )


def _validators(cls: type[Any], own: list[str]) -> dict[str, Any]:
    """Return the `@field_validator`s of a subclass, for the fields that it declares.

    Stored fields such as the content skip pydantic if they are plainly valid, so a validator would
    run only sometimes.
    """
    found: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        for key, value in vars(ancestor).items():
            info: Any = getattr(value, "decorator_info", None)
            if getattr(info, "decorator_repr", None) != "@field_validator":
                continue
            names = [name for name in own if name in info.fields or "*" in info.fields]
            if names:
                decorate: Any = field_validator(*names, mode=info.mode)
                found[key] = decorate(_bound(getattr(cls, key), info.mode))
    return found


def _bound(function: Any, mode: str) -> Any:
    """Bind a validator to the subclass instead of the mirror."""
    count = len(signature(function).parameters)
    if mode == "wrap":
        return lambda value, handler, info: function(*(value, handler, info)[:count])
    return lambda value, info: function(*(value, info)[:count])


def _hints(cls: type[Any]) -> dict[str, Any]:
    """Return the types of the fields that subclasses declare."""
    hints: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        if "__message_fields__" in ancestor.__dict__ or not hasattr(ancestor, "__known_fields__"):
            continue
        # A class of nothing else: the attributes of a message's class hide builtins such as `type`.
        named = {"__annotations__": get_annotations(ancestor), "__module__": ancestor.__module__}
        hints.update(get_type_hints(type(ancestor.__name__, (), named), include_extras=True))
    return hints
