"""Handing a configuration from a composition to its parts."""

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

__all__ = ["config_for", "knows_bare", "shown"]

_ENTRIES = ("invoke", "ainvoke", "stream", "astream", "transform", "atransform")


@lru_cache(maxsize=1024)
def knows_bare(kind: type) -> bool:
    """Whether all ways into a class are this package's own."""
    return all(
        (getattr(getattr(kind, entry), "__module__", None) or "").startswith("headrace.")
        for entry in _ENTRIES
    )


def shown(step: Runnable[Any, Any], config: RunnableConfig) -> RunnableConfig:
    """Make sure that `BARE` does not reach code outside this package."""
    if config is BARE and not knows_bare(type(step)):
        return plain(BARE)
    return config


def config_for(
    step: Runnable[Any, Any],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun | None,
    tag: str | None,
) -> RunnableConfig:
    """Give a part of a composition its configuration.

    Args:
        step: The part.
        config: What the composition's run hands down.
        run_manager: The composition's run, None where nobody observes.
        tag: A label for the part's run.

    Returns:
        The configuration, of the part's own where somebody observes.
    """
    if run_manager is None:
        return shown(step, config)
    return child_of(config, run_manager.get_child(tag))
