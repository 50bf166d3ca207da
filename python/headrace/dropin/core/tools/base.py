"""Additions to `headrace.tools.base`: the private names that agents and models import."""

from __future__ import annotations

import inspect
import json
from typing import Any, TypeVar, get_args, get_origin

from headrace.tools.outcome import BLOCKS
from headrace.tools.outcome import format_output as _format_output
from headrace.utils.injection import _DirectlyInjectedToolArg, is_injected
from headrace.utils.pydantic import get_fields

__all__ = [
    "TOOL_MESSAGE_BLOCK_TYPES",
    "_DirectlyInjectedToolArg",
    "_format_output",
    "_is_injected_arg_type",
    "_stringify",
    "get_all_basemodel_annotations",
]

TOOL_MESSAGE_BLOCK_TYPES = tuple(sorted(BLOCKS))


def _stringify(content: Any) -> str:
    """Return content as text: as JSON if it can be written so."""
    try:
        return json.dumps(content, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(content)


def _is_injected_arg_type(type_: Any, injected_type: type[Any] | None = None) -> bool:
    """Return True if an annotation marks an argument that the program supplies."""
    return is_injected(type_) if injected_type is None else is_injected(type_, injected_type)


def get_all_basemodel_annotations(cls: Any, *, default_to_bound: bool = True) -> dict[str, Any]:
    """Return the annotation of each field of a pydantic model, by the fields' names.

    Args:
        cls: The model, or a generic one with its parameters, such as `Model[int]`.
        default_to_bound: If true, a type variable without a value is replaced by its bound.
    """
    origin = cls if isinstance(cls, type) else get_origin(cls)
    fields = get_fields(origin)
    by_alias = {field.alias: name for name, field in fields.items() if field.alias}
    annotations: dict[str, Any] = {}
    for name, parameter in inspect.signature(origin).parameters.items():
        if name in fields or name in by_alias:
            annotations[by_alias.get(name, name)] = parameter.annotation
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(cls), strict=False))
    return {
        name: _filled(annotation, given, default_to_bound)
        for name, annotation in annotations.items()
    }


def _filled(annotation: Any, given: dict[Any, Any], default_to_bound: bool) -> Any:
    """Replace the type variables of an annotation."""
    if isinstance(annotation, TypeVar):
        if annotation in given:
            return given[annotation]
        return (annotation.__bound__ or Any) if default_to_bound else annotation
    variables = getattr(annotation, "__parameters__", ())
    if get_origin(annotation) is not None and variables:
        return annotation[tuple(_filled(one, given, default_to_bound) for one in variables)]
    return annotation
