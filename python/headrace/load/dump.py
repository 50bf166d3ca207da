"""Serialization of components and messages to JSON, in LangChain's format."""

from __future__ import annotations

import json
from typing import Any

from headrace.load.serializable import Serializable, to_json_not_implemented

__all__ = ["ESCAPED", "default", "dumpd", "dumps"]

ESCAPED = "__lc_escaped__"
"""The key that wraps a user's dict which could be taken for a serialized object."""


def default(obj: Any) -> Any:
    """Return the serialized form of an object that `json` cannot write.

    Args:
        obj: The object.

    Returns:
        The result of its `to_json`; for objects without that method, the class and the repr.
    """
    return obj.to_json() if _is_serializable(obj) else to_json_not_implemented(obj)


def dumps(obj: Any, *, pretty: bool = False, **kwargs: Any) -> str:
    """Serialize an object to JSON text.

    Dicts with a key `lc` that are not serialized objects are escaped, so `load` returns them as
    dicts and never instantiates a class that they name.

    Args:
        obj: The object, or a list or dict of objects.
        pretty: If true, indent the JSON.
        **kwargs: Passed to `json.dumps`.

    Returns:
        The JSON text.

    Raises:
        ValueError: If `default` is passed, or the object is nested too deeply or contains itself.
    """
    if "default" in kwargs:
        raise ValueError("`default` should not be passed to dumps")
    if pretty:
        kwargs["indent"] = kwargs.pop("indent", 2)
    return json.dumps(_value(obj), default=default, **kwargs)


def dumpd(obj: Any) -> Any:
    """Serialize an object to dicts, lists, strings and numbers.

    Args:
        obj: The object, or a list or dict of objects.

    Returns:
        The structure that `dumps` writes as JSON. Escaped dicts are the user's own.

    Raises:
        ValueError: If the object is nested too deeply or contains itself.
    """
    return _value(obj)


def _value(obj: Any) -> Any:
    try:
        return _serialized(obj)
    except RecursionError:
        raise ValueError(
            f"Cannot serialize {type(obj).__name__}: it is nested too deeply, or contains itself."
        ) from None


def _serialized(obj: Any) -> Any:
    if obj is None or isinstance(obj, (str, int, float, bool)):
        return obj
    if isinstance(obj, dict):
        if not all(key is None or isinstance(key, (str, int, float, bool)) for key in obj):
            return to_json_not_implemented(obj)
        if "lc" in obj or (len(obj) == 1 and ESCAPED in obj):
            # Loaded as it is, so nothing inside is escaped again.
            return {ESCAPED: obj}
        return {key: _serialized(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        return [_serialized(item) for item in obj]
    if _is_serializable(obj):
        return _constructor(obj)
    return to_json_not_implemented(obj)


def _constructor(obj: Any) -> Any:
    """Serialize a component; the user's data in its arguments is escaped, its secrets are not."""
    serialized = dict(obj.to_json())
    if serialized.get("type") == "constructor" and "kwargs" in serialized:
        # By name: a marker of a secret that a user wrote elsewhere is data.
        secrets = obj._secret_names() if isinstance(obj, Serializable) else ()
        serialized["kwargs"] = {
            name: value if name in secrets else _serialized(value)
            for name, value in serialized["kwargs"].items()
        }
    return serialized


def _is_serializable(obj: Any) -> bool:
    kind = type(obj)
    return callable(getattr(kind, "to_json", None)) and callable(getattr(kind, "lc_id", None))
