"""Components as JSON, in the reference's form: what handlers are told of what runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headrace.load.serializable import Serializable, to_json_not_implemented

__all__ = ["dumpd"]


def dumpd(obj: Any) -> Any:
    """Say how an object was made, as far down as it goes.

    Args:
        obj: A component, a message, or what JSON has, of such.

    Returns:
        What JSON has alone.
    """
    if obj is None or isinstance(obj, (str, int, float)):
        return obj
    if isinstance(obj, Mapping):
        return {_key(key): dumpd(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        return [dumpd(item) for item in obj]
    if isinstance(obj, Serializable) or _is_message(obj):
        return dumpd(obj.to_json())
    return to_json_not_implemented(obj)


def _key(key: Any) -> str:
    # As JSON writes the keys that are no texts.
    return key if isinstance(key, str) else json.dumps(key).strip('"')


def _is_message(obj: Any) -> bool:
    # The messages are a layer above this one.
    return hasattr(obj, "to_json") and hasattr(obj, "lc_id")
