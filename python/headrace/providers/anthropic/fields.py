"""The arguments of a model: its fields, and others that are sent to the provider."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

__all__ = ["first_set", "sort_out"]


def first_set(*variables: str) -> str | None:
    """Return the value of the first environment variable that is set."""
    return next((value for name in variables if (value := os.environ.get(name))), None)


def sort_out(values: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Move unknown arguments to `model_kwargs`, and fields out of it.

    Args:
        values: The arguments of a model.
        fields: The fields of the model.

    Returns:
        The arguments, each in the right place. A warning names those that were moved.

    Raises:
        ValueError: If an argument is passed twice.
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
