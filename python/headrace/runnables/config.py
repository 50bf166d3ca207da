"""`RunnableConfig`: what a caller may say about a run, how it is merged, and how it is inherited.

A configuration reaches a run in three ways: as the `config` argument, from the step that is running
(`var_child_runnable_config`), or from what `with_config` bound. `ensure_config` brings the first
two together, `merge_configs` the third.

Most runs of a busy program are watched by nobody and carry nothing. They are given `BARE`, one
shared configuration that says just that, so that a chain recognises it by identity instead of
building and merging dictionaries at each step. `BARE` never reaches code outside this package:
`plain` makes a real one of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, TypedDict, cast

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.context import has_ambient_handlers, var_child_runnable_config
from headrace.runnables.executor import (
    ContextThreadPoolExecutor,
    get_executor_for_config,
    run_in_executor,
)
from headrace.utils.secrets import is_secret_name

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager

__all__ = [
    "BARE",
    "CONFIG_KEYS",
    "DEFAULT_RECURSION_LIMIT",
    "ContextThreadPoolExecutor",
    "RunnableConfig",
    "ensure_config",
    "get_async_callback_manager_for_config",
    "get_callback_manager_for_config",
    "get_config_list",
    "get_executor_for_config",
    "is_watched",
    "merge_configs",
    "patch_config",
    "plain",
    "resolve",
    "run_in_executor",
    "set_config_context",
    "var_child_runnable_config",
]

DEFAULT_RECURSION_LIMIT = 25


class RunnableConfig(TypedDict, total=False):
    """What a caller may say about a run."""

    tags: list[str]
    """Labels of this run and of those below it."""
    metadata: dict[str, Any]
    """Facts about this run and those below it, for whoever observes them."""
    callbacks: Callbacks
    """Handlers, or a manager of handlers, for this run and those below it."""
    run_name: str
    """The name of this run alone."""
    max_concurrency: int | None
    """How many runs a batch or a parallel step may have going at once; None is no limit."""
    recursion_limit: int
    """How often a function may answer with a runnable that is run in its place."""
    configurable: dict[str, Any]
    """Values for the fields and alternatives that were made configurable."""
    run_id: UUID | None
    """The id of this run alone."""


CONFIG_KEYS = (
    "tags",
    "metadata",
    "callbacks",
    "run_name",
    "max_concurrency",
    "recursion_limit",
    "configurable",
    "run_id",
)
_KNOWN = frozenset(CONFIG_KEYS)
_COPIED = frozenset({"tags", "metadata", "callbacks", "configurable"})
_SHOWN_IN_METADATA = ("model", "checkpoint_ns")
"""Configurable values that are metadata too, as observers of the reference find them."""


def _empty() -> RunnableConfig:
    return {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": DEFAULT_RECURSION_LIMIT,
        "configurable": {},
    }


BARE: RunnableConfig = _empty()
"""The configuration of a run that carries nothing and that nobody watches. Compared by identity."""


def _overlay(target: Any, config: Mapping[str, Any], over: Mapping[str, Any] | None = None) -> None:
    """Put what `config` says over `target`; containers are copied, None says nothing.

    Args:
        target: What is changed.
        config: What is put there.
        over: What will be put there next, and hides the keys that it has too.
    """
    unknown: dict[str, Any] | None = None
    for key, value in config.items():
        if value is None or (over is not None and over.get(key) is not None):
            continue
        if key in _COPIED:
            target[key] = value.copy() if hasattr(value, "copy") else value
        elif key in _KNOWN:
            target[key] = value
        else:
            if unknown is None:
                unknown = {}
            unknown[key] = value
    if unknown is not None:
        target["configurable"].update(unknown)


def ensure_config(config: RunnableConfig | None = None) -> RunnableConfig:
    """Complete a configuration with what the running step hands down, and with defaults.

    Args:
        config: What the caller said. Keys that are no part of `RunnableConfig` go to
            `configurable`.

    Returns:
        A new configuration that has every key but the optional ones.
    """
    full = _empty()
    ambient = var_child_runnable_config.get()
    if ambient is not None and ambient is not BARE:
        _overlay(full, ambient, config)
    if config:
        _overlay(full, config)
    configurable = full["configurable"]
    if configurable:
        for key in _SHOWN_IN_METADATA:
            value = configurable.get(key)
            if isinstance(value, (str, int, float, bool)) and key not in full["metadata"]:
                full["metadata"][key] = value
    return full


def is_watched(config: RunnableConfig) -> bool:
    """Whether anybody observes the runs that are started with `config`."""
    callbacks = config.get("callbacks")
    if callbacks and (not isinstance(callbacks, BaseCallbackManager) or callbacks.handlers):
        return True
    return has_ambient_handlers()


def _is_bare(config: RunnableConfig) -> bool:
    """Whether a complete configuration says nothing at all."""
    callbacks = config.get("callbacks")
    return not (
        callbacks
        or config["tags"]
        or config["metadata"]
        or config["configurable"]
        or config["recursion_limit"] != DEFAULT_RECURSION_LIMIT
        or "run_id" in config
        or config.get("max_concurrency") is not None
        or has_ambient_handlers()
    )


def resolve(config: RunnableConfig | None) -> RunnableConfig:
    """Complete `config` as `ensure_config` does, or give `BARE` where it comes to nothing."""
    if config is BARE:
        return BARE
    if not config:
        ambient = var_child_runnable_config.get()
        if (ambient is None or ambient is BARE) and not has_ambient_handlers():
            return BARE
    full = ensure_config(config)
    return BARE if _is_bare(full) else full


def plain(config: RunnableConfig) -> RunnableConfig:
    """Give code outside of this package a configuration it may keep and change."""
    return _empty() if config is BARE else config


def child_of(
    config: RunnableConfig, callbacks: BaseCallbackManager | None = None
) -> RunnableConfig:
    """Give what the runs below inherit of a configuration: all but its run's name and id."""
    child = config.copy()
    child.pop("run_name", None)
    child.pop("run_id", None)
    if callbacks is not None:
        child["callbacks"] = callbacks
    return child


