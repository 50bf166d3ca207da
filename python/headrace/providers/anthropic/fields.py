"""What a model is made with: its fields, and whatever else goes to the provider."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

__all__ = ["first_set", "sort_out"]


def first_set(*variables: str) -> str | None:
    """Give the value of the first environment variable that has one."""
    return next((value for name in variables if (value := os.environ.get(name))), None)


def sort_out(values: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Put what is no field into `model_kwargs`, and what is one out of it.

    Args:
        values: What a model is made with.
        fields: Its fields.

    Returns:
        The same, sorted out; it is warned of what stood in the wrong place.

    Raises:
        ValueError: If something is given twice.
    """
    names = {*fields, *(field.alias for field in fields.values() if field.alias)}
    more = dict(values.get("model_kwargs") or {})
    twice = more.keys() & values.keys()
    if twice:
        raise ValueError(f"Found {', '.join(sorted(twice))} supplied twice.")
    unknown = {name: value for name, value in values.items() if name not in names}
    known = {name: more.pop(name) for name in list(more) if name in names}
    if unknown:
        warnings.warn(
            f"{', '.join(sorted(unknown))} is no parameter of its own and goes to the provider, "
            "in model_kwargs.",
            stacklevel=4,
        )
    if known:
        warnings.warn(
            f"{', '.join(sorted(known))} stood in model_kwargs and is a parameter of its own.",
            stacklevel=4,
        )
    kept = {name: value for name, value in values.items() if name in names}
    return {**kept, **known, "model_kwargs": {**more, **unknown}}
