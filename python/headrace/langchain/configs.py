"""Conversion of configs between LangChain and headrace, including handlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManager as TheirAsyncManager
from langchain_core.callbacks import CallbackManager as TheirManager
from langchain_core.callbacks.base import BaseCallbackManager as TheirBaseManager
from langchain_core.runnables import RunnableConfig as TheirConfig
from langchain_core.runnables.config import ensure_config as their_ensure_config
from langchain_core.runnables.config import (
    get_async_callback_manager_for_config as their_async_manager,
)
from langchain_core.runnables.config import get_callback_manager_for_config as their_manager
from langchain_core.runnables.config import var_child_runnable_config as their_ambient
from langchain_core.tracers._streaming import _StreamingCallbackHandler

from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.langchain.bridge import AsyncRunBridge, Bridge, RunBridge
from headrace.langchain.run_mirror import (
    AsyncRunMirror,
    AsyncStreamMirror,
    Mirror,
    RunMirror,
    StreamMirror,
)
from headrace.runnables.config import (
    BARE,
    DEFAULT_RECURSION_LIMIT,
    RunnableConfig,
    get_callback_manager_for_config,
    is_watched,
    resolve,
)

__all__ = ["config_from_langchain", "config_to_langchain"]

_SHARED_KEYS = (
    "tags",
    "metadata",
    "run_name",
    "run_id",
    "max_concurrency",
    "recursion_limit",
    "configurable",
)


def _copy_shared(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a config that have the same meaning in both libraries."""
    converted: dict[str, Any] = {}
    for key in _SHARED_KEYS:
        value = config.get(key)
        if value is None or value in ([], {}):
            continue
        if key == "recursion_limit" and value == DEFAULT_RECURSION_LIMIT:
            continue
        converted[key] = value.copy() if isinstance(value, (list, dict)) else value
    return converted


def config_to_langchain(config: RunnableConfig | None, *, is_async: bool) -> TheirConfig:
    """Return the config for a LangChain runnable that headrace runs.

    Unset keys are omitted, so that the config inherited by LangChain's own code still applies.

    Args:
        config: The caller's config, completed with the inherited config.
        is_async: True for an async method.

    Returns:
        The config. With callbacks, it contains a handler that mirrors LangChain's runs.
    """
    full = resolve(config)
    if full is BARE:
        return {}
    converted = cast("TheirConfig", _copy_shared(full))
    if not is_watched(full):
        return converted
    manager = get_callback_manager_for_config(full)
    outer = _outer_handlers(manager)
    others = [handler for handler in outer if isinstance(handler, _StreamingCallbackHandler)]
    streaming = bool(others) or any(_wants_chunks(handler) for handler in manager.handlers)
    kinds: tuple[Any, Any] = (
        (AsyncStreamMirror, AsyncRunMirror) if is_async else (StreamMirror, RunMirror)
    )
    handlers = [kinds[0 if streaming else 1](manager, others), *outer]
    converted["callbacks"] = (TheirAsyncManager if is_async else TheirManager)(
        handlers=handlers,
        inheritable_handlers=handlers.copy(),
        parent_run_id=_outer_parent() if outer else manager.parent_run_id,
        tags=manager.tags.copy(),
        inheritable_tags=manager.inheritable_tags.copy(),
        metadata=manager.metadata.copy(),
        inheritable_metadata=manager.inheritable_metadata.copy(),
    )
    return converted


def _wants_chunks(handler: Any) -> bool:
    """Return True if a handler needs chunks, so that models stream even when invoked."""
    return bool(getattr(handler, "wants_tokens", False)) or bool(
        getattr(handler, "watches_streams", False)
    )


def _outer_handlers(manager: Any) -> list[Any]:
    """Return LangChain's inherited handlers that a bridge does not already notify."""
    callbacks = (their_ambient.get() or {}).get("callbacks")
    if not callbacks:
        return []
    handlers = callbacks.handlers if isinstance(callbacks, TheirBaseManager) else callbacks
    notified = [
        one for h in manager.handlers if isinstance(h, Bridge) for one in h.manager.handlers
    ]
    return [h for h in handlers if not isinstance(h, Mirror) and h not in notified]


def _outer_parent() -> Any:
    return getattr((their_ambient.get() or {}).get("callbacks"), "parent_run_id", None)


def config_from_langchain(config: TheirConfig | None, *, is_async: bool) -> RunnableConfig:
    """Return the config for a headrace runnable that LangChain runs.

    Args:
        config: The caller's config, completed with the config that LangChain's step passes on.
        is_async: True for an async method.

    Returns:
        The config. With callbacks, it contains a bridge that notifies LangChain's handlers.
    """
    full = their_ensure_config(config)
    converted = cast("RunnableConfig", _copy_shared(full))
    manager: Any = (their_async_manager if is_async else their_manager)(full)
    if not manager.handlers:
        return converted
    bridge = [(AsyncRunBridge if is_async else RunBridge)(manager)]
    converted["callbacks"] = (AsyncCallbackManager if is_async else CallbackManager)(
        handlers=[*bridge],
        inheritable_handlers=[*bridge],
        parent_run_id=manager.parent_run_id,
        tags=manager.tags.copy(),
        inheritable_tags=manager.inheritable_tags.copy(),
        metadata=manager.metadata.copy(),
        inheritable_metadata=manager.inheritable_metadata.copy(),
    )
    return converted
