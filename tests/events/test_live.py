"""Events arrive while the run goes on: each test's step waits until the test has the event."""

import asyncio
import threading
from typing import Any

import pytest

from headrace.callbacks import adispatch_custom_event, dispatch_custom_event
from headrace.language_models import GenericFakeChatModel
from headrace.messages import AIMessage
from headrace.runnables import RunnableGenerator, RunnableLambda

from .chains import chunks, tokens

WAIT = 20


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_an_async_step_waits_for_its_reader(version):
    seen = asyncio.Event()

    async def gives(items):
        async for _ in items:
            yield "first"
            await asyncio.wait_for(seen.wait(), WAIT)
            yield "second"

    events = []
    async for event in RunnableGenerator(gives).astream_events(1, version=version):
        events.append(event)
        if event["data"].get("chunk") == "first":
            seen.set()
    assert chunks(events, "gives") == ["first", "second"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_sync_step_waits_for_its_reader(version):
    seen = threading.Event()

    def gives(items):
        for _ in items:
            yield "first"
            assert seen.wait(WAIT)
            yield "second"

    events = []
    for event in RunnableGenerator(gives).stream_events(1, version=version):
        events.append(event)
        if event["data"].get("chunk") == "first":
            seen.set()
    assert chunks(events, "gives") == ["first", "second"]


def test_a_start_arrives_while_the_step_blocks():
    seen = threading.Event()
    step = RunnableLambda(lambda x: seen.wait(WAIT), name="blocks")
    for event in (step | (lambda x: x)).stream_events(1):
        if event["name"] == "blocks":
            seen.set()
        last = event
    assert last["data"]["output"] is True


def test_a_custom_event_arrives_while_the_step_blocks():
    seen = threading.Event()

    def blocks(x):
        dispatch_custom_event("waiting", {"for": "you"})
        return seen.wait(WAIT)

    names = []
    for event in RunnableLambda(blocks).stream_events(1):
        names.append(event["name"])
        if event["name"] == "waiting":
            seen.set()
    assert names == ["blocks", "waiting", "blocks", "blocks"]


async def test_a_sync_step_under_async_code_waits_for_its_reader():
    seen = threading.Event()

    def blocks(x):
        dispatch_custom_event("waiting", None)
        return seen.wait(WAIT)

    async for event in RunnableLambda(blocks).astream_events(1):
        if event["name"] == "waiting":
            seen.set()
        last = event
    assert last["data"]["output"] is True


async def test_a_log_arrives_while_the_step_waits():
    seen = asyncio.Event()

    async def gives(items):
        async for _ in items:
            yield "first"
            await asyncio.wait_for(seen.wait(), WAIT)
            yield "second"

    async for log in RunnableGenerator(gives).astream_log(1, diff=False):
        if log.state["streamed_output"]:
            seen.set()
    assert log.state["final_output"] == "firstsecond"


def model(text: str = "once upon a time") -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(content=text)] * 9))


@pytest.mark.parametrize("limit", [1, 2, 256])
async def test_a_sync_model_call_in_an_async_step_loses_nothing(limit):
    """It blocks the loop, so the reader cannot take anything: the buffer grows beyond its bound."""

    async def calls(x):
        return model().invoke(x).content

    events = [e async for e in RunnableLambda(calls).astream_events("hi", max_buffered=limit)]
    given = [chunk.content for chunk in chunks(events, "GenericFakeChatModel")]
    assert "".join(given) == "once upon a time"
    assert events[-1]["data"]["output"] == "once upon a time"


@pytest.mark.parametrize("limit", [1, 256])
async def test_threads_for_which_the_loop_waits_do_not_hang(limit):
    """The step blocks the loop until threads are done that put events into a full buffer."""

    async def calls(x):
        return [found.content for found in model("a b c").batch([x, x, x])]

    events = [e async for e in RunnableLambda(calls).astream_events("hi", max_buffered=limit)]
    assert events[-1]["data"]["output"] == ["a b c"] * 3
    assert len(chunks(events, "GenericFakeChatModel")) == 15


async def test_many_threads_and_a_small_buffer():
    inner = tokens(500)
    step = RunnableLambda(lambda x: sum(len(found) for found in inner.batch([x] * 8)))
    streams = RunnableLambda(lambda x: len(list(inner.stream(x))), name="streams")

    async def run(chain: Any, count: int) -> None:
        events = [event async for event in chain.astream_events(1, max_buffered=3)]
        assert len(chunks(events, "tokens")) == count

    await asyncio.gather(run(step, 4000), *(run(streams | (lambda x: x), 500) for _ in range(6)))


async def test_custom_events_of_async_steps():
    async def tells(x):
        for i in range(3):
            await adispatch_custom_event("step", {"i": i})
        return x

    events = [e async for e in RunnableLambda(tells).astream_events(1, include_names=["step"])]
    assert [event["data"] for event in events] == [{"i": 0}, {"i": 1}, {"i": 2}]
    assert all(event["event"] == "on_custom_event" for event in events)
