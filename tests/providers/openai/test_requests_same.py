"""What headrace asks a server is what langchain-openai asks, for the same fields and messages."""

import warnings
from types import SimpleNamespace
from typing import Any

import langchain_core.messages as theirs
import langchain_openai
import pytest
from pydantic import BaseModel, Field
from tests.providers.openai.kit import closing_model, response
from tests.reference import needs_current
from tests.replay_server import Answer, ReplayServer, Request

import headrace.messages as ours
from headrace.providers.openai import ChatOpenAI

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-test-2",
    "system_fingerprint": "fp",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "logprobs": {
                "content": [{"token": "a", "logprob": -1.0, "bytes": None, "top_logprobs": []}]
            },
            "message": {
                "role": "assistant",
                "content": '{"answer": 42}',
                "refusal": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"a": 1}'},
                    },
                    {"id": "c2", "type": "function", "function": {"name": "f", "arguments": '{"a'}},
                ],
            },
        },
        {
            "index": 1,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": '{"answer": 43}'},
        },
    ],
    "usage": {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "total_tokens": 7,
        "completion_tokens_details": {"reasoning_tokens": 1},
    },
}
RESPONSE = response(
    output=[
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "So."}]},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "output_text", "text": '{"answer": 42}', "annotations": []},
                {"type": "refusal", "refusal": "No."},
            ],
        },
        {
            "type": "function_call",
            "id": "fc",
            "call_id": "c1",
            "name": "f",
            "arguments": '{"a": 1}',
        },
        {"type": "function_call", "id": "fd", "call_id": "c2", "name": "f", "arguments": '{"a'},
        {"type": "custom_tool_call", "id": "ct", "call_id": "c3", "name": "q", "input": "x"},
        {
            "type": "web_search_call",
            "id": "ws",
            "status": "completed",
            "action": {"type": "search", "query": "q"},
        },
    ],
    usage={
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 7,
    },
)
LIBRARIES = (
    SimpleNamespace(chat=ChatOpenAI, messages=ours),
    SimpleNamespace(chat=langchain_openai.ChatOpenAI, messages=theirs),
)


def answer(request: Request) -> Answer:
    return Answer.whole(RESPONSE if "responses" in request.path else COMPLETION)


def asked_and_answered(library: Any, fields: Any, act: Any) -> tuple[Any, Any]:
    with (
        ReplayServer(answer=answer) as server,
        closing_model(server, library.chat, **fields) as model,
        warnings.catch_warnings(),
    ):
        # the SDK may know less of events than this test says
        warnings.simplefilter("ignore")
        result = act(model, library.messages)
    return [(request.path, request.body) for request in server.requests], result


def told(message: Any) -> dict[str, Any]:
    names = (
        "content",
        "additional_kwargs",
        "response_metadata",
        "tool_calls",
        "usage_metadata",
        "type",
    )
    return {
        **{name: getattr(message, name) for name in names},
        "invalid": [
            {key: call[key] for key in ("name", "args", "id")}
            for call in message.invalid_tool_calls
        ],
        "id": "run" if str(message.id).startswith("lc_run") else message.id,
    }


def conversation(messages: Any) -> list[Any]:
    """Whatever a message may hold."""
    call = {"name": "f", "args": {"a": "ü"}, "id": "c1", "type": "tool_call"}
    broken = {"name": "f", "args": "{", "id": "c2", "error": None, "type": "invalid_tool_call"}
    image = {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}}
    png = {"type": "image", "base64": "aGk=", "mime_type": "image/png"}
    anthropic = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": "aGk="},
    }
    pdf = {"type": "file", "base64": "aGk=", "mime_type": "application/pdf", "filename": "a.pdf"}
    return [
        messages.SystemMessage("be brief"),
        messages.SystemMessage("more", additional_kwargs={"__openai_role__": "developer"}),
        messages.HumanMessage("hi", name="ann"),
        messages.HumanMessage([{"type": "text", "text": "look"}, image, png, anthropic, pdf]),
        messages.AIMessage("", tool_calls=[call], invalid_tool_calls=[broken]),
        messages.ToolMessage("done", tool_call_id="c1", name="f"),
        messages.ToolMessage([{"type": "text", "text": "so", "id": "x"}], tool_call_id="c2"),
        messages.AIMessage(
            [{"type": "text", "text": "well"}, {"type": "tool_use", "id": "t", "name": "f"}]
        ),
        messages.AIMessage("plain"),
        messages.ChatMessage("by another name", role="assistant"),
        messages.HumanMessage("and?"),
    ]


