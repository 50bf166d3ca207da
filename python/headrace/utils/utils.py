"""Helpers for integrations to check their arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

from pydantic import SecretStr

from headrace.utils.env import from_env, secret_from_env
from headrace.utils.uuid import uuid7

__all__ = [
    "build_extra_kwargs",
    "convert_to_secret_str",
    "ensure_id",
    "from_env",
    "get_pydantic_field_names",
    "guard_import",
    "secret_from_env",
    "xor_args",
]

_F = TypeVar("_F", bound=Callable[..., Any])


def xor_args(*arg_groups: tuple[str, ...]) -> Callable[[_F], _F]:
    """Require exactly one keyword argument of each group in calls of a function.

    Args:
        *arg_groups: The names of mutually exclusive arguments. None counts as missing.

    Returns:
        A decorator; the function then raises `ValueError` for other calls.
    """

    def decorate(function: _F) -> _F:
        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            wrong = [
                ", ".join(group)
                for group in arg_groups
                if sum(kwargs.get(name) is not None for name in group) != 1
            ]
            if wrong:
                raise ValueError(
                    "Exactly one argument in each of the following groups must be defined: "
                    + ", ".join(wrong)
                )
            return function(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def guard_import(
    module_name: str, *, pip_name: str | None = None, package: str | None = None
) -> Any:
    """Import a module, or raise an error with the install command.

    Args:
        module_name: The module.
        pip_name: The name of its distribution on PyPI, if different.
        package: The base package of a relative name.

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return import_module(module_name, package)
    except ImportError as error:
        name = pip_name or module_name.split(".")[0].replace("_", "-")
        raise ImportError(
            f"Could not import {module_name} python package. "
            f"Please install it with `pip install {name}`."
        ) from error


def get_pydantic_field_names(pydantic_cls: Any) -> set[str]:
    """Return the names of a pydantic model's fields, including aliases."""
    fields = pydantic_cls.model_fields
    return {*fields, *(field.alias for field in fields.values() if field.alias)}


def build_extra_kwargs(
    extra_kwargs: dict[str, Any], values: dict[str, Any], all_required_field_names: set[str]
) -> dict[str, Any]:
    """Collect the arguments that are not fields, such as a provider's parameters.

    Args:
        extra_kwargs: Extra arguments so far; modified in place.
        values: All arguments. Those that are not fields are removed, with a warning.
        all_required_field_names: The names of the fields.

    Returns:
        `extra_kwargs`.

    Raises:
        ValueError: If an argument is passed twice, or `extra_kwargs` has a field.
    """
    for name in [name for name in values if name not in all_required_field_names]:
        if name in extra_kwargs:
            raise ValueError(f"Found {name} supplied twice.")
        warnings.warn(
            f"{name} is no parameter of this class: it was moved to model_kwargs. "
            "Please confirm that this is what you intended.",
            stacklevel=7,
        )
        extra_kwargs[name] = values.pop(name)
    fields = all_required_field_names.intersection(extra_kwargs)
    if fields:
        raise ValueError(
            f"Parameters {fields} should be specified explicitly. Instead they were passed in as "
            "part of `model_kwargs` parameter."
        )
    return extra_kwargs


def convert_to_secret_str(value: SecretStr | str) -> SecretStr:
    """Convert a string to a secret; return secrets unchanged."""
    return value if isinstance(value, SecretStr) else SecretStr(value)


def ensure_id(id_val: str | None) -> str:
    """Return an id, or a new one if it is None."""
    return id_val or f"lc_{uuid7()}"
