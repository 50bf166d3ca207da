"""Content-block streams: events, projections and runs are those of LangChain."""

import asyncio
import random
import warnings
from copy import deepcopy
from typing import Any

import pytest
from tests.reference import needs_current
from tests.shared import SHARED, SKIPPED

from headrace.compat import exact
from headrace.language_models.recorded import chunks_of, events_in

from .models_kit import Kit, plain

pytestmark = needs_current

try:
    from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
except ImportError:  # pragma: no cover - the package is in the test group
    assert_valid_event_stream = None

KITS = (Kit("langchain_core"), Kit("headrace"))
FIELDS = (
    "content",
    "additional_kwargs",
    "response_metadata",
    "tool_call_chunks",
    "usage_metadata",
    "chunk_position",
)
RECORDINGS = sorted((SHARED / "recordings").glob("*.jsonl"))


def text(value: str, **fields: Any) -> dict[str, Any]:
    return {"content": value, **fields}


def call(args: str | None, index: Any, id: str | None = None, name: str | None = None) -> Any:
    return {"type": "tool_call_chunk", "args": args, "index": index, "id": id, "name": name}


def calls(*chunks: Any, **fields: Any) -> dict[str, Any]:
    return {"content": "", "tool_call_chunks": list(chunks), **fields}


def blocks(*content: Any, **fields: Any) -> dict[str, Any]:
    return {"content": list(content), **fields}


USAGE = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4}
STREAMS: dict[str, list[dict[str, Any]]] = {
    "text": [text("The "), text("sky"), text("")],
    "empty": [text("")],
    "metadata": [
        text("a", response_metadata={"model_provider": "openai", "model_name": "m"}),
        text("b", response_metadata={"finish_reason": "stop"}),
    ],
    "info": [text("a", info={"finish_reason": "stop", "lc_gateway_metadata": {"a": 1}})],
    "usage": [
        text("a", usage_metadata={**USAGE, "input_token_details": {"cache_read": 2}}),
        text("b", usage_metadata={**USAGE, "output_token_details": {"reasoning": 1}}),
    ],
    "call": [calls(call("", 0, "1", "f")), calls(call('{"a":', 0)), calls(call(" 1}", 0))],
    "call without arguments": [calls(call("", 0, "1", "f"))],
    "call with null arguments": [calls(call(None, 0, "1", "f")), calls(call("{}", 0))],
    "late name": [calls(call("{", 0, "1")), calls(call("}", 0, None, "f"))],
    "no index": [calls(call('{"a"', None, "1", "f")), calls(call(":1}", None))],
    "broken call": [calls(call('{"a": ', 0, "1", "f")), text("")],
    "parallel": [
        text("hm"),
        calls(call('{"a"', 0, "1", "f"), call('{"b"', 1, "2", "g")),
        calls(call(":1}", 1)),
        calls(call(":2}", 0)),
    ],
    "last with call": [calls(call('{"a": 1}', 0, "1", "f"), chunk_position="last")],
    "extra": [
        text("", additional_kwargs={"reasoning_content": "so "}),
        text("", additional_kwargs={"reasoning_content": "then"}),
        text("yes", additional_kwargs={"x": {"y": "1"}}),
        text("!", additional_kwargs={"x": {"y": "2"}}),
    ],
    "typed": [
        blocks({"type": "reasoning", "reasoning": "a", "index": 0}),
        blocks({"type": "reasoning", "reasoning": "b", "index": 0, "extras": {"signature": "s"}}),
        blocks({"type": "text", "text": "c", "index": 1, "id": "t"}),
        blocks({"type": "text", "text": "d", "index": 1, "annotations": [{"type": "citation"}]}),
        blocks({"type": "image", "base64": "AA==", "mime_type": "image/png", "index": 2}),
        blocks({"type": "server_tool_call_chunk", "args": '{"q": 1}', "name": "s", "index": "x"}),
        blocks({"type": "server_tool_result", "tool_call_id": "1", "output": [1], "index": 4}),
        blocks({"type": "non_standard", "value": {"a": 1}, "index": 5}),
    ],
    "data": [
        blocks({"type": "audio", "data": "AA", "encoding": "base64", "index": 0}),
        blocks({"type": "audio", "data": "BB", "encoding": "base64", "index": 0}),
    ],
    "same index, other type": [
        blocks({"type": "text", "text": "a", "index": 0}),
        blocks({"type": "reasoning", "reasoning": "b", "index": 0}),
    ],
    "anthropic": [
        blocks(response_metadata={"model_provider": "anthropic"}),
        blocks(
            {"type": "tool_use", "id": "1", "name": "f", "input": {}, "index": 0},
            tool_call_chunks=[call("", 0, "1", "f")],
            response_metadata={"model_provider": "anthropic"},
        ),
        blocks(
            {"type": "input_json_delta", "partial_json": '{"a": 1}', "index": 0},
            tool_call_chunks=[call('{"a": 1}', 0)],
            response_metadata={"model_provider": "anthropic"},
        ),
    ],
}


