"""Tracers that join every run started inside a `with` block or requested by the environment."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import ConfigureHook, configure_hooks, tracing_v2_callback_var

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
    from headrace.tracers.langchain import LangChainTracer
    from headrace.tracers.run_collector import RunCollectorCallbackHandler

__all__ = [
    "add_tracer",
    "collect_runs",
    "register_configure_hook",
    "run_collector_var",
    "tracing_v2_callback_var",
    "tracing_v2_enabled",
]

logger = logging.getLogger("headrace.tracers")

run_collector_var: ContextVar[RunCollectorCallbackHandler | None] = ContextVar(
    "run_collector", default=None
)
"""The collector that joins every run started in this context, or None."""


def register_configure_hook(
    context_var: ContextVar[Any],
    inheritable: bool,
    handle_class: type[BaseCallbackHandler] | None = None,
    env_var: str | None = None,
) -> None:
    """Register a variable whose handler joins every run started in its context.

    Args:
        context_var: The variable; None in it means no handler.
        inheritable: If true, child runs inherit the handler.
        handle_class: The class of the handler. Runs that have one do not get another.
        env_var: An environment variable that requests a new `handle_class`, for every run.

    Raises:
        ValueError: If there is `env_var` without `handle_class`.
    """
    if env_var is not None and handle_class is None:
        raise ValueError("If env_var is set, handle_class must also be set to a non-None value.")
    configure_hooks.append(ConfigureHook(context_var, inheritable, handle_class, env_var))


@contextmanager
def collect_runs() -> Iterator[RunCollectorCallbackHandler]:
    """Collect the runs that are started inside a `with` block.

    Yields:
        The collector, with the root runs that have ended as `traced_runs`.
    """
    from headrace.tracers.run_collector import RunCollectorCallbackHandler

    collector = RunCollectorCallbackHandler()
    token = run_collector_var.set(collector)
    try:
        yield collector
    finally:
        run_collector_var.reset(token)


@contextmanager
def tracing_v2_enabled(
    project_name: str | None = None,
    *,
    example_id: str | UUID | None = None,
    tags: list[str] | None = None,
    client: Any = None,
    address: Any = None,
) -> Iterator[LangChainTracer]:
    """Trace the runs that are started inside a `with` block in LangSmith.

    Args:
        project_name: The name of the project; by default, that of the environment.
        example_id: The id of the example that the runs are for.
        tags: Tags to add to each run.
        client: The client of the SDK; by default, the shared one.
        address: The agent to send the runs to instead of a project.

    Yields:
        The tracer.
    """
    from headrace.tracers.langchain import LangChainTracer

    tracer = LangChainTracer(
        example_id=example_id,
        project_name=project_name,
        tags=tags,
        client=client,
        address=address,
    )
    token = tracing_v2_callback_var.set(tracer)
    try:
        yield tracer
    finally:
        tracing_v2_callback_var.reset(token)


@lru_cache(maxsize=1)
def _warn_missing_sdk(error: str) -> None:
    """Log once that runs cannot be traced."""
    logger.warning("Tracing is requested by the environment, but %s", error)


def add_tracer(
    manager: BaseCallbackManager, metadata: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Add a tracer of LangSmith to a manager, below the run of the SDK that is active.

    Args:
        manager: The manager.
        metadata: Metadata that only tracers see.

    Returns:
        The metadata, with that of the SDK's context.
    """
    try:
        from langsmith.run_helpers import get_tracing_context
        from langsmith.utils import tracing_is_enabled

        from headrace.tracers.langchain import LangChainTracer
    except ImportError as error:
        _warn_missing_sdk(str(error))
        return metadata
    context = get_tracing_context()
    parent = context["parent"]
    tracer = tracing_v2_callback_var.get()
    if tracer is None and not tracing_is_enabled():
        return metadata
    if not any(isinstance(handler, LangChainTracer) for handler in manager.handlers):
        if tracer is None:
            try:
                tracer = LangChainTracer(**tracer_arguments())
            except Exception as error:  # noqa: BLE001 - tracing never breaks a run
                logger.warning("Unable to create a tracer of LangSmith: %r", error)
                return metadata
        manager.add_handler(tracer, inherit=True)
    if context["tags"]:
        manager.add_tags(list(context["tags"]))
    if parent is not None:
        _place_below(manager, parent)
    return {**context["metadata"], **(metadata or {})} if context["metadata"] else metadata


def tracer_arguments(project_name: str | None = None, *, address: Any = None) -> dict[str, Any]:
    """Return the arguments of a tracer that follow from the context of the SDK.

    Args:
        project_name: The name of the project, if it is known.
        address: The agent to send the runs to, if it is known.
    """
    from langsmith.run_helpers import get_tracing_context

    context: Any = get_tracing_context()
    parent = context["parent"]
    if project_name is None and address is None:
        if parent is not None:
            project_name, address = parent.session_name, getattr(parent, "address", None)
        else:
            project_name, address = context["project_name"], context.get("address")
    return {
        "project_name": project_name,
        "address": address,
        "client": parent.client if parent is not None else context.get("client"),
        "tags": context["tags"],
        "metadata": context["metadata"],
    }


def _place_below(manager: BaseCallbackManager, parent: Any) -> None:
    """Start the runs of a manager below an active run of the SDK."""
    from headrace.tracers.langchain import LangChainTracer

    if manager.parent_run_id is None or str(manager.parent_run_id) in parent.dotted_order:
        manager.parent_run_id = parent.id
    for handler in manager.handlers:
        if isinstance(handler, LangChainTracer):
            handler.adopt(parent)


configure_hooks.append(ConfigureHook(run_collector_var, False, None, None))
