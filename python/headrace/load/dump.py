"""Components and messages as JSON, in the reference's form."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from headrace.load.depth import dump_fields
from headrace.load.serializable import to_json_not_implemented

__all__ = ["default", "dumpd", "dumps"]


def default(obj: Any) -> Any:
    """Give what stands in JSON for an object that is no JSON.

    Args:
        obj: The object.

    Returns:
        What its `to_json` gives; for an object without it, its class and representation.
    """
    to_json = getattr(obj, "to_json", None)
    if to_json is not None and not isinstance(obj, type):
        return to_json()
    return to_json_not_implemented(obj)


def dumps(obj: Any, *, pretty: bool = False, **kwargs: Any) -> str:
    """Write an object as JSON.

    Args:
        obj: The object, or a list or dictionary of such.
        pretty: Whether to indent it.
        **kwargs: For `json.dumps`.

    Returns:
        The JSON.
    """
    if pretty:
        kwargs["indent"] = kwargs.pop("indent", 2)
    return dump_fields({"obj": obj}, partial(json.dumps, obj, default=default, **kwargs), type(obj))


def dumpd(obj: Any) -> Any:
    """Give an object as the dictionary that its JSON says.

    Args:
        obj: The object, or a list or dictionary of such.

    Returns:
        Dictionaries, lists, texts and numbers alone.
    """
    return dump_fields({"obj": obj}, partial(_dumpd, obj), type(obj))


def _dumpd(obj: Any) -> Any:
    return json.loads(dumps(obj))
