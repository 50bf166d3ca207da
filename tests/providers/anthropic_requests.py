"""Conversations and arguments, and models that are given them: written once for both libraries."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Conversation = Callable[[ModuleType], Any]

PNG = "iVBORw0KGgo="
CALL = {"type": "tool_call", "name": "weather", "args": {"city": "Ulm"}, "id": "toolu_1"}


def human(content: Any) -> Conversation:
    return lambda m: [m.HumanMessage(content)]


def said(content: Any, provider: str | None = "anthropic", **fields: Any) -> Conversation:
    metadata = {"model_provider": provider} if provider else {}
    metadata |= fields.pop("metadata", {})

    def conversation(m: ModuleType) -> Any:
        answer = m.AIMessage(content, response_metadata=metadata, **fields)
        return [m.HumanMessage("Hi"), answer, m.HumanMessage("Go on")]

    return conversation


def answered(content: Any, **fields: Any) -> Conversation:
    return lambda m: [
        m.HumanMessage("Weather?"),
        m.AIMessage("", tool_calls=[CALL]),
        m.ToolMessage(content, tool_call_id="toolu_1", **fields),
    ]


def citation(**extras: Any) -> dict[str, Any]:
    known = {"type": "citation", "cited_text": "green", "title": "Nature"}
    return {**known, "extras": extras}


V1 = {"output_version": "v1"}
TYPED = [
    {"type": "reasoning", "reasoning": "Well", "extras": {"signature": "sig"}},
    {
        "type": "text",
        "text": "grass",
        "annotations": [
            citation(start_char_index=0, end_char_index=2, document_index=0),
            citation(start_block_index=0, end_block_index=2, document_index=0),
            citation(start_page_number=0, end_page_number=2),
            citation(search_result_index=1, source="s"),
            {"type": "citation", "url": "https://e.com", "extras": {"encrypted_index": "x"}},
            {"type": "citation", "cited_text": "?"},
            {"type": "non_standard_annotation", "value": {"type": "odd"}},
        ],
    },
    {"type": "tool_call", "name": "weather", "args": {"city": "Ulm"}, "id": "toolu_1"},
    {"type": "tool_call_chunk", "name": "clock", "args": '{"zone": 1}', "id": "toolu_2"},
    {
        "type": "tool_call",
        "name": "roll",
        "args": {},
        "id": "toolu_3",
        "extras": {"caller": {"type": "code_execution_20250825", "tool_id": "s"}},
    },
    {"type": "invalid_tool_call", "name": "bad", "args": "{", "id": "toolu_4", "error": None},
    {
        "type": "server_tool_call",
        "name": "code_interpreter",
        "args": {"code": "1"},
        "id": "srvtoolu_1",
    },
    {
        "type": "server_tool_call",
        "name": "remote_mcp",
        "args": {},
        "id": "mcptoolu_1",
        "extras": {"tool_name": "echo", "server_name": "s", "partial_json": '{"a": 1}'},
    },
    {
        "type": "server_tool_result",
        "tool_call_id": "srvtoolu_1",
        "status": "success",
        "output": {"type": "code_execution_result", "stdout": "1"},
        "extras": {"block_type": "code_execution_tool_result"},
    },
    {
        "type": "server_tool_result",
        "tool_call_id": "mcptoolu_1",
        "status": "error",
        "output": [],
        "extras": {"block_type": "mcp_tool_result"},
    },
    {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "d"}},
]

CONVERSATIONS: dict[str, Conversation] = {
    "text": lambda m: "Hi",
    "system": lambda m: [m.SystemMessage("Be brief."), m.HumanMessage("Hi")],
    "system in blocks": lambda m: [
        m.SystemMessage(
            [
                "Be",
                {
                    "type": "text",
                    "text": "brief.",
                    "cache_control": {"type": "ephemeral"},
                    "id": "x",
                },
            ]
        ),
        m.SystemMessage("And kind."),
        m.HumanMessage("Hi"),
    ],
    "empty system": lambda m: [m.SystemMessage([]), m.HumanMessage("Hi")],
    "humans in a row": lambda m: [
        m.HumanMessage("Hi"),
        m.HumanMessage([{"type": "text", "text": "there"}, "!"]),
        m.HumanMessage("?"),
    ],
    "chat": lambda m: [
        m.HumanMessage("Hi"),
        m.AIMessage("Hello"),
        m.HumanMessage("Bye"),
        m.AIMessage("So "),
    ],
    "assistants in a row": lambda m: [
        m.HumanMessage("Hi"),
        m.AIMessage("Hello"),
        m.AIMessage("again"),
    ],
    "empty answer": lambda m: [m.HumanMessage("Hi"), m.AIMessage(""), m.HumanMessage("Yes?")],
    "empty answer in blocks": said([{"type": "text", "text": " "}]),
    "answer to continue": lambda m: [
        m.HumanMessage("Hi"),
        m.AIMessage([{"type": "text", "text": "It is  "}]),
    ],
    "chunks": lambda m: [m.HumanMessageChunk(content="Hi"), m.AIMessageChunk(content="Well")],
    "tuples": lambda m: [("system", "Be brief."), ("human", "Hi"), ("ai", "Yes?")],
    "image by address": human(
        [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
    ),
    "image in the text": human(
        [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
    ),
    "image, typed": human(
        [
            {"type": "image", "url": "https://example.com/a.png"},
            {"type": "image", "url": f"data:image/png;base64,{PNG}"},
            {"type": "image", "base64": PNG, "mime_type": "image/png"},
            {"type": "image", "file_id": "file_1"},
        ]
    ),
    "image, older": human(
        [
            {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
            {"type": "image", "source_type": "id", "id": "file_1"},
            {"type": "image", "source_type": "url", "url": "https://example.com/a.png"},
        ]
    ),
    "image, native": human(
        [{"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]
    ),
    "documents": human(
        [
            {"type": "file", "url": "https://example.com/a.pdf", "title": "A"},
            {"type": "file", "base64": PNG, "extras": {"citations": {"enabled": True}}},
            {"type": "file", "base64": PNG, "mime_type": "application/x", "context": "c"},
            {"type": "file", "file_id": "file_1", "metadata": {"title": "B"}},
            {"type": "file", "source_type": "base64", "data": PNG},
            {"type": "file", "source_type": "id", "id": "file_2"},
            {"type": "text-plain", "text": "t", "cache_control": {"type": "ephemeral"}},
        ]
    ),
    "search results": human(
        [
            {
                "type": "search_result",
                "source": "s",
                "title": "t",
                "content": [{"type": "text", "text": "x"}],
            }
        ]
    ),
    "cached text": human([{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]),
    "tool result": answered("sunny"),
    "tool result in blocks": answered(
        [
            {"type": "text", "text": "sunny", "cache_control": {"type": "ephemeral"}},
            "really",
            {"type": "image", "base64": PNG, "mime_type": "image/png"},
        ]
    ),
    "failed tool": answered("no", status="error"),
    "tool result, native": answered(
        [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}]
    ),
    "tool references": answered(
        [
            {
                "type": "tool_result",
                "tool_use_id": "functions.f:0",
                "content": [{"type": "tool_reference", "tool_name": "weather"}],
                "index": 1,
            }
        ]
    ),
    "several results, and a text": lambda m: [
        m.HumanMessage("Weather?"),
        m.AIMessage(
            "Two.",
            tool_calls=[CALL, {**CALL, "id": "functions.weather:1"}],
            invalid_tool_calls=[
                {
                    "type": "invalid_tool_call",
                    "name": "clock",
                    "args": "{",
                    "id": "x y",
                    "error": None,
                },
                {
                    "type": "invalid_tool_call",
                    "name": None,
                    "args": "{",
                    "id": "nameless",
                    "error": None,
                },
            ],
        ),
        m.ToolMessage("sunny", tool_call_id="toolu_1"),
        m.ToolMessage([], tool_call_id="functions.weather:1"),
        m.HumanMessage("And now?"),
    ],
    "calls in the content": said(
        [
            {"type": "text", "text": "Let me see.", "index": 0},
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}, "index": 1},
            {
                "type": "tool_use",
                "id": "toolu_2",
                "name": "clock",
                "input": {},
                "partial_json": '{"zone": 1}',
                "index": 2,
            },
            {"type": "tool_use", "id": "toolu_3", "name": "clock", "input": {"zone": 2}},
            {"type": "tool_use", "id": "toolu_4", "name": "clock", "partial_json": '{"zo'},
            {
                "type": "tool_use",
                "id": "toolu_5",
                "name": "roll",
                "input": {"n": 6},
                "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"},
            },
        ],
        tool_calls=[CALL],
    ),
    "toolsets": lambda m: [
        m.HumanMessage("Weather?"),
        m.AIMessage(
            [
                {
                    "type": "tool_use",
                    "id": "toolu_1",
                    "name": "weather",
                    "input": {},
                    "toolset_name": "sky",
                }
            ],
            tool_calls=[CALL],
        ),
        m.ToolMessage("sunny", tool_call_id="toolu_1"),
    ],
    "thinking": said(
        [
            {"type": "thinking", "thinking": "Well", "signature": "sig", "index": 0},
            {"type": "thinking", "signature": "sig", "index": 1},
            {"type": "redacted_thinking", "data": "d", "index": 2},
            {"type": "text", "text": "42", "index": 3},
        ]
    ),
    "citations": said(
        [
            {
                "type": "text",
                "text": "green",
                "index": 0,
                "citations": [
                    {"type": "char_location", "cited_text": "g", "file_id": None},
                    {"type": "char_location", "cited_text": "h", "file_id": "f"},
                ],
            }
        ]
    ),
    "server tools": said(
        [
            {
                "type": "server_tool_use",
                "id": "srvtoolu_1",
                "name": "web_search",
                "input": {},
                "partial_json": '{"query": "x"}',
                "index": 0,
            },
            {
                "type": "web_search_tool_result",
                "tool_use_id": "srvtoolu_1",
                "content": [{"type": "web_search_result", "url": "u"}],
                "index": 1,
            },
            {
                "type": "mcp_tool_use",
                "id": "mcptoolu_1",
                "name": "echo",
                "server_name": "s",
                "input": {"a": 1},
                "index": 2,
            },
            {
                "type": "mcp_tool_result",
                "tool_use_id": "mcptoolu_1",
                "is_error": False,
                "content": [],
                "index": 3,
            },
            {
                "type": "tool_search_tool_result",
                "tool_use_id": "srvtoolu_2",
                "content": {},
                "index": 4,
            },
            {
                "type": "web_fetch_tool_result",
                "tool_use_id": "srvtoolu_3",
                "content": {},
                "retrieved_at": "now",
                "index": 5,
            },
            {
                "type": "advisor_tool_result",
                "tool_use_id": "srvtoolu_4",
                "content": {},
                "index": 6,
            },
            {"type": "container_upload", "file_id": "f"},
        ]
    ),
    "of another provider": said(
        [
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "name": "f", "arguments": "{}"},
            {"type": "text", "text": "Hi"},
        ],
        provider="openai",
    ),
    "typed": said(TYPED, metadata=V1, tool_calls=[CALL]),
    "typed, of another provider": said(
        [
            {"type": "reasoning", "reasoning": "Well"},
            {"type": "text", "text": "Hi", "annotations": []},
            {"type": "invalid_tool_call", "name": "bad", "args": "{", "id": "x"},
        ],
        provider="openai",
        metadata=V1,
    ),
}

NEWEST = {"model": "claude-opus-5-5"}
SYSTEM_IN_PLACE: dict[str, Conversation] = {
    "behind a human": lambda m: [
        m.SystemMessage("Be brief."),
        m.HumanMessage("Hi"),
        m.SystemMessage("Be briefer."),
        m.AIMessage("Yes?"),
        m.HumanMessage("Bye"),
        m.SystemMessage("Now."),
    ],
    "tools added": lambda m: [
        m.HumanMessage("Hi"),
        m.SystemMessage(
            [
                {
                    "type": "tool_addition",
                    "tool": {"type": "tool_definition", "definition": {"name": "f"}},
                }
            ]
        ),
    ],
    "tools removed": lambda m: [
        m.HumanMessage("Hi"),
        m.SystemMessage(
            [
                "Mind this.",
                {"type": "non_standard", "value": {"type": "tool_removal", "name": "f"}},
            ]
        ),
    ],
    "behind a server tool": lambda m: [
        m.HumanMessage("Hi"),
        m.AIMessage(
            [{"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}]
        ),
        m.SystemMessage("Mind this."),
        m.AIMessage("Yes"),
        m.HumanMessage("Bye"),
    ],
    "behind nothing that is said": lambda m: [
        m.HumanMessage("Hi"),
        m.SystemMessage("One."),
        m.AIMessage(""),
        m.SystemMessage("Two."),
        m.AIMessage("Yes"),
        m.HumanMessage("Bye"),
    ],
}

TOOL = {
    "name": "weather",
    "description": "Say how the weather is.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
SKILLS = {"skills": [{"type": "anthropic", "skill_id": "pptx", "version": "latest"}]}
EXECUTION = {"type": "code_execution_20250522", "name": "code_execution"}

SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sampling": ({"temperature": 0.5, "top_k": 3, "top_p": 0.1}, {}),
    "sampling in a call": ({"temperature": 0.5}, {"temperature": 0.25}),
    "extra body": ({"temperature": 0.5, "top_k": 1}, {"extra_body": {"top_k": 2, "x": 1}}),
    "limits": ({"max_tokens": 7, "stop": ["a"]}, {}),
    "stop in a call": ({"stop": ["a"]}, {"stop": ["b"]}),
    "older name": ({"max_tokens_to_sample": 9}, {}),
    "unknown model": ({"model": "claude-next"}, {}),
    "thinking": ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {}),
    "thinking in a call": ({}, {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
    "updates of thinking": ({"thinking": {"type": "adaptive", "display": "updates"}}, {}),
    "effort": ({**NEWEST, "effort": "low"}, {}),
    "effort, older model": ({"model": "claude-opus-4-5", "reasoning_effort": "low"}, {}),
    "effort in a call": ({**NEWEST, "output_config": {"effort": "low"}}, {"effort": "high"}),
    "effort, two names": (NEWEST, {"effort": "high", "reasoning_effort": "low"}),
    "effort, and thinking": ({**NEWEST, "effort": "low"}, {"thinking": {"type": "adaptive"}}),
    "output config": (
        {"output_config": {"effort": "low", "task_budget": {"type": "tokens", "total": 9}}},
        {"output_config": {"effort": "high"}},
    ),
    "response format": (
        {},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": {"type": "object", "properties": {}}},
            }
        },
    ),
    "arguments of the SDK": (
        {"model_kwargs": {"service_tier": "auto"}},
        {"extra_headers": {"x-more": "1"}},
    ),
    "betas": ({"betas": ["a-2025-01-01"]}, {}),
    "betas in a call": ({"betas": ["a-2025-01-01"]}, {"betas": ["b-2025-01-01"]}),
    "mcp servers": ({"mcp_servers": [{"type": "url", "url": "https://e.com", "name": "e"}]}, {}),
    "context management": ({"betas": ["c-2025-01-01"], "context_management": {"edits": []}}, {}),
    "container": ({"container": "container_1"}, {}),
    "skills": ({"betas": ["skills-2025-10-02"], "container": SKILLS}, {"tools": [EXECUTION]}),
    "where": ({"inference_geo": "eu"}, {}),
    "for whom": ({"user_profile_id": "uprof_1"}, {}),
    "cache": ({}, {"cache_control": {"type": "ephemeral"}}),
    "provided tools": (
        {"betas": ["web-fetch-2025-09-10"]},
        {
            "tools": [
                {"type": "web_fetch_20250910", "name": "web_fetch"},
                EXECUTION,
                {**TOOL, "input_examples": [{"city": "Ulm"}]},
            ]
        },
    ),
    "fable": ({"model": "claude-fable-5", "temperature": 1}, {}),
    "tools in a call": ({}, {"tools": [TOOL], "tool_choice": {"type": "any"}}),
}
