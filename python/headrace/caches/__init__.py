"""Caches: what a model answered before, so that it need not be asked again."""

from headrace.caches.base import RETURN_VAL_TYPE, BaseCache
from headrace.caches.memory import InMemoryCache
from headrace.caches.sqlite import SQLiteCache

__all__ = ["RETURN_VAL_TYPE", "BaseCache", "InMemoryCache", "SQLiteCache"]
