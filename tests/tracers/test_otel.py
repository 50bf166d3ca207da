"""Spans follow OpenTelemetry's conventions for generative AI, and are nested as the runs are."""

import json
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra otel has only the API")

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from headrace.documents import Document
from headrace.language_models.fake import FakeListLLM
from headrace.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from headrace.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from headrace.prompts import ChatPromptTemplate
from headrace.retrievers import BaseRetriever
from headrace.runnables import RunnableLambda
from headrace.tools import tool
from headrace.tracers.otel import OpenTelemetryHandler

CALL: Any = {"name": "double", "args": {"x": 2}, "id": "c1", "type": "tool_call"}
ANSWER = AIMessage(
    "hello world",
    tool_calls=[CALL],
    usage_metadata={
        "input_tokens": 5,
        "output_tokens": 7,
        "total_tokens": 12,
        "input_token_details": {"cache_read": 2},
        "output_token_details": {"reasoning": 3},
    },
    response_metadata={"model_name": "m-1", "id": "r-1", "finish_reason": "stop"},
)


@tool
def double(x: int) -> int:
    """Double a number."""
    return 2 * x


@tool
def broken(x: int) -> int:
    """Fail."""
    raise ValueError("no")


class Model(GenericFakeChatModel):
    """A model with a provider and parameters."""

    def _get_ls_params(self, stop: Any = None, **kwargs: Any) -> Any:
        return {
            "ls_provider": "mistral",
            "ls_model_name": "m",
            "ls_model_type": "chat",
            "ls_temperature": 0.5,
            "ls_max_tokens": 9,
        }


class Retriever(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(query, id="d")]


class Tracing:
    def __init__(self, **options: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.handler = OpenTelemetryHandler(tracer_provider=self.provider, **options)
        self.config: Any = {"callbacks": [self.handler]}

    def spans(self) -> dict[str, Any]:
        assert not self.handler._active
        return {span.name: span for span in self.exporter.get_finished_spans()}


def chain() -> Any:
    prompt = ChatPromptTemplate.from_messages([("human", "{q}")])
    return prompt | Model(messages=iter([ANSWER])) | RunnableLambda(_use)


def _use(_: AIMessage) -> Any:
    return double.invoke(CALL)


@pytest.mark.parametrize("mode", ["invoke", "ainvoke", "stream", "astream"])
async def test_nested_spans(mode):
    tracing = Tracing()
    with tracing.provider.get_tracer("app").start_as_current_span("request"):
        if mode == "invoke":
            chain().invoke({"q": "x"}, tracing.config)
        elif mode == "ainvoke":
            await chain().ainvoke({"q": "x"}, tracing.config)
        elif mode == "stream":
            list(chain().stream({"q": "x"}, tracing.config))
        else:
            assert [chunk async for chunk in chain().astream({"q": "x"}, tracing.config)]
    spans = tracing.spans()
    assert set(spans) == {
        "request",
        "RunnableSequence",
        "ChatPromptTemplate",
        "chat m",
        "_use",
        "execute_tool double",
    }

    def parent(name: str) -> str:
        above = spans[name].parent.span_id
        return next(one.name for one in spans.values() if one.context.span_id == above)

    assert parent("RunnableSequence") == "request"
    assert {parent(name) for name in ("ChatPromptTemplate", "chat m", "_use")} == {
        "RunnableSequence"
    }
    assert parent("execute_tool double") == "_use"
    assert len({span.context.trace_id for span in spans.values()}) == 1
    tools = spans["execute_tool double"].attributes
    assert tools["gen_ai.operation.name"] == "execute_tool"
    assert tools["gen_ai.tool.name"] == "double"
    assert tools["gen_ai.tool.call.id"] == "c1"
    assert tools["gen_ai.tool.description"] == "Double a number."
    streamed = spans["chat m"].attributes.get("gen_ai.response.time_to_first_chunk")
    assert (streamed is not None) == (mode in ("stream", "astream"))
    assert streamed is None or streamed >= 0


def test_attributes_of_a_model():
    tracing = Tracing()
    Model(messages=iter([ANSWER])).invoke("x", tracing.config, stop=["end"])
    span = tracing.spans()["chat m"]
    assert span.kind is SpanKind.CLIENT
    assert dict(span.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.stop_sequences": ("end",),
        "gen_ai.response.model": "m-1",
        "gen_ai.response.id": "r-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 3,
    }


def test_text_models():
    tracing = Tracing()
    FakeListLLM(responses=["z"]).invoke("p", tracing.config)
    (span,) = tracing.spans().values()
    assert span.attributes["gen_ai.operation.name"] == "text_completion"


@pytest.mark.parametrize("is_async", [False, True])
async def test_errors(is_async):
    tracing = Tracing()
    failing = RunnableLambda(lambda _: broken.invoke({"x": 1}))
    if is_async:
        with pytest.raises(ValueError, match="no"):
            await failing.ainvoke(1, tracing.config)
    else:
        with pytest.raises(ValueError, match="no"):
            failing.invoke(1, tracing.config)
    spans = tracing.spans()
    assert len(spans) == 2
    for span in spans.values():
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "no"
        assert span.attributes["error.type"] == "ValueError"
        assert span.events[0].name == "exception"


def test_a_failing_model():
    tracing = Tracing()
    model = FakeListChatModel(responses=["abc"], error_on_chunk_number=1)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the fake's own class
        list(model.stream("x", tracing.config))
    (span,) = tracing.spans().values()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"].endswith("FakeListChatModelError")
    assert "gen_ai.response.time_to_first_chunk" in span.attributes


def test_closing_a_stream_early_is_not_an_error():
    tracing = Tracing()
    stream = FakeListChatModel(responses=["abc"]).stream("x", tracing.config)
    next(stream)
    stream.close()
    (span,) = tracing.spans().values()
    assert span.status.status_code is StatusCode.UNSET


def test_no_content_unless_asked_for():
    tracing = Tracing()
    Model(messages=iter([ANSWER])).invoke("secret text", tracing.config)
    double.invoke({"x": 123456}, tracing.config)
    Retriever().invoke("secret text", tracing.config)
    seen = json.dumps([dict(span.attributes) for span in tracing.spans().values()])
    assert not [part for part in ("secret", "hello", "123456", "246912") if part in seen]


def test_content():
    tracing = Tracing(capture_content=True)
    said = [SystemMessage("s"), HumanMessage("x"), ToolMessage("4", tool_call_id="c0")]
    Model(messages=iter([ANSWER])).invoke(said, tracing.config)
    double.invoke({"x": 2}, tracing.config)
    Retriever().invoke("q", tracing.config)
    spans = tracing.spans()
    model = spans["chat m"].attributes
    assert json.loads(model["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "s"}]},
        {"role": "user", "parts": [{"type": "text", "content": "x"}]},
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "c0", "response": "4"}],
        },
    ]
    call = {"type": "tool_call", "id": "c1", "name": "double", "arguments": {"x": 2}}
    assert json.loads(model["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "hello world"}, call],
            "finish_reason": "stop",
        }
    ]
    tools = spans["execute_tool double"].attributes
    assert json.loads(tools["gen_ai.tool.call.arguments"]) == {"x": 2}
    assert tools["gen_ai.tool.call.result"] == "4"
    retrieval = spans["retrieval Retriever"].attributes
    assert retrieval["gen_ai.retrieval.query.text"] == "q"
    assert json.loads(retrieval["gen_ai.retrieval.documents"]) == [{"id": "d", "content": "q"}]
