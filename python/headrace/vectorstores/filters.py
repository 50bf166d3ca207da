"""Metadata filters such as `{"year": {"$gte": 2020}}`, compiled to functions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Accepts", "MetadataFilter", "compile_filter"]

Accepts = Callable[[Mapping[str, Any]], bool]
MetadataFilter = Accepts | Mapping[str, Any]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_OPERATORS = ("$eq", "$neq", *_ORDER, "$in", "$nin")
_COMBINING = ("$and", "$or", "$not")


def compile_filter(filter: MetadataFilter) -> Accepts:
    """Compile a filter to a function.

    A dictionary maps fields to a value, a list of values, or a dictionary of comparisons (`$eq`,
    `$neq`, `$gt`, `$gte`, `$lt`, `$lte`, `$in` and `$nin`), all of which must match. `$and` and
    `$or` combine a list of such dictionaries; `$not` negates one. A missing field is None, and
    ordering comparisons between incomparable values are false.

    Args:
        filter: The dictionary, or a function, which is returned unchanged.

    Returns:
        A function that returns True for the metadata of matching documents.

    Raises:
        ValueError: If the filter has another type, or uses an unknown operator.
    """
    if callable(filter):
        return filter
    if not isinstance(filter, Mapping):
        raise ValueError(f"A filter is a dictionary or a function, not {type(filter).__name__}.")
    conditions = [_condition(key, value) for key, value in filter.items()]
    if len(conditions) == 1:
        return conditions[0]
    return lambda metadata: all(accepts(metadata) for accepts in conditions)


def _condition(key: str, value: Any) -> Accepts:
    if key in ("$and", "$or"):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{key} takes a list of filters, not {type(value).__name__}.")
        parts = [compile_filter(part) for part in value]
        combine = all if key == "$and" else any
        return lambda metadata: combine(accepts(metadata) for accepts in parts)
    if key == "$not":
        refused = compile_filter(value)
        return lambda metadata: not refused(metadata)
    if key.startswith("$"):
        raise ValueError(f"There is no operator {key} over fields, only {', '.join(_COMBINING)}.")
    if isinstance(value, Mapping):
        tests = [_test(key, name, operand) for name, operand in value.items()]
        return lambda metadata: all(test(metadata.get(key)) for test in tests)
    if isinstance(value, list):
        return lambda metadata: metadata.get(key) in value
    return lambda metadata: bool(metadata.get(key) == value)


def _test(field: str, name: str, operand: Any) -> Callable[[Any], bool]:
    if name == "$eq":
        return lambda value: bool(value == operand)
    if name == "$neq":
        return lambda value: bool(value != operand)
    if name == "$in":
        return lambda value: value in operand
    if name == "$nin":
        return lambda value: value not in operand
    if name in _ORDER:
        return lambda value: _in_order(_ORDER[name], value, operand)
    raise ValueError(
        f"There is no operator {name!r}, of the field {field!r}, only {', '.join(_OPERATORS)}."
    )


def _in_order(compare: Callable[[Any, Any], bool], value: Any, operand: Any) -> bool:
    try:
        return bool(compare(value, operand))
    except TypeError:
        return False
