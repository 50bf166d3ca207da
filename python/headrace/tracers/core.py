"""The run trees that sync and async tracers build from callback events."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from headrace.exceptions import HeadraceError
from headrace.load.dump import dumpd
from headrace.tracers.schemas import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from typing_extensions import Self

__all__ = ["SchemaFormat", "TracerException"]

SchemaFormat: TypeAlias = Literal["original", "original+chat", "streaming_events"]

logger = logging.getLogger("headrace.tracers")

_KEPT_POSITIONS = 10_000
"""How many runs, active or ended, a tracer knows as parents of new ones."""

_MODELS = frozenset({"llm", "chat_model"})


class TracerException(HeadraceError):
    """An event of a run that a tracer does not know."""


class _TracerCore:
    """Builder of run trees: creates, finds and completes runs.

    Attributes:
        run_map: The active runs, by the text of their id.
        order_map: The trace id and dotted order of each run, by id.
        log_missing_parent: If true, log runs whose parent is unknown.
    """

    log_missing_parent: bool = True

    def __init__(
        self,
        *,
        _schema_format: SchemaFormat = "original",
        run_map: dict[str, Run] | None = None,
        order_map: dict[UUID, tuple[UUID, str]] | None = None,
        _external_run_ids: dict[str, int] | None = None,
        **kwargs: Any,
    ) -> None:
        """Create a tracer without runs.

        Args:
            _schema_format: How inputs are recorded. `original` records chat models as text models.
            run_map: Active runs to share with another tracer.
            order_map: Positions of runs to share with another tracer.
            _external_run_ids: Runs of others that are parents, and how many active children each
                has.
            **kwargs: Passed to the next class.
        """
        super().__init__(**kwargs)
        self._schema_format = _schema_format
        self.run_map: dict[str, Run] = {} if run_map is None else run_map
        self.order_map: dict[UUID, tuple[UUID, str]] = {} if order_map is None else order_map
        self._external_run_ids = {} if _external_run_ids is None else _external_run_ids

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    # --- the tree ----------------------------------------------------------------------------

    @staticmethod
    def _add_child_run(parent_run: Run, child_run: Run) -> None:
        parent_run.child_runs.append(child_run)

    @staticmethod
    def _get_stacktrace(error: BaseException) -> str:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        return (repr(error) + "\n\n".join(lines)).strip()

    def _start_trace(self, run: Run) -> Any:
        """Put a run into the tree."""
        order = f"{run.start_time.strftime('%Y%m%dT%H%M%S%fZ')}{run.id}"
        above = self.order_map.get(run.parent_run_id) if run.parent_run_id else None
        if above is not None:
            run.trace_id, parent_order = above
            run.dotted_order = f"{parent_order}.{order}"
            key = str(run.parent_run_id)
            parent = self.run_map.get(key)
            if parent is not None:
                self._add_child_run(parent, run)
                if key in self._external_run_ids:
                    self._external_run_ids[key] += 1
        else:
            if run.parent_run_id and self.log_missing_parent:
                logger.debug("The parent %s of run %s is unknown.", run.parent_run_id, run.id)
            run.parent_run_id = None
            run.trace_id = run.id
            run.dotted_order = order
        self.order_map[run.id] = (run.trace_id, run.dotted_order)
        self.run_map[str(run.id)] = run
        if len(self.order_map) > _KEPT_POSITIONS:
            oldest = next(iter(self.order_map))
            if str(oldest) not in self.run_map:
                del self.order_map[oldest]

    def _forget(self, run: Run) -> None:
        """Remove a run that has ended, and its parent if nothing else needs it."""
        self.run_map.pop(str(run.id), None)
        parent = str(run.parent_run_id)
        if parent in self._external_run_ids:
            self._external_run_ids[parent] -= 1
            if self._external_run_ids[parent] <= 0:
                self.run_map.pop(parent, None)
                del self._external_run_ids[parent]

    def _get_run(
        self, run_id: UUID, run_type: str | set[str] | frozenset[str] | None = None
    ) -> Run:
        run = self.run_map.get(str(run_id))
        if run is None:
            raise TracerException(f"No indexed run ID {run_id}.")
        expected = {run_type} if isinstance(run_type, str) else run_type
        if expected is not None and run.run_type not in expected:
            raise TracerException(
                f"Found {run.run_type} run at ID {run_id}, but expected {set(expected)} run."
            )
        return run

    # --- starts ------------------------------------------------------------------------------

    def _get_run_kwargs(self, parent_run_id: UUID | None, extra: dict[str, Any]) -> dict[str, Any]:
        return {"extra": extra}

    def _created(
        self,
        run_type: str,
        inputs: Any,
        run_id: UUID,
        about: dict[str, Any],
        serialized: dict[str, Any] | None,
    ) -> Run:
        """Return the record of a run that starts.

        Args:
            run_type: The kind of the run.
            inputs: The input, as a dict.
            run_id: The id of the run.
            about: The other arguments of the event.
            serialized: The serialized runnable.
        """
        now = datetime.now(timezone.utc)
        parent = about.pop("parent_run_id", None)
        tags, name = about.pop("tags", None), about.pop("name", None)
        if not about.get("metadata"):
            about.pop("metadata", None)
        return Run(
            id=run_id,
            parent_run_id=parent,
            serialized=serialized,
            inputs=inputs,
            events=[{"name": "start", "time": now}],
            start_time=now,
            run_type=run_type,
            tags=tags or [],
            name=name,
            **self._get_run_kwargs(parent, about),
        )

    def _create_chat_model_run(
        self, serialized: Any, messages: list[list[Any]], run_id: UUID, **about: Any
    ) -> Run:
        if self._schema_format == "original":
            raise NotImplementedError("Chat models are recorded as text models.")
        return self._created("chat_model", _chat_inputs(messages), run_id, about, serialized)

    def _create_llm_run(
        self, serialized: Any, prompts: list[str], run_id: UUID, **about: Any
    ) -> Run:
        return self._created("llm", {"prompts": prompts}, run_id, about, serialized)

    def _create_chain_run(self, serialized: Any, inputs: Any, run_id: UUID, **about: Any) -> Run:
        kind = about.pop("run_type", None) or "chain"
        return self._created(kind, self._get_chain_inputs(inputs), run_id, about, serialized)

    def _create_tool_run(
        self,
        serialized: Any,
        input_str: str,
        run_id: UUID,
        inputs: dict[str, Any] | None = None,
        **about: Any,
    ) -> Run:
        if self._schema_format == "streaming_events":
            given: Any = {"input": inputs}
        else:
            given = inputs if isinstance(inputs, dict) else {"input": input_str}
        return self._created("tool", given, run_id, about, serialized)

    def _create_retrieval_run(self, serialized: Any, query: str, run_id: UUID, **about: Any) -> Run:
        about["name"] = about.get("name") or "Retriever"
        return self._created("retriever", {"query": query}, run_id, about, serialized)

    def _get_chain_inputs(self, inputs: Any) -> Any:
        return self._as_dict("input", inputs)

    def _get_chain_outputs(self, outputs: Any) -> Any:
        return self._as_dict("output", outputs)

    def _as_dict(self, key: str, value: Any) -> dict[str, Any]:
        if isinstance(value, dict) and self._schema_format != "streaming_events":
            return value
        return {key: value}

    # --- in between --------------------------------------------------------------------------

    def _llm_run_with_token_event(
        self, token: Any, run_id: UUID, chunk: Any = None, parent_run_id: UUID | None = None
    ) -> Run:
        run = self._get_run(run_id, _MODELS)
        about = {"token": token} if chunk is None else {"token": token, "chunk": chunk}
        run.events.append(
            {"name": "new_token", "time": datetime.now(timezone.utc), "kwargs": about}
        )
        return run

    def _llm_run_with_retry_event(self, retry_state: Any, run_id: UUID) -> Run:
        run = self._get_run(run_id)
        outcome = retry_state.outcome
        about = {"slept": retry_state.idle_for, "attempt": retry_state.attempt_number}
        if outcome is None:
            about["outcome"] = "N/A"
        elif outcome.failed:
            error = outcome.exception()
            about.update(
                outcome="failed", exception=str(error), exception_type=type(error).__name__
            )
        else:
            about.update(outcome="success", result=str(outcome.result()))
        run.events.append({"name": "retry", "time": datetime.now(timezone.utc), "kwargs": about})
        return run

    # --- ends --------------------------------------------------------------------------------

    def _ended(self, run: Run, outputs: dict[str, Any] | None, event: str = "end") -> Run:
        if outputs is not None and not run.extra.get("__omit_auto_outputs", False):
            run.outputs = {**(run.outputs or {}), **outputs}
        run.end_time = datetime.now(timezone.utc)
        run.events.append({"name": event, "time": run.end_time})
        return run

    def _errored(self, error: BaseException, run: Run, outputs: Any = None) -> Run:
        run.error = self._get_stacktrace(error)
        return self._ended(run, outputs, "error")

    def _complete_llm_run(self, response: Any, run_id: UUID) -> Run:
        run = self._ended(self._get_run(run_id, _MODELS), _llm_outputs(response))
        calls = sum(
            len(getattr(getattr(generation, "message", None), "tool_calls", None) or ())
            for batch in response.generations
            for generation in batch
        )
        if calls:
            run.extra["tool_call_count"] = calls
        return run

    def _errored_llm_run(self, error: BaseException, run_id: UUID, response: Any = None) -> Run:
        outputs = _llm_outputs(response) if response else None
        return self._errored(error, self._get_run(run_id, _MODELS), outputs)

    def _complete_chain_run(self, outputs: Any, run_id: UUID, inputs: Any = None) -> Run:
        run = self._ended(self._get_run(run_id), self._get_chain_outputs(outputs))
        if inputs is not None:
            run.inputs = self._get_chain_inputs(inputs)
        return run

    def _errored_chain_run(self, error: BaseException, inputs: Any, run_id: UUID) -> Run:
        run = self._errored(error, self._get_run(run_id))
        if inputs is not None:
            run.inputs = self._get_chain_inputs(inputs)
        return run

    def _complete_tool_run(self, output: Any, run_id: UUID) -> Run:
        return self._ended(self._get_run(run_id, "tool"), {"output": output})

    def _errored_tool_run(self, error: BaseException, run_id: UUID) -> Run:
        return self._errored(error, self._get_run(run_id, "tool"))

    def _complete_retrieval_run(self, documents: Sequence[Any], run_id: UUID) -> Run:
        return self._ended(self._get_run(run_id, "retriever"), {"documents": documents})

    def _errored_retrieval_run(self, error: BaseException, run_id: UUID) -> Run:
        return self._errored(error, self._get_run(run_id, "retriever"))


def _chat_inputs(messages: list[list[Any]]) -> dict[str, Any]:
    return {"messages": [[dumpd(message) for message in batch] for batch in messages]}


def _llm_outputs(response: Any) -> dict[str, Any]:
    outputs: dict[str, Any] = response.model_dump()
    for batch, dumped in zip(response.generations, outputs["generations"], strict=True):
        for generation, fields in zip(batch, dumped, strict=True):
            if "message" in fields:
                fields["message"] = dumpd(generation.message)
    return outputs
