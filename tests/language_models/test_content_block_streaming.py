"""Content-block streams: how they start, pause, end, fail and are closed."""

import asyncio
import gc
from typing import Any

import pytest
from pydantic import Field

from headrace.caches import InMemoryCache
from headrace.callbacks import BaseCallbackHandler
from headrace.callbacks.taps import BlockEventTap
from headrace.compat import exact
from headrace.language_models import BaseChatModel
from headrace.language_models.chat_model_stream import ChatModelStream
from headrace.language_models.replay import ReplayChatModel
from headrace.messages import AIMessage, AIMessageChunk
from headrace.output_parsers import StrOutputParser
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import RunnableLambda
from headrace.streams import acontent_blocks, content_blocks


class Source(BaseChatModel):
    """A model that counts its chunks and reports when its generator is closed."""

    count: int = 10
    fails_at: int = -1
    made: list[int] = Field(default_factory=list)
    closed: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "source"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("whole"))])

    def _chunk(self, i: int) -> ChatGenerationChunk:
        if i == self.fails_at:
            raise RuntimeError("broken")
        self.made.append(i)
        return ChatGenerationChunk(message=AIMessageChunk(content=f"{i} "))

    def _stream(self, *args: Any, **kwargs: Any):
        try:
            for i in range(self.count):
                yield self._chunk(i)
        finally:
            self.closed.append("sync")

    async def _astream(self, *args: Any, **kwargs: Any):
        try:
            for i in range(self.count):
                await asyncio.sleep(0)
                yield self._chunk(i)
        finally:
            self.closed.append("async")


class Ear(BaseCallbackHandler):
    """Keeps the names of the events of runs."""

    run_inline = True

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.heard.append("start")

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        self.heard.append("end")

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.heard.append(type(error).__name__)


class Tap(Ear, BlockEventTap):
    """Requests content-block events."""

    def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        self.heard.append(event["event"])

    def on_llm_new_token(self, *args: Any, **kwargs: Any) -> None:
        self.heard.append("token")


def source(**fields: Any) -> Source:
    return Source(made=[], closed=[], **fields)


def call(args: str, index: int = 0, id: str | None = None, name: str | None = None) -> Any:
    part = {"type": "tool_call_chunk", "args": args, "index": index, "id": id, "name": name}
    return AIMessageChunk(content="", tool_call_chunks=[part])


# -- sync ------------------------------------------------------------------------------------------


def test_reading_pulls_from_the_model() -> None:
    model, ear = source(), Ear()
    stream = model.stream_events("hi", {"callbacks": [ear]}, version="v3")
    assert (model.made, ear.heard, stream.message_id) == ([], [], None)
    text = iter(stream.text)
    assert next(text) == "0 "
    assert (model.made, ear.heard) == ([0], ["start"])
    assert next(iter(stream.text)) == "0 "
    assert str(stream.text) == "0 1 2 3 4 5 6 7 8 9 "
    assert list(text)[-1] == "9 "
    assert (ear.heard, model.closed) == (["start", "end"], ["sync"])
    assert stream.output.content[0]["text"] == str(stream.text)


def test_readers_may_take_turns() -> None:
    stream = source(count=3).stream_events("hi", version="v3")
    events, text = iter(stream), iter(stream.text)
    seen = [next(events)["event"], next(text), next(events)["event"], next(text)]
    assert seen == ["message-start", "0 ", "content-block-start", "1 "]
    assert [event.get("delta", {}).get("text") for event in events] == [
        "0 ",
        "1 ",
        "2 ",
        None,
        None,
    ]
    assert list(text) == ["2 "]


