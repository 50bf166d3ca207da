"""Dumps, copies and representations of deeply nested values, on any stack."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from headrace._core import call_on_large_stack, is_nested_deeper

__all__ = ["DEEPEST", "DeepModel", "check_depth", "dump_fields"]

T = TypeVar("T")

_SHALLOW = 32
# Native serializers recurse. A stack of 256 KiB overflows at 85 levels of dictionaries.

DEEPEST = 800
"""Levels of containers that a dumped field may have. Python's JSON encoder reaches about 980."""


def dump_fields(
    fields: Mapping[str, Any],
    dump: Callable[[], T],
    owner: type,
    *,
    include: object = None,
    exclude: object = None,
) -> T:
    """Call a function that recurses into fields, with a stack that is large enough for them.

    Args:
        fields: The fields by name.
        dump: The function. For nested values it runs on another thread, in the same context.
        owner: The class of the object, for the error.
        include: Names of the only fields to dump, as pydantic has it.
        exclude: Names of fields that are not dumped, as pydantic has it.

    Returns:
        The result of the function.

    Raises:
        RecursionError: If a field is nested more than 800 levels deep.
    """
    # Two levels more: the mapping itself, and the field.
    if not is_nested_deeper(fields, _SHALLOW + 2):
        return dump()
    check_depth(
        {
            name: value
            for name, value in fields.items()
            if not (isinstance(include, Container) and name not in include)
            and not (isinstance(exclude, set | frozenset) and name in exclude)
        },
        owner,
    )
    return cast("T", call_on_large_stack(partial(copy_context().run, dump)))


def check_depth(fields: Mapping[str, Any], owner: type) -> None:
    """Raise an error if a field is nested too deeply.

    Args:
        fields: The fields by name.
        owner: The class of the object, for the error.

    Raises:
        RecursionError: If a field is nested more than 800 levels deep.
    """
    for name, value in fields.items():
        if is_nested_deeper(value, DEEPEST):
            msg = f"field `{name}` of {owner.__name__} is nested more than {DEEPEST} levels deep"
            raise RecursionError(msg)


class DeepModel(BaseModel):
    """A pydantic model that dumps deeply nested values on any stack."""

    model_config = ConfigDict(defer_build=True)

    def model_dump(self, **kwargs: Any) -> dict[str, Any]:
        """Return the fields as a dictionary, with pydantic's arguments."""
        return dump_fields(
            _fields_of(self),
            partial(super().model_dump, **kwargs),
            type(self),
            include=kwargs.get("include"),
            exclude=kwargs.get("exclude"),
        )

    def model_dump_json(self, **kwargs: Any) -> str:
        """Return the fields as JSON, with pydantic's arguments."""
        return dump_fields(
            _fields_of(self),
            partial(super().model_dump_json, **kwargs),
            type(self),
            include=kwargs.get("include"),
            exclude=kwargs.get("exclude"),
        )


def _fields_of(model: BaseModel) -> dict[str, Any]:
    extra = model.__pydantic_extra__
    return {**model.__dict__, **extra} if extra else model.__dict__
