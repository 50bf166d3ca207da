"""Following the streams of the real SDKs, against what their own helpers add up."""

import asyncio
import gc
import json
import subprocess
import sys
from types import SimpleNamespace

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.replay_server import Answer, ReplayServer, events_of
from tests.shared import SHARED, SKIPPED

from headrace.following import LiveAnswer, follow
from headrace.json import PartialJsonParser

from .streams import CHAT, MESSAGES, RESPONSES, aopened, chat, followed, helper_of, opened

RECORDED = [
    "anthropic-json-output-format.1",
    "anthropic-json-tool.1",
    "anthropic-text",
    "anthropic-tool-no-args",
    "anthropic-web-fetch-tool.1",
    "deepseek-reasoning",
    "deepseek-tool-call",
    "groq-tool-call",
    "mistral-incremental-tool-call",
    "openai-custom-tool.1",
    "openai-text",
    "xai-text",
]
STREAMS = {"chat": CHAT, "responses": RESPONSES, "messages": MESSAGES}


def agrees(answer: LiveAnswer, helper) -> None:
    text, calls, stopped = helper
    assert answer.text == text
    assert answer.stop_reason == stopped
    assert len(answer.tool_calls) == len(calls)
    for call, (id, name, arguments) in zip(answer.tool_calls, calls, strict=True):
        if isinstance(arguments, str) and call.is_json:
            arguments = json.loads(arguments or "{}")
        assert (call.id, call.name, call.arguments) == (id, name, arguments)
        assert call.complete
        assert call.error is None


@pytest.mark.parametrize("name", STREAMS)
def test_the_end_is_what_the_sdks_helper_adds_up(name):
    with ReplayServer(STREAMS[name]) as server:
        with opened(STREAMS[name], server.url) as stream, follow(stream) as following:
            answer = following.until_done()
        agrees(answer, helper_of(STREAMS[name], server.url))
        assert answer.usage is not None


@pytest.mark.parametrize("name", RECORDED)
def test_recordings(name):
    path = SHARED / "recordings" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(SKIPPED.format(name))
    events = events_of(path)
    with ReplayServer(events) as server:
        with opened(events, server.url) as stream, follow(stream) as following:
            answer = following.until_done()
        agrees(answer, helper_of(events, server.url))


@pytest.mark.parametrize("name", STREAMS)
async def test_asynchronously_and_cut_anywhere(name):
    events = STREAMS[name]
    with ReplayServer(answer=lambda _: Answer.streaming(events, cut=7)) as server:
        seen = []
        async with aopened(events, server.url) as stream, follow(stream) as following:
            async for event, answer in following:
                assert answer is following.answer
                seen.append(type(event).__module__.split(".")[0])
        assert set(seen) <= {"openai", "anthropic"}
        assert (await following.until_done()) is answer
        agrees(answer, helper_of(events, server.url))


def test_what_is_seen_while_it_streams():
    with followed(CHAT) as following:
        seen = [
            (
                answer.delta,
                [(call.name, call.arguments, call.complete) for call in answer.tool_calls],
            )
            for _, answer in following
        ]
    look = [
        {},
        {"where": "Zü"},
        {"where": "Zürich", "how": [1]},
        {"where": "Zürich", "how": [12, 3]},
    ]
    assert [delta for delta, _ in seen] == ["", "Let me ", "see.", *[""] * 7]
    assert [calls[0][1] for _, calls in seen[3:7]] == look
    assert not any(calls[0][2] for _, calls in seen[3:7])
    assert seen[7][1] == [("look", look[-1], True), ("wait", {}, False)]
    assert seen[8][1][1] == ("wait", {}, True)


def test_structured_output_grows():
    with followed(RESPONSES) as following:
        outputs = [json.dumps(answer.output) for _, answer in following]
    assert list(dict.fromkeys(outputs)) == ["null", '{"a": []}', '{"a": [1, 2]}']
    assert following.answer.output_error is None


def test_options():
    with followed(CHAT, numbers="complete", strings="complete") as following:
        seen = [dict(a.tool_calls[0].arguments) for _, a in following if a.tool_calls]
    assert {"where": "Zü"} not in seen
    assert {"where": "Zürich", "how": []} in seen


def test_reasoning_and_refusals():
    with followed(MESSAGES) as following:
        assert following.until_done().reasoning == "Hm."
    refusing = json.loads(json.dumps(CHAT[:1] + CHAT[-2:-1]))
    refusing[0]["choices"][0]["delta"] = {"refusal": "I cannot."}
    with followed(refusing) as following:
        assert following.until_done().refusal == "I cannot."


@pytest.mark.parametrize("name", STREAMS)
def test_closing_closes_the_connection(name):
    events = STREAMS[name]
    with ReplayServer(events, hang_after=4) as server:
        with opened(events, server.url) as stream:
            with follow(stream) as following:
                next(following)
            assert server.requests[0].left.wait(5)
        with pytest.raises(StopIteration):
            next(following)


