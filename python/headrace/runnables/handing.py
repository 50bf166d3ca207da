"""Passing a config from a composition to its parts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from headrace.runnables.config import BARE, RunnableConfig, child_of, plain

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = ["config_for", "knows_bare", "without_bare"]

_ENTRIES = ("invoke", "ainvoke", "stream", "astream", "transform", "atransform")


@lru_cache(maxsize=1024)
def knows_bare(kind: type) -> bool:
    """Return True if all entry points of a class are defined by this package."""
    return all(
        (getattr(getattr(kind, entry), "__module__", None) or "").startswith("headrace.")
        for entry in _ENTRIES
    )


def without_bare(step: Runnable[Any, Any], config: RunnableConfig) -> RunnableConfig:
    """Return `config`, or a real config instead of `BARE` for code outside this package."""
    if config is BARE and not knows_bare(type(step)):
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
