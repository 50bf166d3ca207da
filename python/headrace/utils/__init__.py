"""Utilities, under the names that LangChain gives them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.utils.env import (
        from_env,
        get_from_dict_or_env,
        get_from_env,
        secret_from_env,
    )
    from headrace.utils.pydantic import pre_init

__all__ = ["from_env", "get_from_dict_or_env", "get_from_env", "pre_init", "secret_from_env"]

# Each name is loaded when it is first asked for, so that importing the package costs little.
_HOME = {**dict.fromkeys(__all__, "env"), "pre_init": "pydantic"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
