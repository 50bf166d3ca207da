"""Additions to `headrace.load.serializable`."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import NotRequired, TypedDict

from headrace.load.serializable import is_unusual

__all__ = [
    "BaseSerialized",
    "SerializedConstructor",
    "SerializedNotImplemented",
    "SerializedSecret",
    "try_neq_default",
]


class BaseSerialized(TypedDict):
    """The keys of every serialized object."""

    lc: int
    id: list[str]
    name: NotRequired[str]
    graph: NotRequired[dict[str, Any]]


class SerializedConstructor(BaseSerialized):
    """A class and the arguments it is created with."""

    type: Literal["constructor"]
    kwargs: dict[str, Any]


class SerializedSecret(BaseSerialized):
    """The name of a secret."""

    type: Literal["secret"]


class SerializedNotImplemented(BaseSerialized):
    """An object that cannot be created again."""

    type: Literal["not_implemented"]
    repr: str | None


def try_neq_default(value: Any, key: str, model: Any) -> bool:
    """Return True if a field of a model was required or has another value than its default.

    Args:
        value: The value.
        key: The name of the field.
        model: The model, or its class.
    """
    cls: Any = model if isinstance(model, type) else type(model)
    return is_unusual(cls.model_fields[key], value)