def test_plain_and_other_chunks_in_turn() -> None:
    chunks = ["a", call('{"x"', 0, "1", "f"), "b", "c", call(": 1"), call("}"), "d", call("{", 1)]
    model = ReplayChatModel([*chunks, call("1")])
    events = list(model.stream_events("hi", version="v3"))
    watched: list[Any] = []

    class Watch(BaseCallbackHandler):
        def on_stream_event(self, event: Any, **kwargs: Any) -> None:
            watched.append(event)

    stream = model.stream_events("hi", {"callbacks": [Watch()]}, version="v3")
    assert list(stream) == watched
    assert events[1:] == watched[1:]
    assert str(stream.text) == "abcd"
    assert [it["args"] for it in stream.tool_calls.get()] == [{"x": 1}]


def test_close_stops_the_model() -> None:
    model, ear = source(), Ear()
    with model.stream_events("hi", {"callbacks": [ear]}, version="v3") as stream:
        next(iter(stream.text))
    assert (model.closed, ear.heard) == (["sync"], ["start", "GeneratorExit"])
    with pytest.raises(GeneratorExit):
        _ = stream.output
    stream.close()
    assert ear.heard == ["start", "GeneratorExit"]


def test_close_before_the_first_event_starts_nothing() -> None:
    model, ear = source(), Ear()
    model.stream_events("hi", {"callbacks": [ear]}, version="v3").close()
    assert (model.made, ear.heard) == ([], [])


def test_failure_reaches_each_reader_and_ends_the_run_once() -> None:
    model, ear = source(fails_at=2), Ear()
    stream = model.stream_events("hi", {"callbacks": [ear]}, version="v3")
    seen = []
    with pytest.raises(RuntimeError, match="broken"):
        seen.extend(text for text in stream.text)
    for read in (lambda: list(stream), lambda: stream.output, stream.tool_calls.get):
        with pytest.raises(RuntimeError, match="broken"):
            read()
    assert (seen, ear.heard) == (["0 ", "1 "], ["start", "RuntimeError"])


def test_a_model_without_chunks_is_an_error() -> None:
    with pytest.raises(ValueError, match="No generation chunks"):
        _ = source(count=0).stream_events("hi", version="v3").output


