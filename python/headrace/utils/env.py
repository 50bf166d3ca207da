"""Field values from environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

__all__ = ["env_var_is_set", "from_env", "get_from_dict_or_env", "get_from_env", "secret_from_env"]


def env_var_is_set(env_var: str) -> bool:
    """Return True if an environment variable is set to a value that does not mean false."""
    return os.environ.get(env_var, "") not in ("", "0", "false", "False")


class _Unset:
    """Sentinel for a missing default, since None is a valid default."""

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
    """Return a function that reads an environment variable, for use as a field's default factory.

    Args:
        key: The variable, or several; the first that is set is used.
        default: The value if no variable is set; may be None.
        error_message: The error message if no variable is set and there is no default.

    Returns:
        The function; it raises `ValueError` if there is no value.
    """
    return lambda: _read(key, default, error_message)


def secret_from_env(
    key: str | Sequence[str],
    /,
    *,
    default: str | _Unset | None = _UNSET,
    error_message: str | None = None,
) -> Callable[[], SecretStr | None]:
    """Return a function that reads an environment variable as a secret; see `from_env`."""

    def read() -> SecretStr | None:
        value = _read(key, default, error_message)
        return None if value is None else SecretStr(value)

    return read


def get_from_env(key: str, env_key: str, default: str | None = None) -> str:
    """Return the value of an environment variable.

    Args:
        key: The name of the value, for the error message.
        env_key: The variable; an empty one counts as not set.
        default: The value if it is not set.

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
    """Return a value from a dictionary, or else from the environment.

    Args:
        data: The dictionary.
        key: The key, or several; the first with a value is used.
        env_key: The variable.
        default: The value if neither has one.

    Returns:
        The value.

    Raises:
        ValueError: If there is neither a value nor a default.
    """
    keys = [key] if isinstance(key, str) else key
    for name in keys:
        if data.get(name):
            return str(data[name])
    return get_from_env(keys[0], env_key, default)
