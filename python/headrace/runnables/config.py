"""`RunnableConfig`: the config of a run, and how configs are merged and inherited.

A run gets its config from three sources: the `config` argument, the running step
(`var_child_runnable_config`) and `with_config`. `ensure_config` merges the first two,
`merge_configs` adds the third.

Most runs have neither callbacks nor any config. They share `BARE`, an empty config that chains
recognize by identity instead of merging dicts at each step. `BARE` is not passed to code outside
this package, which gets a copy from `plain`. It is only visible in `var_child_runnable_config`, and
it is read-only.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from typing_extensions import TypedDict

from headrace._lazy import lazy
from headrace.callbacks.base import BaseCallbackManager, Callbacks
from headrace.callbacks.context import has_ambient_handlers, var_child_runnable_config
from headrace.runnables.frozen import FrozenConfig
from headrace.utils.executor import run_in_executor
from headrace.utils.secrets import is_secret_name

if TYPE_CHECKING:
    from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
    from headrace.utils.thread_pool import ContextThreadPoolExecutor, get_executor_for_config
else:
    __getattr__, __dir__ = lazy(
        __name__,
        **{"headrace.utils.thread_pool": "ContextThreadPoolExecutor get_executor_for_config"},
    )

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
    """The config of a run."""

    # What pydantic reads: handlers and managers are classes it does not know.
    __pydantic_config__ = {"arbitrary_types_allowed": True}  # type: ignore[misc]  # noqa: RUF012

    tags: list[str]
    """Tags of this run and its child runs."""
    metadata: dict[str, Any]
    """Metadata of this run and its child runs."""
    callbacks: Callbacks
    """Handlers, or a callback manager, for this run and its child runs."""
    run_name: str
    """The name of this run; child runs do not inherit it."""
    max_concurrency: int | None
    """The maximum number of concurrent runs of a batch or a parallel step; None for unlimited."""
    recursion_limit: int
    """The maximum depth of functions that return runnables."""
    configurable: dict[str, Any]
    """Values for configurable fields and alternatives."""
    run_id: UUID | None
    """The id of this run; child runs do not inherit it."""


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
"""Configurable values that are added to the metadata, as in LangChain."""


def _empty() -> RunnableConfig:
    return {
        "tags": [],
        "metadata": {},
        "callbacks": None,
        "recursion_limit": DEFAULT_RECURSION_LIMIT,
        "configurable": {},
    }


BARE: RunnableConfig = cast("RunnableConfig", FrozenConfig(_empty))
"""The empty config of runs without callbacks. Compare it by identity."""


def _overlay(target: Any, config: Mapping[str, Any], over: Mapping[str, Any] | None = None) -> None:
    """Update `target` with `config`; containers are copied and None values are skipped.

    Args:
        target: The config to update.
        config: The new values.
        over: The config that will be applied next, whose keys need not be copied now.
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
    """Complete a config with the inherited config and with defaults.

    Args:
        config: The caller's config. Keys that are not part of `RunnableConfig` are moved to
            `configurable`.

    Returns:
        A new config with all keys except optional ones.
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
    """Return True if runs with `config` have handlers."""
    callbacks = config.get("callbacks")
    if callbacks and (not isinstance(callbacks, BaseCallbackManager) or callbacks.handlers):
        return True
    return has_ambient_handlers()


def _is_bare(config: RunnableConfig) -> bool:
    """Return True if a complete config is empty."""
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
    """Complete `config` like `ensure_config`, or return `BARE` if the result is empty."""
    if config is BARE:
        return BARE
    if not config:
        ambient = var_child_runnable_config.get()
        if (ambient is None or ambient is BARE) and not has_ambient_handlers():
            return BARE
    full = ensure_config(config)
    return BARE if _is_bare(full) else full


def plain(config: RunnableConfig) -> RunnableConfig:
    """Return a config that code outside this package may keep and change."""
    return _empty() if config is BARE else config


def child_of(
    config: RunnableConfig, callbacks: BaseCallbackManager | None = None
) -> RunnableConfig:
    """Return the config that child runs inherit: without the name and id of the run."""
    child = config.copy()
    child.pop("run_name", None)
    child.pop("run_id", None)
    if callbacks is not None:
        child["callbacks"] = callbacks
    return child


def get_config_list(
    config: RunnableConfig | Sequence[RunnableConfig] | None, length: int
) -> list[RunnableConfig]:
    """Return a complete config for each input of a batch.

    Args:
        config: One config for all inputs, or a list with one for each.
        length: The number of inputs.

    Returns:
        A list of configs. A `run_id` in a shared config applies only to the first input.

    Raises:
        ValueError: If `length` is negative or differs from the length of the list.
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
    """Complete a config and replace some of its values.

    Args:
        config: The config to start from; it is not changed.
        callbacks: The manager to use instead. The name and id are dropped, since it belongs to
            another run.
        recursion_limit: The limit to use instead.
        max_concurrency: The limit to use instead.
        run_name: The name to use instead.
        configurable: Values to add to `configurable`.

    Returns:
        A new config.
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
    # The only key whose values are merged: each package adds its own version.
    mine, theirs = base.get("lc_versions"), other.get("lc_versions")
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        merged["lc_versions"] = {**mine, **theirs}
    return merged


def _merge_callbacks(base: Callbacks, other: Callbacks) -> Callbacks:
    """Merge two sets of handlers, keeping the parent run and the tags of a manager."""
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
    """Merge configs; later ones take precedence.

    Args:
        *configs: The configs. None is skipped; the others are completed first.

    Returns:
        A new config: sorted unique tags, merged metadata and configurable values, and all handlers.
        For the other keys, the last value is used.
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
    """Create the callback manager that starts a run with a config.

    Args:
        config: A complete config.

    Returns:
        A manager with the handlers, tags and metadata of the config, all inheritable.
    """
    from headrace.callbacks.callback_manager import CallbackManager

    return CallbackManager.configure(
        inheritable_callbacks=config.get("callbacks"),
        inheritable_tags=config.get("tags"),
        inheritable_metadata=config.get("metadata"),
        langsmith_inheritable_metadata=_traced_metadata(config),
    )


def get_async_callback_manager_for_config(config: RunnableConfig) -> AsyncCallbackManager:
    """Create the callback manager that starts an async run with a config.

    Args:
        config: A complete config.

    Returns:
        A manager with the handlers, tags and metadata of the config, all inheritable.
    """
    from headrace.callbacks.callback_manager import AsyncCallbackManager

    return AsyncCallbackManager.configure(
        inheritable_callbacks=config.get("callbacks"),
        inheritable_tags=config.get("tags"),
        inheritable_metadata=config.get("metadata"),
        langsmith_inheritable_metadata=_traced_metadata(config),
    )


@contextmanager
def set_config_context(config: RunnableConfig) -> Iterator[Context]:
    """Create a context in which a config is inherited.

    Args:
        config: The config.

    Yields:
        A copy of this context; calls through `context.run(...)` inherit the config.
    """
    context = copy_context()
    context.run(var_child_runnable_config.set, config)
    yield context
