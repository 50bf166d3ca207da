"""What holds for the whole process: the cache of models' answers, and whether models tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.caches import BaseCache

__all__ = ["get_llm_cache", "get_verbose", "set_llm_cache", "set_verbose"]


class _Settings:
    """The settings; there is one object of it."""

    __slots__ = ("llm_cache", "verbose")

    def __init__(self) -> None:
        self.llm_cache: BaseCache | None = None
        self.verbose = False


_settings = _Settings()


def set_llm_cache(value: BaseCache | None) -> None:
    """Set the cache of all models that are not given one of their own.

    Args:
        value: The cache, or None for no cache.
    """
    _settings.llm_cache = value


def get_llm_cache() -> BaseCache | None:
    """Give the cache of all models that are not given one of their own."""
    return _settings.llm_cache


def set_verbose(value: bool) -> None:
    """Set whether models made from now on print what happens, where they are not told."""
    _settings.verbose = value


def get_verbose() -> bool:
    """Give whether models print what happens, where they are not told."""
    return _settings.verbose
