"""Caches that let a model reuse its earlier answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy
from headrace.caches.base import RETURN_VAL_TYPE, BaseCache

if TYPE_CHECKING:
    from headrace.caches.memory import InMemoryCache
    from headrace.caches.sqlite import SQLiteCache

__all__ = ["RETURN_VAL_TYPE", "BaseCache", "InMemoryCache", "SQLiteCache"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(__name__, memory="InMemoryCache", sqlite="SQLiteCache")