def test_closing_before_the_first_event_closes_the_connection():
    with ReplayServer(CHAT, hang_after=0) as server, opened(CHAT, server.url) as stream:
        follow(stream).close()
        assert server.requests[0].left.wait(5)


def test_leaving_without_closing_closes_the_connection():
    with ReplayServer(CHAT, hang_after=4) as server, opened(CHAT, server.url) as stream:
        following = follow(stream)
        for _ in following:
            break
        del following, stream, _
        gc.collect()
        assert server.requests[0].left.wait(5)


async def test_cancelling_closes_the_connection():
    with ReplayServer(CHAT, hang_after=4) as server:
        begun = asyncio.Event()

        async def read(stream):
            async with follow(stream) as following:
                async for _ in following:
                    begun.set()

        async with aopened(CHAT, server.url) as stream:
            task = asyncio.create_task(read(stream))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.requests[0].left.wait, 5)


def test_a_broken_connection_leaves_what_there_is():
    with ReplayServer(CHAT, drop_after=6) as server, opened(CHAT, server.url) as stream:
        following = follow(stream)
        with pytest.raises(openai.APIConnectionError):
            following.until_done()
    call = following.answer.tool_calls[0]
    assert call.arguments == {"where": "Zürich", "how": [1]}
    assert not call.complete


def test_arguments_that_are_no_json():
    events = chat(['{"where": ', "here}"])
    with followed(events) as following:
        call = following.until_done().tool_calls[0]
    assert call.complete
    assert call.arguments == {}
    assert call.error is not None
    assert call.error.offset == len('{"where": ')
    assert call.text == '{"where": here}'


def test_arguments_that_end_too_early():
    events = chat(['{"where": "he'])
    with followed(events) as following:
        call = following.until_done().tool_calls[0]
    assert call.complete
    assert call.arguments == {"where": "he"}
    assert call.error is not None


def test_one_of_several_answers():
    def said(index, text):
        choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
        return {**CHAT[0], "choices": [choice]}

    events = [said(0, "a"), said(1, "b"), said(0, "c")]
    with ReplayServer(events) as server:
        with opened(events, server.url) as stream:
            assert follow(stream).until_done().text == "ac"
        with opened(events, server.url) as stream:
            assert follow(stream, choice=1).until_done().text == "b"


def test_calls_that_come_in_turns():
    """As servers send them that let a model call tools at the same time."""

    def part(index, arguments, **head):
        said = SimpleNamespace(name=head.get("name"), arguments=arguments)
        call = SimpleNamespace(index=index, id=head.get("id"), function=said)
        delta = SimpleNamespace(content=None, tool_calls=[call])
        choice = SimpleNamespace(index=0, delta=delta, finish_reason=None)
        return SimpleNamespace(choices=[choice])

    seen = []
    chunks = [
        part(0, '{"a": [1', name="one", id="c0"),
        part(1, '{"b": 2', name="two", id="c1"),
        part(0, ", 2]"),
        part(1, "}"),
        part(0, "}"),
    ]
    for _, answer in follow(chunks):
        seen.append([(call.arguments, call.complete) for call in answer.tool_calls])
    assert seen == [
        [({"a": [1]}, False)],
        [({"a": [1]}, True), ({"b": 2}, False)],
        [({"a": [1, 2]}, False), ({"b": 2}, False)],
        [({"a": [1, 2]}, False), ({"b": 2}, False)],
        [({"a": [1, 2]}, False), ({"b": 2}, False)],
    ]
    answer.end()
    assert [call.error for call in answer.tool_calls] == [None, None]


def test_what_is_no_stream():
    with pytest.raises(TypeError, match="stream=True, not int"):
        follow(3)
    with pytest.raises(TypeError, match="was given str"):
        next(follow(["text"]))


def event(**fields):
    return SimpleNamespace(type="content_block_delta", index=0, delta=SimpleNamespace(**fields))


DOCUMENTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=6,
    ),
    max_size=4,
)


@given(DOCUMENTS, st.lists(st.integers(1, 6), max_size=30), st.lists(st.booleans(), max_size=30))
def test_any_cut_read_at_any_time_gives_the_prefix_parsed(document, cuts, reads):
    text = json.dumps(document)
    pieces, rest = [], text
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    block = SimpleNamespace(type="tool_use", id="c", name="look", input={})
    start = SimpleNamespace(type="content_block_start", index=0, content_block=block)
    stop = SimpleNamespace(type="content_block_stop", index=0)
    events = [event(type="input_json_delta", partial_json=piece) for piece in [*pieces, rest]]
    so_far = ""
    looks = iter([*reads, *[True] * len(events)])
    for one, answer in follow([start, *events, stop]):
        if one in events:
            so_far += one.delta.partial_json
            if next(looks):
                parser = PartialJsonParser(fences=False)
                parser.feed(so_far)
                assert answer.tool_calls[0].arguments == (parser.value or {})
    assert answer.tool_calls[0].arguments == document
    assert answer.tool_calls[0].error is None


def test_it_imports_no_sdk():
    program = (
        "import sys, headrace.following; "
        "print(sorted({'openai', 'anthropic', 'langchain_core', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