def test_native_events_may_omit_the_end() -> None:
    class Native(Source):
        def _stream_chat_model_events(self, messages: Any, **kwargs: Any):
            yield {"event": "message-start", "role": "ai", "id": "x"}
            yield {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta"}}

    ear = Ear()
    stream = Native().stream_events("hi", {"callbacks": [ear]}, version="v3")
    assert (stream.output.id, ear.heard) == ("x", ["start", "end"])


@pytest.mark.parametrize("args", ["[1]", "5", "{", '{"a": 1' + "0" * 5000 + "}", "[" * 100_000])
def test_malformed_arguments_are_an_invalid_call(args: str) -> None:
    output = (
        ReplayChatModel([call(args, 0, "1", "f"), "x"]).stream_events("hi", version="v3").output
    )
    assert output.tool_calls == []
    assert [it["args"] for it in output.invalid_tool_calls] == [args]


def test_live_arguments() -> None:
    chunks = [call('{"items": [1', 0, "1", "f"), call(", 2"), call("]}"), call("{}", 1, "2", "g")]
    stream = ReplayChatModel([*chunks, "end"]).stream_events("hi", version="v3")
    live = [(it.name, it.args, it.complete) for it in stream.tool_calls.live()]
    assert live == [
        ("f", {"items": [1]}, False),
        ("f", {"items": [1, 2]}, False),
        ("f", {"items": [1, 2]}, True),
        ("g", {}, True),
    ]
    assert list(stream.tool_calls.json(select="$.items[*]")) == [1, 2]
    assert list(stream.tool_calls.json(name="g"))[-1] == {}


def test_json_of_the_text() -> None:
    stream = ReplayChatModel(['{"a": [1, ', "22], ", '"b": 3}']).stream_events("hi", version="v3")
    assert list(stream.text.json(select="$.a[*]")) == [1, 22]
    assert list(stream.text.json())[-1] == {"a": [1, 22], "b": 3}


# -- routing ---------------------------------------------------------------------------------------


def test_a_tap_routes_invoke() -> None:
    tap = Tap()
    message = source(count=2).invoke("hi", {"callbacks": [tap]})
    assert message.content == [{"type": "text", "text": "0 1 ", "index": 0}]
    assert tap.heard == [
        "start",
        "message-start",
        "content-block-start",
        "content-block-delta",
        "content-block-delta",
        "content-block-finish",
        "message-finish",
        "end",
    ]


async def test_a_tap_routes_ainvoke_and_cached_answers() -> None:
    tap, model = Tap(), source(count=1, cache=InMemoryCache())
    first = await model.ainvoke("hi", {"callbacks": [tap]})
    heard, tap.heard = tap.heard, []
    again = await model.ainvoke("hi", {"callbacks": [tap]})
    assert (tap.heard, again.content) == (heard, first.content)
    tap.heard = []
    model.invoke("hi", {"callbacks": [tap]})
    assert tap.heard == heard


def test_disable_streaming_wins_over_a_tap() -> None:
    tap = Tap()
    source(disable_streaming=True).invoke("hi", {"callbacks": [tap]})
    assert tap.heard == ["start", "end"]


def test_bindings_forward_the_version() -> None:
    bound = source(count=1).bind(stop=["x"]).with_config(tags=["t"])
    assert isinstance(bound.stream_events("hi", version="v3"), ChatModelStream)
    assert isinstance(bound.bind(version="v3").stream_events("hi"), ChatModelStream)


async def test_other_runnables_refuse() -> None:
    plain = RunnableLambda(lambda x: x)
    with pytest.raises(NotImplementedError, match="content_blocks"):
        plain.stream_events(1, version="v3")
    awaitable = plain.astream_events(1, version="v3")
    with pytest.raises(NotImplementedError, match="content_blocks"):
        await awaitable


# -- async -----------------------------------------------------------------------------------------


async def test_one_producer_serves_all_readers() -> None:
    model, ear = source(), Ear()
    stream = await model.astream_events("hi", {"callbacks": [ear]}, version="v3")
    assert ear.heard == []

    async def read() -> list[str]:
        return [text async for text in stream.text]

    first, second, message = await asyncio.gather(read(), read(), stream)
    assert first == second == [f"{i} " for i in range(10)]
    assert message.content[0]["text"] == await stream.text
    assert (len(model.made), ear.heard, model.closed) == (10, ["start", "end"], ["async"])


async def test_output_alone_drives_the_model() -> None:
    stream = await source(count=2000).astream_events("hi", version="v3", max_buffered=4)
    message = await stream.output
    assert len(message.content[0]["text"].split()) == 2000


async def test_a_slow_reader_pauses_the_model() -> None:
    model = source(count=1000)
    stream = await model.astream_events("hi", version="v3", max_buffered=8)
    most = read = 0
    async for _ in stream.text:
        read += 1
        for _ in range(20):
            await asyncio.sleep(0)
        most = max(most, len(model.made) - read)
    assert read == 1000
    assert most <= 9


async def test_without_the_difference_the_model_runs_ahead() -> None:
    with exact():
        model = source(count=1000)
        stream = await model.astream_events("hi", version="v3")
        await anext(aiter(stream.text))
        for _ in range(3000):
            await asyncio.sleep(0)
        assert len(model.made) == 1000
        await stream.aclose()


async def test_max_buffered_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_buffered"):
        await source().astream_events("hi", version="v3", max_buffered=0)


def others() -> set[Any]:
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.mark.parametrize("read", [0, 1, 5])
async def test_aclose_leaves_nothing(read: int) -> None:
    model, ear = source(count=1000), Ear()
    async with await model.astream_events("hi", {"callbacks": [ear]}, version="v3") as stream:
        text = aiter(stream.text)
        for _ in range(read):
            await anext(text)
    assert others() == set()
    assert ear.heard == ["start", "CancelledError"]
    assert model.closed == (["async"] if read else [])
    with pytest.raises(asyncio.CancelledError):
        await stream.output
    await stream.aclose()
    assert ear.heard == ["start", "CancelledError"]


async def test_aclose_after_the_end_changes_nothing() -> None:
    ear = Ear()
    stream = await source().astream_events("hi", {"callbacks": [ear]}, version="v3")
    await stream.output
    await stream.aclose()
    assert ear.heard == ["start", "end"]
    assert others() == set()


@pytest.mark.parametrize("steps", range(12))
async def test_a_cancelled_reader_leaves_nothing(steps: int) -> None:
    model, ear = source(count=1000), Ear()

    async def read() -> None:
        stream = await model.astream_events("hi", {"callbacks": [ear]}, version="v3")
        await stream.output

    task = asyncio.create_task(read())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert others() == set()
    assert ear.heard in ([], ["start", "CancelledError"])


async def test_a_cancelled_reader_leaves_the_others_alone() -> None:
    stream = await source(count=50).astream_events("hi", version="v3")

    async def read() -> int:
        return len([text async for text in stream.text])

    cancelled, going = asyncio.create_task(read()), asyncio.create_task(read())
    for _ in range(5):
        await asyncio.sleep(0)
    cancelled.cancel()
    assert await going == 50
    assert others() == set()


async def test_failure_ends_the_run_once() -> None:
    ear = Ear()
    model = source(fails_at=3)
    stream = await model.astream_events("hi", {"callbacks": [ear]}, version="v3")
    seen = []

    async def read() -> None:
        async for event in stream:
            seen.append(event["event"])

    with pytest.raises(RuntimeError, match="broken"):
        await read()
    with pytest.raises(RuntimeError, match="broken"):
        await stream
    assert seen.count("content-block-delta") == 3
    assert (ear.heard, model.closed) == (["start", "RuntimeError"], ["async"])


async def test_a_thousand_streams_at_once() -> None:
    async def read(number: int) -> str:
        stream = await source(count=5).astream_events(str(number), version="v3", max_buffered=2)
        return "".join([text async for text in stream.text])

    texts = await asyncio.gather(*(read(number) for number in range(1000)))
    assert set(texts) == {"0 1 2 3 4 "}
    assert others() == set()


async def test_live_arguments_async() -> None:
    chunks = [call('{"a": [1', 0, "1", "f"), call(", 2]}"), "end"]
    stream = await ReplayChatModel(chunks).astream_events("hi", version="v3")
    assert [it.args async for it in stream.tool_calls.live()] == [{"a": [1]}, {"a": [1, 2]}]
    assert [it async for it in stream.tool_calls.json(select="$.a[*]")] == [1, 2]


# -- chains ----------------------------------------------------------------------------------------


async def test_content_blocks_of_a_chain() -> None:
    prompt = ChatPromptTemplate.from_template("{x}")
    chain = prompt | source(count=2).bind(stop=["z"]) | StrOutputParser()
    assert list(content_blocks(chain, {"x": "hi"}).text) == ["0 ", "1 "]
    stream = await acontent_blocks(chain, {"x": "hi"})
    assert [text async for text in stream.text] == ["0 ", "1 "]
    assert str(content_blocks(source(count=1), "hi").text) == "0 "


@pytest.mark.parametrize("end", [RunnableLambda(str), None])
def test_content_blocks_needs_a_model_at_the_end(end: Any) -> None:
    chain = RunnableLambda(str) if end is None else source() | end
    with pytest.raises(TypeError, match="ends in a chat model"):
        content_blocks(chain, "hi")


def test_a_dropped_stream_ends_its_run() -> None:
    model, ear = source(), Ear()
    stream = model.stream_events("hi", {"callbacks": [ear]}, version="v3")
    next(iter(stream.text))
    del stream
    gc.collect()
    assert (model.closed, ear.heard) == (["sync"], ["start", "GeneratorExit"])
