"""Tracers that report each run as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from headrace.tracers.base import BaseTracer
from headrace.tracers.schemas import Run
from headrace.utils.input import get_bolded_text, get_colored_text

__all__ = ["ConsoleCallbackHandler", "FunctionCallbackHandler", "elapsed", "try_json_stringify"]


def try_json_stringify(obj: Any, fallback: str) -> str:
    """Return an object as indented JSON, or `fallback` if it is not JSON."""
    try:
        return json.dumps(obj, indent=2, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return fallback


def elapsed(run: Any) -> str:
    """Return the duration of a run, in milliseconds or seconds."""
    seconds = (run.end_time - run.start_time).total_seconds()
    return f"{seconds * 1000:.0f}ms" if seconds < 1 else f"{seconds:.2f}s"


class FunctionCallbackHandler(BaseTracer):
    """Tracer that calls a function with a text about each start and end of a run."""

    name: str = "function_callback_handler"

    def __init__(self, function: Callable[[str], None], **kwargs: Any) -> None:
        """Create a handler that calls `function`."""
        super().__init__(**kwargs)
        self.function_callback = function

    def _persist_run(self, run: Run) -> None:
        pass

    def get_parents(self, run: Run) -> list[Run]:
        """Return the active runs above a run, the nearest first."""
        parents: list[Run] = []
        while run.parent_run_id:
            parent = self.run_map.get(str(run.parent_run_id))
            if parent is None:
                break
            parents.append(parent)
            run = parent
        return parents

    def get_breadcrumbs(self, run: Run) -> str:
        """Return the kinds and names of the runs from the root to a run."""
        path = [*reversed(self.get_parents(run)), run]
        return " > ".join(f"{one.run_type}:{one.name}" for one in path)

    def _report(self, event: str, color: str, title: str, body: str) -> None:
        mark = get_colored_text(f"[{event}]", color=color)
        self.function_callback(f"{mark} {get_bolded_text(title)}{body}")

    def _entered(self, kind: str, run: Run, title: str, body: str) -> None:
        crumbs = self.get_breadcrumbs(run)
        self._report(
            f"{kind}/start", "green", f"[{crumbs}] Entering {title} run with input:\n", body
        )

    def _exited(self, kind: str, run: Run, title: str, body: str) -> None:
        crumbs = f"[{self.get_breadcrumbs(run)}] [{elapsed(run)}]"
        self._report(f"{kind}/end", "blue", f"{crumbs} Exiting {title} run with output:\n", body)

    def _failed(self, kind: str, run: Run, title: str) -> None:
        crumbs = f"[{self.get_breadcrumbs(run)}] [{elapsed(run)}]"
        body = try_json_stringify(run.error, "[error]")
        self._report(f"{kind}/error", "red", f"{crumbs} {title} run errored with error:\n", body)

    def _on_chain_start(self, run: Run) -> None:
        body = try_json_stringify(run.inputs, "[inputs]")
        self._entered("chain", run, run.run_type.capitalize(), body)

    def _on_chain_end(self, run: Run) -> None:
        body = try_json_stringify(run.outputs, "[outputs]")
        self._exited("chain", run, run.run_type.capitalize(), body)

    def _on_chain_error(self, run: Run) -> None:
        self._failed("chain", run, run.run_type.capitalize())

    def _on_llm_start(self, run: Run) -> None:
        inputs = run.inputs
        if "prompts" in inputs:
            inputs = {"prompts": [prompt.strip() for prompt in inputs["prompts"]]}
        self._entered("llm", run, "LLM", try_json_stringify(inputs, "[inputs]"))

    def _on_llm_end(self, run: Run) -> None:
        self._exited("llm", run, "LLM", try_json_stringify(run.outputs, "[response]"))

    def _on_llm_error(self, run: Run) -> None:
        self._failed("llm", run, "LLM")

    def _on_tool_start(self, run: Run) -> None:
        given = run.inputs.get("input", run.inputs)
        self._entered("tool", run, "Tool", f'"{str(given).strip()}"')

    def _on_tool_end(self, run: Run) -> None:
        if run.outputs:
            self._exited("tool", run, "Tool", f'"{str(run.outputs["output"]).strip()}"')

    def _on_tool_error(self, run: Run) -> None:
        crumbs = f"[{self.get_breadcrumbs(run)}] [{elapsed(run)}] "
        self._report("tool/error", "red", crumbs, f"Tool run errored with error:\n{run.error}")


class ConsoleCallbackHandler(FunctionCallbackHandler):
    """Tracer that prints each start and end of a run."""

    name: str = "console_callback_handler"

    def __init__(self, **kwargs: Any) -> None:
        """Create a handler that prints."""
        super().__init__(function=print, **kwargs)
