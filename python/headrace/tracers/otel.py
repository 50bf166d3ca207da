"""`OpenTelemetryHandler`: spans for runs, by OpenTelemetry's conventions for generative AI.

The names of attributes are those of https://opentelemetry.io/docs/specs/semconv/gen-ai/.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

try:
    from opentelemetry import trace
    from opentelemetry.trace import SpanKind, StatusCode
except ImportError as error:
    raise ImportError(
        f"{__name__} needs the package opentelemetry-api: pip install 'headrace[otel]'",
        name="opentelemetry",
    ) from error

from headrace.callbacks.base import BaseCallbackHandler

if TYPE_CHECKING:
    from uuid import UUID

    from opentelemetry.trace import Span, TracerProvider

__all__ = ["OpenTelemetryHandler"]

_PROVIDERS = {
    "amazon_bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google_genai": "gcp.gen_ai",
    "google_vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "xai": "x_ai",
}
_REQUEST = {
    "frequency_penalty": "frequency_penalty",
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
}
_ROLES = {"ai": "assistant", "human": "user", "function": "tool"}


class _Active:
    """A span that has not ended.

    Attributes:
        span: The span.
        started: The time of its start, in seconds.
        streamed: Whether a token was received.
    """

    __slots__ = ("span", "started", "streamed")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.started = time.perf_counter()
        self.streamed = False


class OpenTelemetryHandler(BaseCallbackHandler):
    """Handler that creates a span for each run.

    Spans are nested as the runs are. The span of a root run is a child of the current span. Pass
    the handler in `callbacks`; one handler serves any number of concurrent runs.
    """

    run_inline = True

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, capture_content: bool = False
    ) -> None:
        """Create a handler.

        Args:
            tracer_provider: The provider of the tracer; by default, the global one.
            capture_content: If true, spans contain messages, tool arguments, tool results, queries
                and documents. These may be sensitive and large.
        """
        super().__init__()
        self.capture_content = capture_content
        self._tracer = trace.get_tracer("headrace", tracer_provider=tracer_provider)
        self._active: dict[UUID, _Active] = {}
        self._lock = threading.Lock()

    # --- spans -------------------------------------------------------------------------------

    def _start(
        self,
        name: str,
        run_id: UUID,
        parent_run_id: UUID | None,
        attributes: Mapping[str, Any],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        parent = None if parent_run_id is None else self._active.get(parent_run_id)
        context = None if parent is None else trace.set_span_in_context(parent.span)
        known = {key: value for key, value in attributes.items() if value is not None}
        span = self._tracer.start_span(name, context=context, kind=kind, attributes=known)
        with self._lock:
            self._active[run_id] = _Active(span)

    def _finish(
        self, run_id: UUID, attributes: Mapping[str, Any], error: BaseException | None = None
    ) -> None:
        with self._lock:
            active = self._active.pop(run_id, None)
        if active is None:
            return
        span = active.span
        for key, value in attributes.items():
            if value is not None:
                span.set_attribute(key, value)
        # Closing a stream early is not a failure.
        if error is not None and not isinstance(error, GeneratorExit):
            span.set_attribute("error.type", _qualified(type(error)))
            span.record_exception(error)
            span.set_status(StatusCode.ERROR, str(error))
        span.end()

    def _content(self, attributes: dict[str, Any]) -> dict[str, str]:
        """Return attributes with content as JSON, if content is captured."""
        if not self.capture_content:
            return {}
        return {key: _as_json(value) for key, value in attributes.items() if value is not None}

    # --- chains ------------------------------------------------------------------------------

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Start the span of a chain, prompt or parser."""
        attributes = {"headrace.run.type": kwargs.get("run_type") or "chain"}
        self._start(_name(serialized, kwargs, "chain"), run_id, parent_run_id, attributes)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a chain."""
        self._finish(run_id, {})

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a chain that failed."""
        self._finish(run_id, {}, error)

    # --- models ------------------------------------------------------------------------------

    def on_chat_model_start(
        self, serialized: Any, messages: list[list[Any]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start the span of a chat model."""
        said = [_message(message) for batch in messages for message in batch]
        self._start_model("chat", serialized, {"gen_ai.input.messages": said}, run_id, kwargs)

    def on_llm_start(
        self, serialized: Any, prompts: list[str], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Start the span of a text model."""
        said = [{"role": "user", "parts": [_text(prompt)]} for prompt in prompts]
        content = {"gen_ai.input.messages": said}
        self._start_model("text_completion", serialized, content, run_id, kwargs)

    def _start_model(
        self,
        operation: str,
        serialized: Any,
        content: dict[str, Any],
        run_id: UUID,
        about: dict[str, Any],
    ) -> None:
        metadata = about.get("metadata") or {}
        params = about.get("invocation_params") or {}
        model = metadata.get("ls_model_name") or params.get("model") or params.get("model_name")
        provider = metadata.get("ls_provider")
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": _PROVIDERS.get(str(provider), provider),
            "gen_ai.request.model": model,
            **self._content(content),
        }
        for name, attribute in _REQUEST.items():
            value = params.get(name, metadata.get(f"ls_{name}"))
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                attributes[f"gen_ai.request.{attribute}"] = value
        stop = params.get("stop") or metadata.get("ls_stop")
        if stop:
            attributes["gen_ai.request.stop_sequences"] = [stop] if isinstance(stop, str) else stop
        name = f"{operation} {model or _name(serialized, about, 'model')}"
        self._start(name, run_id, about.get("parent_run_id"), attributes, SpanKind.CLIENT)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the time to the first token."""
        active = self._active.get(run_id)
        if active is not None and not active.streamed:
            active.streamed = True
            waited = time.perf_counter() - active.started
            active.span.set_attribute("gen_ai.request.stream", True)
            active.span.set_attribute("gen_ai.response.time_to_first_chunk", waited)

    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a model."""
        self._finish(run_id, self._answer(response))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a model that failed."""
        response = kwargs.get("response")
        self._finish(run_id, {} if response is None else self._answer(response), error)

    def _answer(self, response: Any) -> dict[str, Any]:
        """Return the attributes of a model's response."""
        attributes: dict[str, Any] = {}
        reasons: list[str] = []
        said: list[dict[str, Any]] = []
        usage: dict[str, int] = {}
        for generation in (one for batch in response.generations for one in batch):
            message = getattr(generation, "message", None)
            about = {
                **(generation.generation_info or {}),
                **getattr(message, "response_metadata", {}),
            }
            reason = about.get("finish_reason") or about.get("stop_reason")
            if reason:
                reasons.append(str(reason))
            attributes.setdefault(
                "gen_ai.response.model", about.get("model_name") or about.get("model")
            )
            attributes.setdefault("gen_ai.response.id", about.get("id"))
            for key, count in _usage(getattr(message, "usage_metadata", None)).items():
                usage[key] = usage.get(key, 0) + count
            if self.capture_content:
                whole = (
                    {"role": "assistant", "parts": [_text(generation.text)]}
                    if message is None
                    else _message(message)
                )
                said.append({**whole, "finish_reason": reason} if reason else whole)
        if not usage:
            counted = (response.llm_output or {}).get("token_usage") or {}
            usage = _usage(
                {
                    "input_tokens": counted.get("prompt_tokens"),
                    "output_tokens": counted.get("completion_tokens"),
                }
            )
        attributes.update(usage)
        if reasons:
            attributes["gen_ai.response.finish_reasons"] = reasons
        return {**attributes, **self._content({"gen_ai.output.messages": said or None})}

    # --- tools -------------------------------------------------------------------------------

    def on_tool_start(
        self,
        serialized: Any,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Start the span of a tool."""
        name = _name(serialized, kwargs, "tool")
        given = input_str if inputs is None else inputs
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.description": (serialized or {}).get("description"),
            "gen_ai.tool.call.id": kwargs.get("tool_call_id"),
            **self._content({"gen_ai.tool.call.arguments": given}),
        }
        self._start(f"execute_tool {name}", run_id, parent_run_id, attributes)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a tool."""
        result = getattr(output, "content", output)
        self._finish(run_id, self._content({"gen_ai.tool.call.result": result}))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a tool that failed."""
        self._finish(run_id, {}, error)

    # --- retrievers --------------------------------------------------------------------------

    def on_retriever_start(
        self,
        serialized: Any,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Start the span of a retriever."""
        name = _name(serialized, kwargs, "retriever")
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.data_source.id": name,
        }
        if self.capture_content:
            attributes["gen_ai.retrieval.query.text"] = query
        self._start(f"retrieval {name}", run_id, parent_run_id, attributes, SpanKind.CLIENT)

    def on_retriever_end(self, documents: Sequence[Any], *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a retriever."""
        found = [{"id": one.id, "content": one.page_content} for one in documents]
        self._finish(run_id, self._content({"gen_ai.retrieval.documents": found}))

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """End the span of a retriever that failed."""
        self._finish(run_id, {}, error)


def _qualified(kind: type[BaseException]) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _name(serialized: Any, about: Mapping[str, Any], default: str) -> str:
    """Return the name of a run."""
    known = serialized or {}
    return str(about.get("name") or known.get("name") or (known.get("id") or [default])[-1])


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _text(content: str) -> dict[str, Any]:
    return {"type": "text", "content": content}


def _message(message: Any) -> dict[str, Any]:
    """Return a message in the form of the conventions; media without their data."""
    role = _ROLES.get(message.type, message.type)
    if message.type == "tool":
        answer = {
            "type": "tool_call_response",
            "id": message.tool_call_id,
            "response": message.content,
        }
        return {"role": role, "parts": [answer]}
    parts: list[dict[str, Any]] = []
    for block in message.content_blocks:
        kind = block.get("type")
        if kind == "text":
            parts.append(_text(block["text"]))
        elif kind == "reasoning":
            parts.append({"type": "reasoning", "content": block.get("reasoning", "")})
        elif kind == "tool_call":
            call = {"id": block.get("id"), "name": block["name"], "arguments": block["args"]}
            parts.append({"type": "tool_call", **call})
        else:
            parts.append({"type": kind})
    return {"role": role, "parts": parts}


def _usage(usage: Mapping[str, Any] | None) -> dict[str, int]:
    """Return the attributes of token counts."""
    if not usage:
        return {}
    given = usage.get("input_token_details") or {}
    made = usage.get("output_token_details") or {}
    counts = {
        "input_tokens": usage.get("input_tokens"),
        "output_tokens": usage.get("output_tokens"),
        "cache_read.input_tokens": given.get("cache_read"),
        "cache_creation.input_tokens": given.get("cache_creation"),
        "reasoning.output_tokens": made.get("reasoning"),
    }
    return {f"gen_ai.usage.{key}": count for key, count in counts.items() if count is not None}
