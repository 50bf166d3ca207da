"""Handing a configuration from a composition to its parts."""

from __future__ import annotations

from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any

from headrace.runnables.config import BARE, RunnableConfig, child_of, plain

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = ["config_for", "knows_bare", "shown"]

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
"""The entries of each class, whether all are this package's, whether objects have a `__dict__`."""
_LIMIT = 1024


def knows_bare(kind: type) -> bool:
    """Return whether all ways into a class are this package's own."""
    return _known_of(kind)[1]


def _known_of(kind: type) -> tuple[tuple[Any, ...], bool, bool]:
    # Methods may be replaced at any time, so the entries are compared again on each call.
    entries = _entries_of(kind)
    known = _known.get(kind)
    if known is None or known[0] != entries:
        if len(_known) >= _LIMIT:
            _known.clear()
        has_dict = any("__dict__" in base.__dict__ for base in kind.__mro__)
        known = _known[kind] = entries, all(map(_is_own, entries)), has_dict
    return known


def _is_own(entry: Any) -> bool:
    """Return whether a method is this package's own.

    A wrapper made by `functools.wraps` has the module name of the wrapped function, but its own
    globals.
    """
    module = getattr(entry, "__globals__", {}).get("__name__") or ""
    return isinstance(entry, FunctionType) and f"{module}.".startswith("headrace.")


def shown(step: Runnable[Any, Any], config: RunnableConfig) -> RunnableConfig:
    """Return the configuration to give to a step: `BARE` only to classes of this package."""
    if config is BARE:
        _, is_own, has_dict = _known_of(type(step))
        # one object may have a method of its own, too
        if not is_own or (has_dict and not vars(step).keys().isdisjoint(_ENTRIES)):
            return plain(BARE)
    return config


def config_for(
    step: Runnable[Any, Any],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun | None,
    tag: str | None,
) -> RunnableConfig:
    """Return the configuration for a part of a composition.

    Args:
        step: The part.
        config: The configuration that the run of the composition passes on.
        run_manager: The run of the composition; None without observers.
        tag: A label for the part's run.

    Returns:
        The configuration; with observers, one that belongs to this part.
    """
    if run_manager is None:
        return shown(step, config)
    return child_of(config, run_manager.get_child(tag))
