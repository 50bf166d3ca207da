"""Environment variables as defaults."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["from_env"]


def from_env(key: str, *, default: str | None = None) -> Callable[[], str | None]:
    """Give a function that reads an environment variable: the default factory of a field.

    Args:
        key: The variable.
        default: What it gives where the variable is not set.

    Returns:
        The function.
    """
    return lambda: os.environ.get(key, default)
