"""Fields that a message was given but does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["extra_of", "keep_extra", "model_state", "pydantic_state"]

_SHADOWING = "__shadowing__"
"""Entry of the instance's dictionary that holds extra fields named like class attributes.

An extra field of any other name is an attribute of the instance, as in LangChain.
"""


def keep_extra(message: Any, extra: Mapping[str, Any]) -> None:
    """Keep fields that no class of the message declares, without hiding a method or property.

    Messages are often built from stored or received data. A field called `model_dump` in it must
    not replace the method.

    Args:
        message: The message.
        extra: The fields.
    """
    cls, own = type(message), vars(message)
    aside: dict[str, Any] = {}
    for name, value in extra.items():
        if name == _SHADOWING and isinstance(value, Mapping):
            # The dictionary of another message, which is copied or unpickled.
            aside.update(value)
        elif _is_attribute(cls, name):
            aside[name] = value
        else:
            own[name] = value
    if aside:
        own[_SHADOWING] = {**own.get(_SHADOWING, {}), **aside}


def extra_of(message: Any) -> dict[str, Any]:
    """Return the entries of the instance's dictionary, with those that share a class's names."""
    own = dict(vars(message))
    aside = own.pop(_SHADOWING, {})
    return {**own, **aside}


def model_state(
    fields: Mapping[str, Any], extra: Mapping[str, Any] | None, fields_set: set[str]
) -> dict[str, Any]:
    """Return the state that pydantic pickles a model with, so that LangChain can read it.

    Args:
        fields: The fields of the model.
        extra: The extra fields; None if the model ignores such.
        fields_set: The names of the fields that differ from their defaults.

    Returns:
        The state for the `__setstate__` of a pydantic model.
    """
    return {
        "__dict__": dict(fields),
        "__pydantic_extra__": None if extra is None else dict(extra),
        "__pydantic_fields_set__": fields_set,
        "__pydantic_private__": None,
    }


def pydantic_state(cls: type[Any], state: Any) -> dict[str, Any]:
    """Return the fields in the state that pydantic pickles a model with.

    Args:
        cls: The class whose instance is unpickled.
        state: What `BaseModel.__getstate__` returned.

    Returns:
        The fields and the extra fields, by name.

    Raises:
        pickle.UnpicklingError: If it is not such a state.
    """
    fields = state.get("__dict__") if isinstance(state, dict) else None
    extra = (state.get("__pydantic_extra__") or {}) if isinstance(state, dict) else None
    if not isinstance(fields, dict) or not isinstance(extra, dict):
        from pickle import UnpicklingError

        found = f"keys {sorted(map(str, state))}" if isinstance(state, dict) else type(state)
        raise UnpicklingError(
            f"cannot unpickle {cls.__name__}: its state must be that of a pydantic model, a dict "
            f"with a dict under '__dict__', and not {found}"
        )
    return {**fields, **extra}


def _is_attribute(cls: type[Any], name: str) -> bool:
    if name in cls.__known_fields__ or name in cls.__declared_fields__:
        return False
    # Python looks up more of these than a class defines.
    if name.startswith("__"):
        return True
    return any(name in base.__dict__ for base in cls.__mro__)
