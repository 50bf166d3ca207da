"""Configurations of one library as those of the other, handlers and all."""

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

from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.langchain.bridge import AsyncRunBridge, Bridge, RunBridge
from headrace.langchain.mirror import (
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

_CARRIED = (
    "tags",
    "metadata",
    "run_name",
    "run_id",
    "max_concurrency",
    "recursion_limit",
    "configurable",
)


def _carried(config: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a configuration says that both libraries mean the same by."""
    made: dict[str, Any] = {}
    for key in _CARRIED:
        value = config.get(key)
        if value is None or value in ([], {}):
            continue
        if key == "recursion_limit" and value == DEFAULT_RECURSION_LIMIT:
            continue
        made[key] = value.copy() if isinstance(value, (list, dict)) else value
    return made


def config_to_langchain(config: RunnableConfig | None, *, is_async: bool) -> TheirConfig:
    """Give the configuration for a runnable of LangChain's that is run here.

    What is not said is left out, so that what LangChain's own code hands down still counts.

    Args:
        config: What the caller said; what the running step hands down is added.
        is_async: Whether it is for an asynchronous method.

    Returns:
        The configuration. Where somebody observes, its callbacks mirror LangChain's runs here.
    """
    full = resolve(config)
    if full is BARE:
        return {}
    made = cast("TheirConfig", _carried(full))
    if not is_watched(full):
        return made
    manager = get_callback_manager_for_config(full)
    outer = _outer_handlers(manager)
    others = [handler for handler in outer if isinstance(handler, _StreamingCallbackHandler)]
    streaming = bool(others) or any(_wants_chunks(handler) for handler in manager.handlers)
    kinds: tuple[Any, Any] = (
        (AsyncStreamMirror, AsyncRunMirror) if is_async else (StreamMirror, RunMirror)
    )
    handlers = [kinds[0 if streaming else 1](manager, others), *outer]
    made["callbacks"] = (TheirAsyncManager if is_async else TheirManager)(
        handlers=handlers,
        inheritable_handlers=handlers.copy(),
        parent_run_id=_outer_parent() if outer else manager.parent_run_id,
        tags=manager.tags.copy(),
        inheritable_tags=manager.inheritable_tags.copy(),
        metadata=manager.metadata.copy(),
        inheritable_metadata=manager.inheritable_metadata.copy(),
    )
    return made


def _wants_chunks(handler: Any) -> bool:
    """Whether a handler may want chunks, and models to stream where they are asked for all."""
    return bool(getattr(handler, "wants_tokens", False)) or bool(
        getattr(handler, "watches_streams", False)
    )


def _outer_handlers(manager: Any) -> list[Any]:
    """Give LangChain's own handlers that are at work around this, and not told by a bridge."""
    callbacks = (their_ambient.get() or {}).get("callbacks")
    if not callbacks:
        return []
    handlers = callbacks.handlers if isinstance(callbacks, TheirBaseManager) else callbacks
    told = [one for h in manager.handlers if isinstance(h, Bridge) for one in h.manager.handlers]
    return [h for h in handlers if not isinstance(h, Mirror) and h not in told]


def _outer_parent() -> Any:
    return getattr((their_ambient.get() or {}).get("callbacks"), "parent_run_id", None)


def config_from_langchain(config: TheirConfig | None, *, is_async: bool) -> RunnableConfig:
    """Give the configuration for a runnable of this library that LangChain's code runs.

    Args:
        config: What the caller said; what LangChain's running step hands down is added.
        is_async: Whether it is for an asynchronous method.

    Returns:
        The configuration. Where somebody observes, its callbacks tell LangChain's handlers.
    """
    full = their_ensure_config(config)
    made = cast("RunnableConfig", _carried(full))
    manager: Any = (their_async_manager if is_async else their_manager)(full)
    if not manager.handlers:
        return made
    bridge = [(AsyncRunBridge if is_async else RunBridge)(manager)]
    made["callbacks"] = (AsyncCallbackManager if is_async else CallbackManager)(
        handlers=[*bridge],
        inheritable_handlers=[*bridge],
        parent_run_id=manager.parent_run_id,
        tags=manager.tags.copy(),
        inheritable_tags=manager.inheritable_tags.copy(),
        metadata=manager.metadata.copy(),
        inheritable_metadata=manager.inheritable_metadata.copy(),
    )
    return made