def later(messages: Any) -> list[Any]:
    """Answers of the responses API that go back to it."""
    blocks = [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "s", "index": 0}],
            "index": 0,
        },
        {"type": "web_search_call", "id": "ws", "status": "completed", "index": 1},
        {
            "type": "text",
            "text": "one",
            "id": "msg_1",
            "phase": "final_answer",
            "index": 2,
            "annotations": [{"type": "file_citation", "file_id": "f", "file_index": 2}],
        },
        {"type": "text", "text": "two", "id": "msg_1", "index": 3},
        {"type": "refusal", "refusal": "no", "id": "msg_2"},
        {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c1", "id": "fc"},
        {"type": "image_generation_call", "id": "ig_1", "result": "aGk="},
    ]
    call = {"name": "f", "args": {}, "id": "c1", "type": "tool_call"}
    return [
        messages.HumanMessage("hi"),
        messages.AIMessage(blocks, tool_calls=[call], response_metadata={"id": "resp_7"}),
        messages.ToolMessage("done", tool_call_id="c1"),
        messages.ToolMessage(
            [{"type": "custom_tool_call_output", "output": "x"}], tool_call_id="c3"
        ),
        messages.ToolMessage(
            "data:image/png;base64,aGk=",
            tool_call_id="c4",
            additional_kwargs={"type": "computer_call_output"},
        ),
        messages.ToolMessage([{"strange": 1}], tool_call_id="c5"),
        messages.HumanMessage(
            [
                {"type": "text", "text": "go on", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "mcp_approval_response", "approve": True, "approval_request_id": "a"},
            ]
        ),
    ]


def typed(messages: Any) -> list[Any]:
    """An answer of typed blocks, the same for all providers."""
    blocks = [
        {"type": "reasoning", "id": "rs_1", "reasoning": "one"},
        {"type": "reasoning", "id": "rs_1", "reasoning": "two", "extras": {"status": "done"}},
        {"type": "reasoning", "id": "rs_2"},
        {"type": "server_tool_call", "name": "web_search", "id": "ws", "args": {"query": "q"}},
        {"type": "server_tool_result", "tool_call_id": "ws", "status": "success"},
        {"type": "server_tool_call", "name": "code_interpreter", "id": "ci",
         "args": {"code": "1"}, "extras": {"container_id": "c"}},
        {"type": "server_tool_result", "tool_call_id": "ci", "output": [], "status": "error"},
        {"type": "server_tool_call", "name": "file_search", "id": "fs", "args": {"queries": ["q"]}},
        {"type": "server_tool_result", "tool_call_id": "fs", "output": [1]},
        {"type": "server_tool_call", "name": "remote_mcp", "id": "m", "args": {"a": 1},
         "extras": {"tool_name": "t", "server_label": "l", "x": 1}},
        {"type": "server_tool_result", "tool_call_id": "m", "output": "o"},
        {"type": "server_tool_call", "name": "web_search", "id": "alone", "args": {}},
        {"type": "text", "text": "said", "id": "msg_1", "annotations": [
            {"type": "citation", "url": "u", "title": "t", "start_index": 0, "end_index": 1},
            {"type": "citation", "title": "t", "extras": {"file_id": "f"}},
            {"type": "non_standard_annotation", "value": {"type": "odd"}},
        ]},
        {"type": "tool_call", "name": "f", "args": {"a": 1}, "id": "c1",
         "extras": {"item_id": "fc", "status": "completed"}},
        {"type": "image", "base64": "aGk=", "mime_type": "image/png", "id": "ig_1"},
        {"type": "non_standard", "value": {"type": "mcp_approval_request", "id": "r"}},
    ]  # fmt: skip
    call = {"name": "f", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
    return [messages.HumanMessage("hi"), messages.AIMessage(blocks, tool_calls=[call])]


class Answer42(BaseModel):
    """What it is."""

    answer: int = Field(description="The number.")


def f(a: str) -> str:
    """Look at a.

    Args:
        a: Where.
    """
    return a


WEB = {"type": "web_search"}
PATCH = {"type": "apply_patch"}
MCP = {"type": "mcp", "server_url": "https://x", "headers": {"k": "v"}}
JSON_SCHEMA = {
    "title": "Answer42",
    "description": "What it is.",
    "type": "object",
    "properties": {"answer": {"type": "integer"}},
    "required": ["answer"],
}

FIELDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ["x"],
        "n": 2,
        "seed": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "logit_bias": {5: 1},
        "logprobs": True,
        "top_logprobs": 2,
        "reasoning_effort": "low",
        "verbosity": "low",
        "service_tier": "flex",
        "store": True,
        "model_kwargs": {"user": "u"},
        "extra_body": {"more": 1},
    },
    "o-series": {"model": "o1-mini"},
    "gpt-5": {"model": "gpt-5", "temperature": 0.2},
    "responses": {"use_responses_api": True, "max_tokens": 9, "stop": ["x"], "verbosity": "low"},
    "responses by a field": {"reasoning": {"effort": "low"}, "include": ["x"], "temperature": 1.0},
    "responses by the model": {"model": "codex-mini", "reasoning_effort": "low"},
    "not stored": {"use_responses_api": True, "store": False},
    "since the last answer": {"use_responses_api": True, "use_previous_response_id": True},
    "gpt-5 by responses": {"model": "gpt-5", "use_responses_api": True, "temperature": 1},
}
ACTS: dict[str, Any] = {
    "conversation": lambda m, x: m.invoke(conversation(x)),
    "later": lambda m, x: m.invoke(later(x)),
    "typed": lambda m, x: m.invoke(typed(x)),
    "arguments": lambda m, x: m.invoke("hi", stop=["y"], temperature=0.5, max_tokens=3),
    "tools": lambda m, x: m.bind_tools([f, Answer42], strict=True).invoke("hi"),
    "tool choice": lambda m, x: m.bind_tools(
        [f], tool_choice="f", parallel_tool_calls=False
    ).invoke("hi"),
    "any tool": lambda m, x: m.bind_tools([f], tool_choice="any").invoke("hi"),
    "json mode": lambda m, x: m.bind(response_format={"type": "json_object"}).invoke("hi"),
    "schema": lambda m, x: m.with_structured_output(
        JSON_SCHEMA, include_raw=True, strict=True
    ).invoke("hi")["raw"],
    "model": lambda m, x: m.with_structured_output(Answer42, include_raw=True).invoke("hi")["raw"],
    "tool for data": lambda m, x: m.with_structured_output(
        Answer42, include_raw=True, method="function_calling"
    ).invoke("hi")["raw"],
}


