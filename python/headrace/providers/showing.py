"""The repr of a provider's model, with asterisks instead of secrets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.utils.secrets import HIDDEN, hide_secrets, is_secret_name

__all__ = ["shown_fields"]


def shown_fields(fields: Iterable[tuple[str | None, Any]]) -> list[tuple[str | None, Any]]:
    """Return the fields of a model's repr without the secrets in them.

    Args:
        fields: What `__repr_args__` returns.
    """
    return [(name, _shown(value, name or "")) for name, value in fields]


def _shown(value: Any, name: str) -> Any:
    # A function that returns a key may have one in its repr.
    if callable(value) and is_secret_name(name):
        return HIDDEN
    return hide_secrets(value, name)
