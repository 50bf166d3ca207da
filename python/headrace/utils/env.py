"""Environment variables as values of fields."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

__all__ = ["env_var_is_set", "from_env", "get_from_dict_or_env", "get_from_env", "secret_from_env"]


def env_var_is_set(env_var: str) -> bool:
    """Whether an environment variable is set, to anything that does not say no."""
    return os.environ.get(env_var, "") not in ("", "0", "false", "False")


class _Unset:
    """Says that there is no default, which may itself be None."""

    __slots__ = ()


_UNSET: Final = _Unset()


def _not_found(key: Any, variable: Any) -> ValueError:
    return ValueError(
        f"Did not find {key}, please add an environment variable `{variable}` which contains it, "
        f"or pass `{key}` as a named parameter."
    )


def _read(key: str | Sequence[str], default: Any, error_message: str | None) -> Any:
    for name in [key] if isinstance(key, str) else key:
        if name in os.environ:
            return os.environ[name]
    if default is _UNSET:
        raise ValueError(error_message) if error_message else _not_found(key, key)
    return default


def from_env(
    key: str | Sequence[str],
    /,
    *,
    default: str | _Unset | None = _UNSET,
    error_message: str | None = None,
) -> Callable[[], Any]:
    """Give a function that reads an environment variable: the default factory of a field.

    Args:
        key: The variable, or several, of which the first that is set counts.
        default: What it gives where none is set, None included.
        error_message: What it says where none is set and there is no default.

    Returns:
        The function; where it finds nothing it raises a `ValueError`.
    """
    return lambda: _read(key, default, error_message)


def secret_from_env(
    key: str | Sequence[str],
    /,
    *,
    default: str | _Unset | None = _UNSET,
    error_message: str | None = None,
) -> Callable[[], SecretStr | None]:
    """Give a function that reads an environment variable as a secret; see `from_env`."""

    def read() -> SecretStr | None:
        value = _read(key, default, error_message)
        return None if value is None else SecretStr(value)

    return read


def get_from_env(key: str, env_key: str, default: str | None = None) -> str:
    """Read an environment variable.

    Args:
        key: What the value is called, for the error.
        env_key: The variable; one that is empty counts as not set.
        default: What to give where it is not set.

    Returns:
        Its value, or the default.

    Raises:
        ValueError: If it is not set and there is no default.
    """
    value = os.environ.get(env_key) or default
    if value is None:
        raise _not_found(key, env_key)
    return value


def get_from_dict_or_env(
    data: Mapping[str, Any], key: str | list[str], env_key: str, default: str | None = None
) -> str:
    """Take a value out of a dictionary, else out of the environment.

    Args:
        data: The dictionary.
        key: The key, or several, of which the first that has a value counts.
        env_key: The variable.
        default: What to give where there is neither.

    Returns:
        The value.

    Raises:
        ValueError: If there is none and no default.
    """
    keys = [key] if isinstance(key, str) else key
    for name in keys:
        if data.get(name):
            return str(data[name])
    return get_from_env(keys[0], env_key, default)
