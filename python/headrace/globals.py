"""Process-wide settings: the cache of model answers, verbosity and debugging."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace.caches import BaseCache

__all__ = [
    "get_debug",
    "get_llm_cache",
    "get_verbose",
    "set_debug",
    "set_llm_cache",
    "set_verbose",
]


class _Settings:
    """The settings; there is one object of it."""

    __slots__ = ("debug", "llm_cache", "verbose")

    def __init__(self) -> None:
        self.llm_cache: BaseCache | None = None
        self.verbose = False
        self.debug = False


_settings = _Settings()


def set_llm_cache(value: BaseCache | None) -> None:
    """Set the cache of all models that are not given one of their own.

    Args:
        value: The cache, or None for no cache.
    """
    _settings.llm_cache = value


def get_llm_cache() -> BaseCache | None:
    """Return the cache used by models without their own cache."""
    return _settings.llm_cache


def set_verbose(value: bool) -> None:
    """Set the default verbosity of models created from now on."""
    _settings.verbose = value


def get_verbose() -> bool:
    """Return the default verbosity of models."""
    return _settings.verbose


def set_debug(value: bool) -> None:
    """Set whether a `ConsoleCallbackHandler` prints the events of every run."""
    _settings.debug = value


def get_debug() -> bool:
    """Return True if the events of every run are printed."""
    return _settings.debug
