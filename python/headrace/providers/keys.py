"""Keys: where they come from, and how they stay secret."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

from headrace.exceptions import MissingKeyError
from headrace.utils.secrets import HIDDEN

__all__ = ["HIDDEN", "Redaction", "find_key", "redact", "require_key"]

_SHORTEST = 6
"""Shorter values are no keys; hiding them would hide ordinary words."""


def find_key(given: SecretStr | str | None, variables: Sequence[str]) -> SecretStr | None:
    """Give a key: the one given, else that of the first variable that is set.

    Args:
        given: The key, where it was given.
        variables: Environment variables.

    Returns:
        The key, or None where there is none.
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
    """Give a key, which must be there; see `find_key`.

    Args:
        given: The key, where it was given.
        variables: Environment variables.
        user: Who needs it.
        argument: How it is given.

    Returns:
        The key.

    Raises:
        MissingKeyError: If there is none; the message names the variables.
    """
    key = find_key(given, variables)
    if key is None:
        named = " or ".join(variables)
        raise MissingKeyError(
            f"{user} has no key: set the environment variable {named}, or give `{argument}`"
        )
    return key


def redact(told: Any, secrets: Sequence[str]) -> Any:
    """Give what was told without the keys in it.

    Args:
        told: A text, or lists and dictionaries of texts; anything else is left as it is.
        secrets: The keys.

    Returns:
        The same, a key being replaced by asterisks.
    """
    hidden = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return _redacted(told, hidden) if hidden else told


class Redaction:
    """Removes the secrets of a model from what is said about one of its errors."""

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
