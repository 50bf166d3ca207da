"""What integrations need to take and check their arguments."""

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
    """Let a function be called with exactly one keyword argument of each group.

    Args:
        *arg_groups: The names of arguments that exclude each other. None counts as not given.

    Returns:
        A decorator; the function then raises `ValueError` where that does not hold.
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
    """Import a module, or say how to install it.

    Args:
        module_name: The module.
        pip_name: What it is called where packages are installed from, if that is another name.
        package: The package that a relative name starts from.

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
    """Give the names of a pydantic model's fields, their aliases among them."""
    fields = pydantic_cls.model_fields
    return {*fields, *(field.alias for field in fields.values() if field.alias)}


def build_extra_kwargs(
    extra_kwargs: dict[str, Any], values: dict[str, Any], all_required_field_names: set[str]
) -> dict[str, Any]:
    """Gather the arguments that are no fields, such as parameters of a provider's own.

    Args:
        extra_kwargs: Those that were given apart. They are added to.
        values: All arguments. Those that are no fields are taken out, with a warning.
        all_required_field_names: The names of the fields.

    Returns:
        `extra_kwargs`.

    Raises:
        ValueError: If one is given twice, or a field is given apart.
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
    """Make a secret of a text; one that is a secret already stays."""
    return value if isinstance(value, SecretStr) else SecretStr(value)


def ensure_id(id_val: str | None) -> str:
    """Give an id, a new one where there is none."""
    return id_val or f"lc_{uuid7()}"
