"""The pydantic model that has the fields of a message's class.

Messages are no pydantic models, since a stream makes one for each token. Whatever pydantic does
for a model is done by a model of the same fields: validation that is not plain, schemas, dumps.
"""

from __future__ import annotations

from copy import copy
from inspect import get_annotations, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model, field_validator

if TYPE_CHECKING:
    from headrace.messages.base import BaseMessage

__all__ = ["blank_of", "mirror_of"]


def mirror_of(cls: type[Any]) -> type[BaseModel]:
    """Give the model, which is made when it is first asked for.

    Args:
        cls: The class of messages, or of what else has a mirror.

    Returns:
        A model of the same name and the same fields, in their order.
    """
    known: type[BaseModel] | None = cls.__dict__.get("__mirror__")
    if known is None:
        known = _made(cls)
        cls.__mirror__ = known
    return known


def blank_of(cls: type[BaseMessage]) -> BaseModel:
    """Give an instance of the model with no more than its defaults, to try a field on.

    Pydantic asks each time what the fields' defaults are, which takes it a hundred times as long as
    a copy.
    """
    known: BaseModel | None = cls.__dict__.get("__blank__")
    if known is None:
        known = mirror_of(cls).model_construct()
        cls.__blank__ = known
    return copy(known)


def _made(cls: type[BaseMessage]) -> type[BaseModel]:
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


def _validators(cls: type[BaseMessage], own: list[str]) -> dict[str, Any]:
    """The `@field_validator`s of users' classes, for the fields that those declare themselves.

    What the storage keeps, such as the content, is checked without pydantic where it is plainly
    right: there a validator would run now and then.
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
    """A validator that is called for the user's class, not for the mirror."""
    count = len(signature(function).parameters)
    if mode == "wrap":
        return lambda value, handler, info: function(*(value, handler, info)[:count])
    return lambda value, info: function(*(value, info)[:count])


def _hints(cls: type[BaseMessage]) -> dict[str, Any]:
    """The types of the fields that users' classes declare."""
    hints: dict[str, Any] = {}
    for ancestor in reversed(cls.__mro__):
        if "__message_fields__" in ancestor.__dict__ or not hasattr(ancestor, "__known_fields__"):
            continue
        # A class of nothing else: the attributes of a message's class hide builtins such as `type`.
        named = {"__annotations__": get_annotations(ancestor), "__module__": ancestor.__module__}
        hints.update(get_type_hints(type(ancestor.__name__, (), named), include_extras=True))
    return hints
