"""Streams through the real SDK: chunks and totals equal those of langchain-anthropic."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from tests.messages.recordings import recordings
from tests.providers.anthropic_kit import (
    HELLO,
    WEATHER,
    block,
    both,
    call,
    ended,
    shown,
    started,
    text,
    trace,
)
from tests.reference import needs_current
from tests.replay_server import Answer, ReplayServer, events_of

from headrace.compat import exact

THINKING = [
    started(cache_creation_input_tokens=3, cache_read_input_tokens=4),
    *block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Let me "},
        {"type": "thinking_delta", "thinking": "see."},
        {"type": "signature_delta", "signature": "c2ln"},
    ),
    *block(1, {"type": "redacted_thinking", "data": "ZGF0YQ=="}),
    *text(2, "42"),
    *ended(usage={"output_tokens_details": {"thinking_tokens": 6}}),
]
OPENED_WHOLE = [
    started(),
    *block(0, {"type": "thinking", "thinking": "Well", "signature": "s"}),
    *block(1, {"type": "text", "text": "So"}, {"type": "text_delta", "text": " it is"}),
    *block(2, {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Ulm"}}),
    *ended("tool_use"),
]
CITATIONS = [
    started(),
    *block(
        0,
        {"type": "text", "text": "", "citations": []},
        {"type": "text_delta", "text": "The grass is green"},
        {
            "type": "citations_delta",
            "citation": {
                "type": "char_location",
                "cited_text": "The grass is green.",
                "document_index": 0,
                "document_title": "Nature",
                "start_char_index": 0,
                "end_char_index": 20,
                "file_id": None,
            },
        },
        {
            "type": "citations_delta",
            "citation": {
                "type": "web_search_result_location",
                "cited_text": "green",
                "encrypted_index": "Eo8",
                "title": "Grass",
                "url": "https://example.com/grass",
            },
        },
    ),
    *ended(),
]
CACHE = [
    started(cache_read_input_tokens=100, cache_creation={"ephemeral_5m_input_tokens": 9}),
    *text(0, "ok"),
    *ended(usage={"cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}),
]
PARALLEL = [
    started(),
    *text(0, "Two at once."),
    *call(1, "toolu_1", "weather", "", '{"ci', 'ty": "U', 'lm"}'),
    *call(2, "toolu_2", "weather", '{"city": "Bonn \\u00e4', '\\ud83d\\ude42"}'),
    *call(3, "toolu_3", "clock", ""),
    *ended("tool_use"),
]
SERVER_TOOLS = [
    started(),
    *block(
        0,
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"query": "x"}'},
    ),
    *block(
        1,
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_1",
            "content": [
                {
                    "type": "web_search_result",
                    "title": "X",
                    "url": "https://example.com",
                    "encrypted_content": "e",
                    "page_age": None,
                }
            ],
        },
    ),
    *block(
        2,
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "srvtoolu_2",
            "content": {
                "type": "code_execution_result",
                "stdout": "1",
                "stderr": "",
                "return_code": 0,
                "content": [],
            },
        },
    ),
    *call(
        3,
        "toolu_1",
        "weather",
        '{"city": "Ulm"}',
        caller={"type": "code_execution_20250825", "tool_id": "srvtoolu_2"},
    ),
    *block(4, {"type": "container_upload", "file_id": "f"}),
    *text(5, "Done."),
    *ended(container={"id": "container_1", "expires_at": "2026-01-02T03:04:05.678Z"}),
]
STOPPED = [
    started(),
    *text(0, "one, two"),
    *ended("stop_sequence", stop_sequence="three"),
]
REFUSED = [
    started(),
    *text(0, "I"),
    *ended("refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "no"}),
]
UNKNOWN = [
    started(),
    {"type": "ping"},
    {"type": "vibe_check", "mood": "good"},
    *block(0, {"type": "hologram", "light": "blue"}, {"type": "photon_delta", "photon": 1}),
    *text(1, "still here"),
    *ended(),
]

STREAMS: dict[str, tuple[list[Any], dict[str, Any], list[Any]]] = {
    "hello": (HELLO, {}, []),
    "thinking": (THINKING, {"thinking": {"type": "enabled", "budget_tokens": 1024}}, []),
    "opened whole": (OPENED_WHOLE, {"thinking": {"type": "adaptive"}}, [WEATHER]),
    "opened whole, text": (OPENED_WHOLE[:1] + OPENED_WHOLE[3:6] + OPENED_WHOLE[-2:], {}, []),
    "citations": (CITATIONS, {}, [WEATHER]),
    "citations, plain": (CITATIONS, {}, []),
    "cache": (CACHE, {}, []),
    "parallel tools": (PARALLEL, {}, [WEATHER]),
    "server tools": (SERVER_TOOLS, {}, [{"type": "web_search_20250305", "name": "web_search"}]),
    "server tools in beta": (SERVER_TOOLS, {"betas": ["files-api-2025-04-14"]}, [WEATHER]),
    "stop sequence": (STOPPED, {"stop": ["three"]}, []),
    "refused": (REFUSED, {}, []),
    "unknown events": (UNKNOWN, {}, [WEATHER]),
    "no usage": (PARALLEL, {"stream_usage": False}, [WEATHER]),
    "compaction": (
        [
            started(),
            *block(
                0,
                {"type": "compaction", "content": None},
                {"type": "compaction_delta", "content": "so far", "encrypted_content": None},
            ),
            *text(1, "on"),
            *ended(),
        ],
        {
            "betas": ["compact-2026-01-12"],
            "context_management": {"edits": [{"type": "compact_20260112"}]},
        },
        [],
    ),
}


class Rig:
    """A server that answers with what is set, and the models that ask it."""

    def __init__(self, server: ReplayServer) -> None:
        self.url = server.url
        self.answer = Answer()
        self.loop = asyncio.new_event_loop()
        self.models: dict[str, Any] = {}

    def traces(self, events: Any, fields: Any, tools: Any, cut: int | None) -> list[list[Any]]:
        """What both give, ours in both ways."""
        self.answer = Answer.streaming(events, cut=cut)
        models = self.models.setdefault(repr(fields), both(self.url, fields))
        here, there = (model.bind_tools(tools) if tools else model for model in models)

        async def gone_through() -> list[Any]:
            return [shown(chunk) async for chunk in here.astream("Hi")]

        reference = trace(there.stream("Hi"))
        return [reference, trace(here.stream("Hi")), self.loop.run_until_complete(gone_through())]

    def close(self) -> None:
        async def close_ours() -> None:
            for here, _ in self.models.values():
                await here._async_client.close()

        for here, there in self.models.values():
            here._client.close()
            there._client.close()
        self.loop.run_until_complete(close_ours())
        self.loop.close()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with ReplayServer(answer=lambda _: made.answer) as server:
        made = Rig(server)
        yield made
        made.close()


# The reference warns of tools where none were given; here they are given as they come.
unexpected = pytest.mark.filterwarnings("ignore:Received unexpected tool content block")


@unexpected
@pytest.mark.parametrize("cut", [None, 1, 7, 64])
@pytest.mark.parametrize(
    "named",
    # Before 1.8, LangChain dropped the stop reason together with the token counts.
    [pytest.param(name, marks=needs_current if name == "no usage" else ()) for name in STREAMS],
)
def test_equal_to_the_reference(rig: Rig, named: str, cut: int | None) -> None:
    # input at the start of a call, and counts that the end lacks, are named differences: see
    # tests/wire/test_differences.py, and the tests below for the default
    differs = named in ("opened whole", "thinking")
    with exact() if differs else nullcontext():
        reference, synchronous, asynchronous = rig.traces(*STREAMS[named], cut)
    assert len(reference) > 1
    assert synchronous == reference
    assert asynchronous == [chunk for chunk, _ in reference]


@unexpected
def test_counts_of_the_start_by_default(rig: Rig) -> None:
    reference, synchronous, asynchronous = rig.traces(*STREAMS["thinking"], None)
    # 5 tokens, 3 that went into the cache and 4 that came from it: the end repeats none of them
    counted = {
        "input_tokens": 12,
        "output_tokens": 7,
        "total_tokens": 19,
        "input_token_details": {"cache_creation": 3, "cache_read": 4},
        "output_token_details": {"reasoning": 6},
    }
    last, total = ({**one, "usage_metadata": counted} for one in reference[-1])
    assert synchronous == [*reference[:-1], (last, total)]
    assert asynchronous == [chunk for chunk, _ in synchronous]


@unexpected
def test_input_at_the_start_by_default(rig: Rig) -> None:
    reference, synchronous, asynchronous = rig.traces(*STREAMS["opened whole"], None)
    # the input moves from the start of the call, the fifth chunk, to its end, a chunk of its own
    start = reference[4][0]
    assert synchronous[:4] == reference[:4]
    call = {"name": "weather", "args": "", "id": "t", "index": 2, "type": "tool_call_chunk"}
    parsed = {"name": "weather", "args": {}, "id": "t", "type": "tool_call"}
    assert synchronous[4][0] == {**start, "tool_call_chunks": [call], "tool_calls": [parsed]}
    rest = {**call, "name": None, "id": None, "args": '{"city": "Ulm"}'}
    assert synchronous[5][0]["tool_call_chunks"] == [rest]
    assert synchronous[5][0]["content"] == []
    assert synchronous[6:] == reference[5:]
    assert asynchronous == [chunk for chunk, _ in synchronous]


@unexpected
@pytest.mark.parametrize("cut", [None, 1, 7, 64])
@pytest.mark.parametrize("tools", [[], [WEATHER]], ids=["plain", "tools"])
@pytest.mark.parametrize("path", [one for one in recordings() if "anthropic" in str(one.id)])
def test_recordings_are_equal_to_the_reference(
    rig: Rig, path: Any, tools: Any, cut: int | None
) -> None:
    events = events_of(path)
    if cut is not None and len(events) > 43:
        events = [*events[:40], *events[-3:]]
    with exact():  # one of them is several messages, whose names a sum doubles
        reference, synchronous, asynchronous = rig.traces(events, {}, tools, cut)
    assert synchronous == reference
    assert asynchronous == [chunk for chunk, _ in reference]
