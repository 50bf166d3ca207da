"""Context variables that runnables inherit from the running step.

They hold the config of the active run, and the handlers that a `with` block adds to each run
started inside it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.callbacks.base import BaseCallbackHandler

__all__ = ["ambient_handlers", "var_child_runnable_config"]

var_child_runnable_config: ContextVar[Any] = ContextVar("child_runnable_config", default=None)
"""The config that runnables called from the running step inherit; None outside a run."""

ambient_handlers: ContextVar[tuple[BaseCallbackHandler, ...]] = ContextVar(
    "ambient_handlers", default=()
)
"""Handlers that join every run started in this context, as inheritable ones."""