def get_config_list(
    config: RunnableConfig | Sequence[RunnableConfig] | None, length: int
) -> list[RunnableConfig]:
    """Give each input of a batch its own complete configuration.

    Args:
        config: One configuration for all inputs, or a list with one for each.
        length: How many inputs there are.

    Returns:
        As many configurations as inputs. A `run_id` given for all goes to the first alone.

    Raises:
        ValueError: If `length` is negative, or a list has another length.
    """
    if length < 0:
        raise ValueError(f"length must be >= 0, but got {length}")
    if isinstance(config, Sequence):
        if len(config) != length:
            raise ValueError(
                f"config must be a list of the same length as inputs, "
                f"but got {len(config)} configs for {length} inputs"
            )
        return [ensure_config(one) for one in config]
    if length > 1 and config is not None and config.get("run_id") is not None:
        warnings.warn(
            "Provided run_id be used only for the first element of the batch.",
            RuntimeWarning,
            stacklevel=3,
        )
        rest = cast("RunnableConfig", {k: v for k, v in config.items() if k != "run_id"})
        return [ensure_config(config if i == 0 else rest) for i in range(length)]
    return [ensure_config(config) for _ in range(length)]


def patch_config(
    config: RunnableConfig | None,
    *,
    callbacks: BaseCallbackManager | None = None,
    recursion_limit: int | None = None,
    max_concurrency: int | None = None,
    run_name: str | None = None,
    configurable: dict[str, Any] | None = None,
) -> RunnableConfig:
    """Complete a configuration and change parts of it.

    Args:
        config: The configuration to start from; it is not changed.
        callbacks: The manager to use instead. Since it stands for another run, name and id are
            dropped.
        recursion_limit: The limit to use instead.
        max_concurrency: The limit to use instead.
        run_name: The name to use instead.
        configurable: Values to add to `configurable`.

    Returns:
        A new configuration.
    """
    patched = ensure_config(config)
    if callbacks is not None:
        patched["callbacks"] = callbacks
        patched.pop("run_name", None)
        patched.pop("run_id", None)
    if recursion_limit is not None:
        patched["recursion_limit"] = recursion_limit
    if max_concurrency is not None:
        patched["max_concurrency"] = max_concurrency
    if run_name is not None:
        patched["run_name"] = run_name
    if configurable is not None:
        patched["configurable"] = {**patched["configurable"], **configurable}
    return patched


