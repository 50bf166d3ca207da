"""What langchain-openai makes of a stream is what headrace makes of it: chunk by chunk, and summed.

Both ask the same server, each by the SDK. Left out of the comparison is what headrace keeps of
other servers' reasoning, which the reference leaves out.
"""

import contextlib
from typing import Any

import langchain_openai
import pytest
from tests.messages.recordings import recordings
from tests.providers.openai.kit import CHAT, RESPONSES, streamed
from tests.reference import needs_current
from tests.replay_server import Answer, ReplayServer, events_of

from headrace import compat
from headrace.providers.openai import ChatOpenAI

FIELDS = (
    "content",
    "additional_kwargs",
    "response_metadata",
    "tool_call_chunks",
    "tool_calls",
    "invalid_tool_calls",
    "usage_metadata",
    "chunk_position",
    "type",
)
LONG = 8_000
"""Above so many bytes the middle of a recording is left out where it is sent in single bytes."""

SMALL = {"chat": CHAT, "responses": RESPONSES}


def shown(message: Any) -> dict[str, Any]:
    told = {name: getattr(message, name) for name in FIELDS}
    told["tool_call_chunks"] = [dict(call) for call in told["tool_call_chunks"]]
    told["id"] = "run" if str(message.id).startswith("lc_run") else message.id
    return told


def without_additions(told: dict[str, Any]) -> dict[str, Any]:
    """Without what headrace keeps of other servers and the reference leaves out."""
    more = dict(told["additional_kwargs"])
    more.pop("reasoning_content", None)
    return {**told, "additional_kwargs": more}


def traced(chunks: list[Any]) -> list[Any]:
    """Each chunk, and the total after it."""
    traces = []
    total: Any = None
    for chunk in chunks:
        total = chunk if total is None else total + chunk
        traces.append((without_additions(shown(chunk)), without_additions(shown(total))))
    return traces


def both(
    answer: Answer, events: list[Any], asynchronous: bool, **more: Any
) -> tuple[list[Any], list[Any]]:
    responses = str(events[0].get("type", "")).startswith("response.")
    fields = {"use_responses_api": responses, "stream_usage": True, **more}
    reference = Answer.streaming(events)
    broken = any(event.get("type") == "error" for event in events)
    expected = pytest.raises(Exception, match="quota") if broken else contextlib.nullcontext()
    theirs: list[Any] = []
    with ReplayServer(answer=lambda _: reference) as server, expected:
        streamed(server, asynchronous, theirs, cls=langchain_openai.ChatOpenAI, **fields)
    ours: list[Any] = []
    with ReplayServer(answer=lambda _: answer) as server, expected:
        streamed(server, asynchronous, ours, cls=ChatOpenAI, **fields)
    assert ours
    return traced(ours), traced(theirs)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", SMALL)
def test_small_streams(name: str, asynchronous: bool) -> None:
    events = SMALL[name]
    ours, theirs = both(Answer.streaming(events, cut=7), events, asynchronous)
    assert ours == theirs


@needs_current
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", SMALL)
def test_streams_of_typed_blocks(name: str, asynchronous: bool) -> None:
    events = SMALL[name]
    with compat.exact():
        ours, theirs = both(Answer.streaming(events), events, asynchronous, output_version="v1")
    assert ours == theirs


@needs_current
def test_typed_blocks_stay_apart() -> None:
    """The reference's sum has the call within the text, as both have the index 0."""
    events = SMALL["chat"]
    ours, _ = both(Answer.streaming(events), events, False, output_version="v1")
    text, call = ours[-1][1]["content"]
    assert text == {"type": "text", "text": "Grüß Gott 🐍", "index": 0}
    assert (call["type"], call["args"]) == ("tool_call", {"where": "Zürich"})


@pytest.mark.parametrize("cut", [None, 64, 7, 1])
@pytest.mark.parametrize("recording", recordings("openai", "deepseek", "groq", "mistral", "xai"))
def test_recorded_streams(recording: Any, cut: int | None) -> None:
    events = events_of(recording)
    if cut == 1 and recording.stat().st_size > LONG:
        events = events[:8] + events[-8:]
    ours, theirs = both(Answer.streaming(events, cut=cut), events, asynchronous=cut == 7)
    assert ours == theirs
