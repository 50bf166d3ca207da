"""Passing a config from a composition to its parts."""

from __future__ import annotations

from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any

from headrace.runnables.config import BARE, RunnableConfig, child_of, plain

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = ["config_for", "knows_bare", "without_bare"]

_ENTRIES = (
    "invoke",
    "ainvoke",
    "stream",
    "astream",
    "transform",
    "atransform",
    "batch",
    "abatch",
)
_entries_of = attrgetter(*_ENTRIES)
_known: dict[type, tuple[tuple[Any, ...], bool, bool]] = {}
"""The entry points of each class, if all are from this package, and if it has a `__dict__`."""
_LIMIT = 1024


def knows_bare(kind: type) -> bool:
    """Return True if all entry points of a class are defined by this package."""
    return _known_of(kind)[1]


def _known_of(kind: type) -> tuple[tuple[Any, ...], bool, bool]:
    # Methods may be replaced at any time, so the cached entry points are compared again.
    entries = _entries_of(kind)
    known = _known.get(kind)
    if known is None or known[0] != entries:
        if len(_known) >= _LIMIT:
            _known.clear()
        has_dict = any("__dict__" in base.__dict__ for base in kind.__mro__)
        known = _known[kind] = entries, all(map(_is_own, entries)), has_dict
    return known


def _is_own(entry: Any) -> bool:
    """Return True if a method is defined by this package.

    A `functools.wraps` wrapper has the module name of the wrapped function, but its own globals.
    """
    module = getattr(entry, "__globals__", {}).get("__name__") or ""
    return isinstance(entry, FunctionType) and f"{module}.".startswith("headrace.")


def without_bare(step: Runnable[Any, Any], config: RunnableConfig) -> RunnableConfig:
    """Return the config to pass to a step: `BARE` only for classes of this package."""
    if config is BARE:
        _, is_own, has_dict = _known_of(type(step))
        # An instance may override a method, too.
        if not is_own or (has_dict and not vars(step).keys().isdisjoint(_ENTRIES)):
            return plain(BARE)
    return config


def config_for(
    step: Runnable[Any, Any],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun | None,
    tag: str | None,
) -> RunnableConfig:
    """Return the config for a part of a composition.

    Args:
        step: The part.
        config: The config that child runs of the composition inherit.
        run_manager: The run of the composition; None without callbacks.
        tag: A tag for the run of the part.

    Returns:
        The config; with callbacks, one for this part alone.
    """
    if run_manager is None:
        return without_bare(step, config)
    return child_of(config, run_manager.get_child(tag))