def _merge_metadata(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**base, **other}
    # the one key whose values are themselves merged: each package adds its own version
    mine, theirs = base.get("lc_versions"), other.get("lc_versions")
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        merged["lc_versions"] = {**mine, **theirs}
    return merged


def _merge_callbacks(base: Callbacks, other: Callbacks) -> Callbacks:
    """Join two sets of handlers; the parent run and the tags of a manager are kept."""
    if other is None:
        return base
    if base is None:
        return other.copy()
    if isinstance(other, list):
        if isinstance(base, list):
            return base + other
        joined = base.copy()
        for handler in other:
            joined.add_handler(handler, inherit=True)
        return joined
    if isinstance(base, list):
        joined = other.copy()
        for handler in base:
            joined.add_handler(handler, inherit=True)
        return joined
    return base.merge(other)


def merge_configs(*configs: RunnableConfig | None) -> RunnableConfig:
    """Merge configurations, the later ones over the earlier.

    Args:
        *configs: Configurations; None is skipped, the others are completed first.

    Returns:
        A new configuration: tags united and sorted, metadata and configurable values joined,
        handlers of all; of the rest, the last value given.
    """
    base: dict[str, Any] = {}
    for config in configs:
        if config is None:
            continue
        full = _empty() if config is BARE else ensure_config(config)
        for key, value in full.items():
            if key == "metadata":
                base[key] = _merge_metadata(base.get(key, {}), cast("dict[str, Any]", value))
            elif key == "tags":
                base[key] = sorted({*base.get(key, ()), *cast("list[str]", value)})
            elif key == "configurable":
                base[key] = {**base.get(key, {}), **cast("dict[str, Any]", value)}
            elif key == "callbacks":
                merged = _merge_callbacks(base.get(key), cast("Callbacks", value))
                if merged is not None:
                    base[key] = merged
            elif key != "recursion_limit" or value != DEFAULT_RECURSION_LIMIT:
                base[key] = value
    return cast("RunnableConfig", base)


def _traced_metadata(config: RunnableConfig) -> dict[str, Any] | None:
    """Return the configurable values that tracers see as metadata."""
    configurable, metadata = config.get("configurable"), config.get("metadata") or {}
    if not configurable:
        return None
    return {
        key: value
        for key, value in configurable.items()
        if isinstance(value, (str, int, float, bool))
        and key not in metadata
        and not key.startswith("__")
        and not is_secret_name(key)
    }


def get_callback_manager_for_config(config: RunnableConfig) -> CallbackManager:
    """Make the manager through which a run with this configuration is started.

    Args:
        config: A complete configuration.

    Returns:
        A manager with the handlers, tags and metadata of the configuration, all inheritable.
    """
    from headrace.callbacks.managers import CallbackManager

    return CallbackManager.configure(
        inheritable_callbacks=config.get("callbacks"),
        inheritable_tags=config.get("tags"),
        inheritable_metadata=config.get("metadata"),
        langsmith_inheritable_metadata=_traced_metadata(config),
    )


def get_async_callback_manager_for_config(config: RunnableConfig) -> AsyncCallbackManager:
    """Make the manager through which an asynchronous run with this configuration is started.

    Args:
        config: A complete configuration.

    Returns:
        A manager with the handlers, tags and metadata of the configuration, all inheritable.
    """
    from headrace.callbacks.managers import AsyncCallbackManager

    return AsyncCallbackManager.configure(
        inheritable_callbacks=config.get("callbacks"),
        inheritable_tags=config.get("tags"),
        inheritable_metadata=config.get("metadata"),
        langsmith_inheritable_metadata=_traced_metadata(config),
    )


@contextmanager
def set_config_context(config: RunnableConfig) -> Iterator[Context]:
    """Make a context in which a configuration is inherited.

    Args:
        config: The configuration.

    Yields:
        A copy of this context; what `context.run(...)` calls in it inherits the configuration.
    """
    context = copy_context()
    context.run(var_child_runnable_config.set, config)
    yield context
