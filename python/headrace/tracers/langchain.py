"""`LangChainTracer`: posts runs to LangSmith, with LangSmith's SDK."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import UUID

try:
    from langsmith import Client, get_tracing_context
    from langsmith import run_trees as sdk_runs
except ImportError as error:
    raise ImportError(
        f"{__name__} needs the package langsmith: pip install 'headrace[langsmith]'",
        name="langsmith",
    ) from error

from headrace.messages.usage import add_usage
from headrace.tracers.base import BaseTracer
from headrace.tracers.schemas import Run

__all__ = [
    "LangChainTracer",
    "get_client",
    "get_runtime_environment",
    "log_error_once",
    "wait_for_all_tracers",
]

logger = logging.getLogger("headrace.tracers")

OVERRIDABLE_LANGSMITH_INHERITABLE_METADATA_KEYS = frozenset({"ls_agent_type"})
"""Metadata that a nested runnable may replace; of other keys, the outermost value is kept."""


def get_client() -> Client:
    """Return the client that tracers share."""
    return sdk_runs.get_cached_client()


def wait_for_all_tracers() -> None:
    """Wait until all runs are posted."""
    get_client().flush()


@lru_cache(maxsize=1)
def get_runtime_environment() -> dict[str, str]:
    """Return the versions of the library, of Python and of the platform."""
    try:
        library_version = version("headrace")
    except PackageNotFoundError:
        library_version = "unknown"
    return {
        "library_version": library_version,
        "library": "headrace",
        "platform": platform.platform(),
        "runtime": "python",
        "runtime_version": platform.python_version(),
    }


@lru_cache(maxsize=256)
def _log_once(method: str, kind: str, message: str) -> None:
    logger.error("Cannot %s a run: %s", method, message)


def log_error_once(method: str, exception: Exception) -> None:
    """Log an error of the SDK, unless it has been logged."""
    _log_once(method, type(exception).__name__, str(exception))


class LangChainTracer(BaseTracer):
    """Tracer that posts each run to LangSmith: at its start, and again at its end.

    Attributes:
        project_name: The name of the project.
        client: The client of the SDK.
        tags: Tags to add to each run.
        tracing_metadata: Metadata to add to each run.
        latest_run: The last root run that has ended.
    """

    run_inline = True

    def __init__(
        self,
        example_id: UUID | str | None = None,
        project_name: str | None = None,
        client: Client | None = None,
        tags: list[str] | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        address: Any = None,
        **kwargs: Any,
    ) -> None:
        """Create a tracer.

        Args:
            example_id: The id of the example that the runs are for.
            project_name: The name of the project; by default, that of the environment.
            client: The client of the SDK; by default, the shared one.
            tags: Tags to add to each run.
            metadata: Metadata to add to each run; the run's own takes precedence.
            address: The agent to send the runs to instead of a project.
            **kwargs: Passed to `BaseTracer`.
        """
        super().__init__(_schema_format="original+chat", **kwargs)
        self.example_id = UUID(example_id) if isinstance(example_id, str) else example_id
        self.project_name = project_name
        self.address = address
        self.client = client or get_client()
        self.tags = tags or []
        self.tracing_metadata = None if metadata is None else dict(metadata)
        self.latest_run: Run | None = None
        self._with_tokens: set[UUID] = set()

    def copy_with_metadata_defaults(
        self, *, metadata: Mapping[str, Any] | None = None, tags: list[str] | None = None
    ) -> LangChainTracer:
        """Return a tracer of the same runs that adds more metadata and tags.

        Args:
            metadata: Metadata to add to each run; present keys are kept.
            tags: Tags to add to each run.
        """
        merged = None if self.tracing_metadata is None else dict(self.tracing_metadata)
        if metadata is not None:
            merged = _completed(merged or {}, metadata)
        return type(self)(
            example_id=self.example_id,
            project_name=self.project_name,
            address=self.address,
            client=self.client,
            tags=sorted({*self.tags, *tags}) if tags else self.tags,
            metadata=merged,
            run_map=self.run_map,
            order_map=self.order_map,
            _external_run_ids=self._external_run_ids,
        )

    def adopt(self, parent: Any) -> None:
        """Accept an active run of the SDK as a parent."""
        self.order_map[parent.id] = (parent.trace_id, parent.dotted_order)
        key = str(parent.id)
        if key not in self.run_map:
            self.run_map[key] = parent
            self._external_run_ids.setdefault(key, 0)

    def _get_run_kwargs(self, parent_run_id: UUID | None, extra: dict[str, Any]) -> dict[str, Any]:
        parent: Any = self.run_map.get(str(parent_run_id)) if parent_run_id else None
        if parent is None:
            routing: dict[str, Any] = {"address": self.address}
            if self.project_name is not None or self.address is not None:
                routing["session_name"] = self.project_name
            return {**{key: value for key, value in routing.items() if value}, "extra": extra}
        routing = {"session_name": parent.session_name, "replicas": parent.replicas}
        address = getattr(parent, "address", None)
        return {**routing, **({"address": address} if address else {}), "extra": extra}

    def _create_chat_model_run(
        self, serialized: Any, messages: list[list[Any]], run_id: UUID, **about: Any
    ) -> Run:
        run = super()._create_chat_model_run(serialized, messages, run_id, **about)
        run.run_type = "llm"
        return run

    def _start_trace(self, run: Any) -> None:
        run.tags = sorted({*(run.tags or ()), *self.tags})
        super()._start_trace(run)
        if run.ls_client is None:
            run.ls_client = self.client
        if get_tracing_context().get("enabled") is False:
            run.extra["__disabled"] = True

    def _llm_run_with_token_event(
        self, token: Any, run_id: UUID, chunk: Any = None, parent_run_id: UUID | None = None
    ) -> Run:
        # The time of the first token is enough; the chunks are in the output.
        if run_id in self._with_tokens:
            return self._get_run(run_id)
        self._with_tokens.add(run_id)
        return super()._llm_run_with_token_event(token, run_id)

    def _persist_run(self, run: Run) -> None:
        # Without the child runs, which may be large.
        fields = run.model_dump(exclude={"child_runs", "inputs", "outputs"})
        self.latest_run = Run.model_construct(**fields, inputs=run.inputs, outputs=run.outputs)

    def get_run_url(self) -> str:
        """Return the address of the last root run in LangSmith.

        Raises:
            ValueError: If no run has ended.
        """
        if self.latest_run is None:
            raise ValueError("No traced run found.")
        self.client.flush()
        return str(self.client.get_run_url(run=self.latest_run, project_name=self.project_name))

    def wait_for_futures(self) -> None:
        """Wait until the runs are posted."""
        self.client.flush()

    # --- posting -----------------------------------------------------------------------------

    def _post(self, run: Any) -> None:
        if run.extra.get("__disabled"):
            return
        if run.parent_run_id is None:
            run.reference_example_id = self.example_id
        run.extra["runtime"] = get_runtime_environment()
        if self.tracing_metadata:
            # Not in place: handlers share the metadata of a run.
            run.extra["metadata"] = _completed(run.metadata, self.tracing_metadata)
        run.ls_client = self.client
        try:
            run.post()
        except Exception as error:
            log_error_once("post", error)
            raise

    def _patch(self, run: Any) -> None:
        if run.extra.get("__disabled"):
            return
        try:
            run.patch(exclude_inputs=bool(run.extra.get("inputs_is_truthy", False)))
        except Exception as error:
            log_error_once("patch", error)
            raise

    def _on_chain_start(self, run: Run) -> None:
        # A streamed input is known at the end.
        if not run.extra.get("defers_inputs"):
            self._post(run)

    def _finished_chain(self, run: Run) -> None:
        if run.extra.get("defers_inputs"):
            self._post(run)
        else:
            self._patch(run)

    def _finished_model(self, run: Run) -> None:
        self._with_tokens.discard(run.id)
        usage: Any = None
        for batch in (run.outputs or {}).get("generations", ()):
            for generation in batch:
                message = generation.get("message") or {}
                counted = message.get("kwargs", {}).get("usage_metadata")
                if counted:
                    usage = add_usage(usage, counted)
        if usage is not None:
            metadata = run.extra.get("metadata") or {}
            run.extra["metadata"] = {**metadata, "usage_metadata": usage}
        self._patch(run)

    _on_llm_start = _on_chat_model_start = _on_tool_start = _on_retriever_start = _post
    _on_chain_end = _on_chain_error = _finished_chain
    _on_llm_end = _on_llm_error = _finished_model
    _on_tool_end = _on_tool_error = _on_retriever_end = _on_retriever_error = _patch


def _completed(metadata: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with defaults for the keys that it lacks."""
    overriding = OVERRIDABLE_LANGSMITH_INHERITABLE_METADATA_KEYS
    return {
        **defaults,
        **{k: v for k, v in metadata.items() if k not in overriding or k not in defaults},
    }
