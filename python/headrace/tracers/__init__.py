"""Tracers, which record runs, and the event and log types under LangChain's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.tracers.base import AsyncBaseTracer, BaseTracer
    from headrace.tracers.context import (
        collect_runs,
        register_configure_hook,
        tracing_v2_enabled,
    )
    from headrace.tracers.langchain import LangChainTracer
    from headrace.tracers.log_stream import RunLog, RunLogPatch
    from headrace.tracers.otel import OpenTelemetryHandler
    from headrace.tracers.run_collector import RunCollectorCallbackHandler
    from headrace.tracers.schemas import Run
    from headrace.tracers.stdout import ConsoleCallbackHandler, FunctionCallbackHandler

__all__ = [
    "AsyncBaseTracer",
    "BaseTracer",
    "ConsoleCallbackHandler",
    "FunctionCallbackHandler",
    "LangChainTracer",
    "OpenTelemetryHandler",
    "Run",
    "RunCollectorCallbackHandler",
    "RunLog",
    "RunLogPatch",
    "collect_runs",
    "register_configure_hook",
    "tracing_v2_enabled",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        base="AsyncBaseTracer BaseTracer",
        context="collect_runs register_configure_hook tracing_v2_enabled",
        langchain="LangChainTracer",
        log_stream="RunLog RunLogPatch",
        otel="OpenTelemetryHandler",
        run_collector="RunCollectorCallbackHandler",
        schemas="Run",
        stdout="ConsoleCallbackHandler FunctionCallbackHandler",
    )
