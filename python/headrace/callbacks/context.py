"""Context variables that runnables inherit from the running step.

They hold the config of the active run, and the handlers that a `with` block adds to each run
started inside it.
"""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace.globals import get_debug

if TYPE_CHECKING:
    from headrace.callbacks.base import BaseCallbackHandler

__all__ = [
    "ConfigureHook",
    "ambient_handlers",
    "configure_hooks",
    "has_ambient_handlers",
    "tracing_requested",
    "tracing_v2_callback_var",
    "var_child_runnable_config",
]

var_child_runnable_config: ContextVar[Any] = ContextVar("child_runnable_config", default=None)
"""The config that runnables called from the running step inherit; None outside a run."""

ambient_handlers: ContextVar[tuple[BaseCallbackHandler, ...]] = ContextVar(
    "ambient_handlers", default=()
)
"""Handlers that join every run started in this context, as inheritable ones."""

tracing_v2_callback_var: ContextVar[Any] = ContextVar("tracing_callback_v2", default=None)
"""The tracer of LangSmith that joins every run started in this context, or None."""


class ConfigureHook(NamedTuple):
    """A source of a handler that joins every run.

    Attributes:
        variable: The variable that holds the handler.
        inheritable: If true, child runs inherit the handler.
        handler_class: The class to create a handler of, and of which a run has at most one.
        env_var: The environment variable that requests a new handler.
    """

    variable: ContextVar[Any]
    inheritable: bool
    handler_class: Any
    env_var: str | None

    def requests_handler(self) -> bool:
        """Return True if the environment requests a new handler."""
        return self.env_var is not None and os.environ.get(self.env_var, "") not in (
            "",
            "0",
            "false",
            "False",
        )


configure_hooks: list[ConfigureHook] = []
"""The sources that `register_configure_hook` has added."""


def has_ambient_handlers() -> bool:
    """Return True if handlers may join runs started in this context."""
    if get_debug() or ambient_handlers.get() or tracing_requested():
        return True
    return bool(configure_hooks) and any(
        hook.variable.get() is not None or hook.requests_handler() for hook in configure_hooks
    )


def tracing_requested() -> bool:
    """Return True if runs started in this context are traced in LangSmith.

    The environment is read once, as the SDK of LangSmith does.
    """
    if tracing_v2_callback_var.get() is not None:
        return True
    # Once the SDK is in use, it knows: `tracing_context` and `traceable` count, too.
    if "langsmith.run_helpers" in sys.modules:
        return bool(sys.modules["langsmith.utils"].tracing_is_enabled())
    return _requested_by_environment()


@lru_cache(maxsize=1)
def _requested_by_environment() -> bool:
    return any(
        os.environ.get(name) == "true"
        for name in (
            "LANGSMITH_TRACING",
            "LANGSMITH_TRACING_V2",
            "LANGCHAIN_TRACING",
            "LANGCHAIN_TRACING_V2",
        )
    )
