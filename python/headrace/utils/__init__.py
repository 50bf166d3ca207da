"""Utilities, under the names that LangChain gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.utils.env import (
        from_env,
        get_from_dict_or_env,
        get_from_env,
        secret_from_env,
    )
    from headrace.utils.pydantic import pre_init

__all__ = ["from_env", "get_from_dict_or_env", "get_from_env", "pre_init", "secret_from_env"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        env="from_env get_from_dict_or_env get_from_env secret_from_env",
        pydantic="pre_init",
    )