PAIRS = {(fields, act) for fields in ("plain", "responses") for act in ACTS}
PAIRS |= {(fields, act) for fields in FIELDS for act in ("conversation", "later")}


@pytest.mark.parametrize(
    ("fields", "act"),
    # "later" has a refusal, which is a block of its own from LangChain 1.8 on.
    [
        pytest.param(*pair, marks=needs_current if pair[1] == "later" else ())
        for pair in sorted(PAIRS)
    ],
)
def test_requests_and_answers(fields: str, act: str) -> None:
    (our_request, our_message), (their_request, their_message) = (
        asked_and_answered(library, FIELDS[fields], ACTS[act]) for library in LIBRARIES
    )
    assert our_request == their_request
    assert told(our_message) == told(their_message)


@pytest.mark.parametrize("tools", [[WEB], [f, WEB], [MCP], [PATCH], [{"type": "image_generation"}]])
@pytest.mark.parametrize("choice", [None, "web_search", True])
def test_tools_of_the_provider(tools: Any, choice: Any) -> None:
    def act(model: Any, _: Any) -> Any:
        return model.bind_tools(tools, tool_choice=choice).invoke("hi")

    (our_request, _), (their_request, _) = (
        asked_and_answered(library, {}, act) for library in LIBRARIES
    )
    assert our_request == their_request
    assert our_request[0][0] == "/v1/responses"


def test_a_block_says_its_type() -> None:
    def act(model: Any, messages: Any) -> Any:
        with pytest.raises((KeyError, ValueError), match="type"):
            model.invoke([messages.HumanMessage([{"text": "hi"}])])

    for library in LIBRARIES:
        asked, _ = asked_and_answered(library, FIELDS["responses"], act)
        assert asked == []


def test_pieces_of_a_stream_may_have_a_limit_of_their_own() -> None:
    sent: dict[str, Any] = {}
    model = ChatOpenAI(model="gpt-test", api_key="k", timeout=60, stream_chunk_timeout=2)

    class Client:
        class chat:
            class completions:
                @staticmethod
                def create(**payload: Any) -> Any:
                    sent.update(payload)
                    raise RuntimeError("seen")

    model._clients._sync = Client
    with pytest.raises(RuntimeError, match="seen"):
        list(model.stream("hi"))
    assert sent.pop("timeout") == 2
    with pytest.raises(RuntimeError, match="seen"):
        model.invoke("hi")
    assert "timeout" not in sent
