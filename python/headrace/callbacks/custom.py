"""Custom events of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.context import var_child_runnable_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


__all__ = ["adispatch_custom_event", "dispatch_custom_event"]

_OUTSIDE = (
    "Unable to dispatch an adhoc event without a parent run id. This function can only be called "
    "from inside a run, such as a function that is a step of a chain; on another thread than "
    "that of the step, pass it the step's `config`."
)


def _parent(config: Mapping[str, Any] | None) -> tuple[Any, UUID | None]:
    """Return the callbacks to notify, or None, and the run of the event.

    Raises:
        RuntimeError: If there is no run.
    """
    inherited = var_child_runnable_config.get()
    # the configuration of a tool at the root is its caller's, and names no run
    for one in (config, inherited):
        callbacks = (one or {}).get("callbacks")
        if isinstance(callbacks, BaseCallbackManager) and callbacks.parent_run_id is not None:
            return callbacks, callbacks.parent_run_id
    if inherited is None or inherited.get("callbacks") is not None:
        raise RuntimeError(_OUTSIDE)
    return None, None


def dispatch_custom_event(name: str, data: Any, *, config: Mapping[str, Any] | None = None) -> None:
    """Emit a custom event from the running step.

    Args:
        name: The name of the event.
        data: The payload, of any type.
        config: The config of the step. Needed only if the context is not inherited, such as in
            threads that you start yourself.

    Raises:
        RuntimeError: If it is called outside a run.
    """
    from headrace.callbacks.callback_manager import CallbackManager

    callbacks, run_id = _parent(config)
    if callbacks is not None and callbacks.handlers:
        CallbackManager.configure(callbacks).on_custom_event(name, data, run_id=run_id)


async def adispatch_custom_event(
    name: str, data: Any, *, config: Mapping[str, Any] | None = None
) -> None:
    """Emit a custom event from the running step; async version of `dispatch_custom_event`.

    Args:
        name: The name of the event.
        data: The payload, of any type.
        config: The config of the step. Needed only if the context is not inherited, such as in
            threads that you start yourself.

    Raises:
        RuntimeError: If it is called outside a run.
    """
    from headrace.callbacks.callback_manager import AsyncCallbackManager

    callbacks, run_id = _parent(config)
    if callbacks is not None and callbacks.handlers:
        await AsyncCallbackManager.configure(callbacks).on_custom_event(name, data, run_id=run_id)