def generated(seed: int) -> list[dict[str, Any]]:
    """A random stream of text, reasoning, tool calls, metadata and token counts."""
    draw = random.Random(seed)
    provider = draw.choice([{}, {"model_provider": "openai"}])
    open_calls: list[int] = []
    stream = []
    for _ in range(draw.randint(1, 12)):
        kind = draw.choice(["text", "text", "call", "args", "args", "reasoning", "usage", "both"])
        fields: dict[str, Any] = {"response_metadata": dict(provider)}
        if kind == "usage":
            stream.append(text("", usage_metadata=USAGE, **fields))
        elif kind == "reasoning":
            extra = {"reasoning_content": draw.choice(["", "hm", "so"])}
            stream.append(text("", additional_kwargs=extra, **fields))
        elif kind == "call":
            open_calls.append(len(open_calls))
            head = call(draw.choice(["", "{", None]), open_calls[-1], f"id{len(stream)}", "f")
            stream.append(calls(head, **fields))
        elif kind == "args" and open_calls:
            part = call(draw.choice(['{"a"', ": 1", "}", ""]), draw.choice(open_calls))
            stream.append(calls(part, **fields))
        elif kind == "both" and open_calls:
            part = call(": 1", draw.choice(open_calls))
            stream.append({**calls(part, **fields), "content": "text"})
        else:
            stream.append(text(draw.choice(["", "a", "bc ", "é"]), **fields))
    return stream


def recorded(path: Any) -> list[dict[str, Any]]:
    return [{name: getattr(chunk, name) for name in FIELDS} for chunk in chunks_of(events_in(path))]


def run(stream: list[dict[str, Any]], kit: Kit) -> Any:
    """The events, projections and message of a stream, and what handlers hear."""
    model = kit.streaming(lambda kit: (kit.chunk(**deepcopy(fields)) for fields in stream))()
    ear = kit.ear()
    heard: list[Any] = []

    def on_stream_event(event: Any, **kwargs: Any) -> None:
        heard.append(event)

    kind = type("Hears", (type(ear),), {"on_stream_event": lambda _, e, **k: on_stream_event(e)})
    handler = kind()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = {"callbacks": [handler], "run_id": None}
        found = model.stream_events("hi", config, version="v3")
    seen = {
        "text": list(found.text),
        "reasoning": list(found.reasoning),
        "calls": list(found.tool_calls),
        "events": list(found),
        "whole": (str(found.text), str(found.reasoning), found.tool_calls.get()),
        "output": found.output.model_dump(),
        "heard": heard,
        "ends": [event for event, *_ in ear.heard if event != "on_chat_model_start"],
    }
    return plain(seen)


async def arun(stream: list[dict[str, Any]], kit: Kit) -> Any:
    """The same, read asynchronously by several readers at once."""
    model = kit.streaming(lambda kit: (kit.chunk(**deepcopy(fields)) for fields in stream))()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = await model.astream_events("hi", version="v3")

    async def read(source: Any) -> list[Any]:
        return [item async for item in source]

    sources = (found.text, found.reasoning, found.tool_calls, found)
    parts = await asyncio.gather(*map(read, sources))
    whole = [await found.text, await found.reasoning, await found.tool_calls]
    return plain([parts, whole, (await found).model_dump()])


def check(stream: list[dict[str, Any]]) -> None:
    theirs, ours = run(stream, KITS[0]), run(stream, KITS[1])
    assert ours == theirs
    assert ours["events"] == ours["heard"]
    if assert_valid_event_stream is not None:
        assert_valid_event_stream(ours["events"])
    assert asyncio.run(arun(stream, KITS[1])) == asyncio.run(arun(stream, KITS[0]))


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    if name in ("same index, other type", "data"):
        # not valid by the rules of the protocol, but converted in the same way
        with exact():
            assert run(STREAMS[name], KITS[1]) == run(STREAMS[name], KITS[0])
        return
    check(STREAMS[name])


@pytest.mark.parametrize("seed", range(60))
def test_generated_streams(seed: int) -> None:
    check(generated(seed))


@pytest.mark.skipif(not RECORDINGS, reason=SKIPPED.format("recordings"))
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_recordings(path: Any) -> None:
    try:
        stream = recorded(path)
    except Exception as error:
        pytest.skip(f"the recording is of an error: {error}")
    check(stream)
