"""Conversion of functions to pydantic models of their arguments."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo
from typing_extensions import get_type_hints

from headrace.utils.docstrings import parse_google_docstring
from headrace.utils.injection import is_config, is_injected
from headrace.utils.pydantic import (
    described_field,
    is_pydantic_v1_subclass,
    is_pydantic_v2_subclass,
    new_model,
)

__all__ = [
    "FILTERED_ARGS",
    "annotation_description",
    "create_schema_from_function",
    "described",
    "type_hints",
]

FILTERED_ARGS = ("run_manager", "callbacks")
"""Parameters that the library passes; schemas leave them out."""


def annotation_description(annotation: Any) -> str | None:
    """Return the description in an annotation: the first string in `Annotated[T, ...]`."""
    if get_origin(annotation) is Annotated:
        for mark in get_args(annotation)[1:]:
            if isinstance(mark, str):
                return mark
    return None


def type_hints(func: Any, *, fields: bool = False) -> dict[str, Any]:
    """Return the annotations of a function, or of a class's fields, with strings evaluated.

    Args:
        func: The function, or a class; without `fields`, its constructor is used.
        fields: If true, return the fields of the class.

    Returns:
        The annotations by name, including the metadata of `Annotated`.

    Raises:
        NameError: If one of them uses an undefined name.
    """
    source = func
    if not fields:
        while isinstance(source, partial):
            source = source.func
        if inspect.isclass(source):
            source = source.__init__
        elif not inspect.isroutine(source):
            source = type(source).__call__
    try:
        return get_type_hints(source, include_extras=True)
    except TypeError:
        # Functions written in C have none.
        return {}


def described(
    func: Callable[..., Any],
    *,
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = False,
) -> tuple[str, dict[str, str]]:
    """Return the descriptions of a function and of its arguments.

    Args:
        func: The function.
        parse_docstring: If true, parse its docstring in Google style.
        error_on_invalid_docstring: If true, a docstring without `Args:` is an error.

    Returns:
        The description of the function, and those of the arguments; the docstring takes precedence
        over the annotations.

    Raises:
        ValueError: If the docstring describes an unknown argument.
    """
    hints = type_hints(func)
    docstring = inspect.getdoc(func)
    about = docstring or ""
    told: dict[str, str] = {}
    if parse_docstring:
        about, told = parse_google_docstring(
            docstring, list(hints), error_on_invalid_docstring=error_on_invalid_docstring
        )
        known = {*hints, *inspect.signature(func).parameters}
        for name in told:
            if name not in known:
                raise ValueError(f"Arg {name} in docstring not found in function signature.")
    for name, annotation in hints.items():
        if name not in told and (text := annotation_description(annotation)):
            told[name] = text
    return about, told


def _field(annotation: Any, default: Any, description: str | None) -> tuple[Any, Any]:
    if default is inspect.Parameter.empty:
        default = ...
    if isinstance(default, FieldInfo):
        if description is not None:
            default = described_field(default, description)
    elif description is not None:
        default = Field(default=default, description=description)
    return annotation, default


def _parameters(
    func: Callable[..., Any], hints: dict[str, Any]
) -> dict[str, tuple[inspect.Parameter, Any, Any]]:
    """Return each parameter with its type and default, including `*args` and `**kwargs`."""
    found: dict[str, tuple[inspect.Parameter, Any, Any]] = {}
    for name, parameter in inspect.signature(func).parameters.items():
        annotation: Any = hints.get(name, Any)
        default = parameter.default
        if parameter.kind is parameter.VAR_POSITIONAL:
            annotation, default = GenericAlias(tuple, (annotation, ...)), None
        elif parameter.kind is parameter.VAR_KEYWORD:
            annotation, default = GenericAlias(dict, (str, annotation)), None
        found[name] = (parameter, annotation, default)
    return found


def create_schema_from_function(
    model_name: str,
    func: Callable[..., Any],
    *,
    filter_args: Sequence[str] | None = None,
    parse_docstring: bool = False,
    error_on_invalid_docstring: bool = False,
    include_injected: bool = True,
) -> type[Any]:
    """Create a model of a function's arguments.

    Args:
        model_name: The name of the model.
        func: The function.
        filter_args: The arguments to leave out; by default those that the library passes, and the
            `self` or `cls` of a method.
        parse_docstring: If true, parse the docstring in Google style.
        error_on_invalid_docstring: If true, a docstring without `Args:` is an error.
        include_injected: If true, include injected arguments.

    Returns:
        The model; its docstring is the description of the function.

    Raises:
        ValueError: If the docstring describes an unknown argument.
        NotImplementedError: If the annotations mix both versions of pydantic.
    """
    hints = type_hints(func)
    about, told = described(
        func,
        parse_docstring=parse_docstring,
        error_on_invalid_docstring=error_on_invalid_docstring,
    )
    parameters = _parameters(func, hints)
    left_out = set(filter_args or ())
    if not left_out:
        left_out.update(FILTERED_ARGS)
        first = next(iter(parameters), None)
        if first in ("self", "cls") and "." in getattr(func, "__qualname__", ""):
            left_out.add(first)
    fields: dict[str, Any] = {}
    for name, (_, annotation, default) in parameters.items():
        # Neither a model nor a caller can fill in a config.
        given = is_config(annotation) or (not include_injected and is_injected(annotation))
        if name in left_out or given or name.startswith("_"):
            continue
        fields[name] = _field(annotation, default, told.get(name))
    if _is_v1(func, [annotation for _, annotation, _ in parameters.values()]):
        return _model_v1(model_name, fields, about)
    return new_model(model_name, fields, doc=textwrap.dedent(about))


def _is_v1(func: Callable[..., Any], annotations: list[Any]) -> bool:
    """Return True if annotations are models of pydantic version 1."""
    parts = [part for one in annotations for part in (one, *get_args(one))]
    if not any(is_pydantic_v1_subclass(part) for part in parts):
        return False
    if any(is_pydantic_v2_subclass(part) for part in parts):
        raise NotImplementedError(
            f"Function {func} contains a mix of Pydantic v1 and v2 annotations. "
            "Only one version of Pydantic annotations per function is supported."
        )
    return True


def _model_v1(name: str, fields: dict[str, Any], about: str) -> type[Any]:
    from pydantic.v1 import Field as FieldV1
    from pydantic.v1 import create_model as create_model_v1

    definitions: dict[str, Any] = {}
    for field_name, (annotation, default) in fields.items():
        value = default
        if isinstance(default, FieldInfo):
            value = FieldV1(
                ... if default.is_required() else default.default, description=default.description
            )
        definitions[field_name] = (annotation, value)
    made: type[Any] = create_model_v1(name, **definitions)
    made.__doc__ = about
    return made
