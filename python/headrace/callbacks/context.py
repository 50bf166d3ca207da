"""What a running step hands down, implicitly, to the runnables it calls.

Two context variables, here below everything that reads them: the configuration of the run that is
going on, and the handlers that a `with` block adds to every run started inside it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.callbacks.base import BaseCallbackHandler

__all__ = ["ambient_handlers", "var_child_runnable_config"]

var_child_runnable_config: ContextVar[Any] = ContextVar("child_runnable_config", default=None)
"""What runnables called from the running step inherit; None outside of any run."""

ambient_handlers: ContextVar[tuple[BaseCallbackHandler, ...]] = ContextVar(
    "ambient_handlers", default=()
)
"""Handlers that join every run started in this context, as inheritable ones."""
