"""API keys: where they come from, and how they stay secret."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

from headrace.exceptions import MissingKeyError
from headrace.utils.secrets import HIDDEN

__all__ = ["HIDDEN", "Redaction", "find_key", "redact", "require_key"]

_SHORTEST = 6
"""Shorter values are not keys; hiding them would hide ordinary words."""


def find_key(given: SecretStr | str | None, variables: Sequence[str]) -> SecretStr | None:
    """Return the given key, or that of the first environment variable that is set.

    Args:
        given: The key that was passed, if any.
        variables: The names of environment variables.

    Returns:
        The key, or None if there is no key.
    """
    if given is not None:
        return given if isinstance(given, SecretStr) else SecretStr(given)
    for variable in variables:
        if value := os.environ.get(variable):
            return SecretStr(value)
    return None


def require_key(
    given: SecretStr | str | None, variables: Sequence[str], *, user: str, argument: str = "api_key"
) -> SecretStr:
    """Return a key, or raise an error; see `find_key`.

    Args:
        given: The key that was passed, if any.
        variables: The names of environment variables.
        user: The class that needs it, for the message.
        argument: The name of the argument for the key, for the message.

    Returns:
        The key.

    Raises:
        MissingKeyError: If there is no key; the message names the variables.
    """
    key = find_key(given, variables)
    if key is None:
        named = " or ".join(variables)
        raise MissingKeyError(
            f"{user} has no key: set the environment variable {named}, or give `{argument}`"
        )
    return key


def redact(told: Any, secrets: Sequence[str]) -> Any:
    """Return text, or lists and dictionaries of text, with asterisks instead of the secrets.

    Other values are returned unchanged.
    """
    hidden = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return _redacted(told, hidden) if hidden else told


class Redaction:
    """Function that removes the secrets of a model from texts about one of its errors."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Sequence[str]) -> None:
        """Create it for some secrets, which its repr does not show."""
        self._secrets = list(secrets)

    def __call__(self, told: Any) -> Any:
        """Return text, or lists and dictionaries of text, without the secrets."""
        return redact(told, self._secrets)


def _redacted(told: Any, secrets: Sequence[str]) -> Any:
    if isinstance(told, str):
        for secret in secrets:
            told = told.replace(secret, HIDDEN)
        return told
    if isinstance(told, dict):
        return {key: _redacted(value, secrets) for key, value in told.items()}
    if isinstance(told, (list, tuple)):
        return type(told)(_redacted(value, secrets) for value in told)
    return told
