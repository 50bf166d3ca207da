"""Packages that only some providers need."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["load_extra", "require_extra"]


def require_extra(package: str, *, extra: str, user: str) -> None:
    """Check that a package is installed, without importing it.

    Args:
        package: The name of the package to import.
        extra: The extra of headrace that installs it.
        user: The class that needs it, for the message.

    Raises:
        ImportError: If it is not installed; the message explains how to install it.
    """
    if find_spec(package) is None:
        raise ImportError(_missing(package, extra, user), name=package)


def load_extra(package: str, *, extra: str, user: str) -> Any:
    """Import a package that may not be installed.

    Args:
        package: The name of the package to import.
        extra: The extra of headrace that installs it.
        user: The class that needs it, for the message.

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed; the message explains how to install it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ImportError(_missing(package, extra, user), name=package) from error


def _missing(package: str, extra: str, user: str) -> str:
    return f"{user} needs the package {package}: pip install 'headrace[{extra}]'"
