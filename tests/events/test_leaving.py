"""Who leaves the loop stops the producer: no task, thread or generator is left."""

import asyncio
import gc
import threading

import pytest

from headrace.runnables import RunnableGenerator, RunnableLambda

from .chains import each, tokens


def endless():
    """A chain that never ends by itself, and a list that notes when it is closed."""
    closed = []

    def sync(items):
        try:
            for item in items:
                while True:
                    yield item
        finally:
            closed.append("sync")

    async def asynchronous(items):
        try:
            async for item in items:
                while True:
                    yield item
                    await asyncio.sleep(0)
        finally:
            closed.append("async")

    return RunnableGenerator(sync, asynchronous, name="endless") | each(), closed


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "headrace-events"]


def streams(chain, way):
    if way == "log":
        return chain.astream_log(1)
    return chain.astream_events(1, version=way)


@pytest.mark.parametrize("way", ["v1", "v2", "log"])
async def test_closing_an_async_stream(way):
    chain, closed = endless()
    stream = streams(chain, way)
    for _ in range(9):
        await anext(stream)
    await stream.aclose()
    assert closed == ["async"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("way", ["v1", "v2", "log"])
async def test_breaking_out_of_an_async_stream(way):
    chain, closed = endless()

    async def reads():
        async for _ in streams(chain, way):
            break

    await reads()
    gc.collect()
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)
    assert closed == ["async"]


@pytest.mark.parametrize("way", ["v1", "v2", "log"])
async def test_cancelling_the_reader(way):
    chain, closed = endless()
    reading = asyncio.Event()

    async def reads():
        async for _ in streams(chain, way):
            reading.set()

    task = asyncio.create_task(reads())
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)
    assert closed == ["async"]


@pytest.mark.parametrize("way", ["v1", "v2", "log"])
@pytest.mark.parametrize("leaves", ["close", "break", "raise"])
def test_leaving_a_sync_stream(way, leaves):
    chain, closed = endless()
    stream = chain.stream_log(1) if way == "log" else chain.stream_events(1, version=way)
    if leaves == "close":
        for _ in range(9):
            next(stream)
        stream.close()
    else:
        try:
            for i, _ in enumerate(stream):
                if i == 9:
                    if leaves == "break":
                        break
                    raise KeyError
        except KeyError:
            pass
        del stream
        gc.collect()
    assert closed == ["sync"]
    assert not threads()


def test_leaving_while_a_step_emits_only_inside():
    """Nothing comes out of the chain: the next event inside of it is refused."""
    closed = []

    def never(items):
        try:
            for item in items:
                if item is None:
                    yield item
        finally:
            closed.append("never")

    stream = (tokens(10**9) | RunnableGenerator(never)).stream_events(1)
    for _ in range(1000):
        next(stream)
    stream.close()
    assert closed == ["never"]
    assert not threads()


def test_leaving_before_the_first_event():
    chain, closed = endless()
    chain.stream_events(1).close()
    assert closed == []
    assert not threads()


def test_a_call_that_blocks_ends_by_itself():
    """Leaving does not wait for it for ever; what it gives is refused."""
    going, ended = threading.Event(), threading.Event()

    def blocks(items):
        try:
            for _ in items:
                yield 1
                going.wait(20)
                yield 2
        finally:
            ended.set()

    stream = RunnableGenerator(blocks).stream_events(1)
    while next(stream)["event"] != "on_chain_stream":
        pass
    stream.close()
    assert not ended.is_set()
    going.set()
    assert ended.wait(20)


async def test_a_thread_under_async_code_is_refused():
    seen, left = threading.Event(), threading.Event()
    ended = threading.Event()

    def blocks(x):
        try:
            for _ in tokens(10**9).stream(x):
                if not seen.is_set():
                    seen.set()
        finally:
            ended.set()

    stream = RunnableLambda(blocks).astream_events(1)
    async for _ in stream:
        if seen.is_set():
            break
    await stream.aclose()
    left.set()
    assert await asyncio.to_thread(ended.wait, 20)


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_error_of_a_step_comes_after_its_events(version):
    async def fails(items):
        async for item in items:
            yield item
            raise KeyError("late")

    seen = []

    async def reads():
        async for event in RunnableGenerator(fails).astream_events(1, version=version):
            seen.append(event["event"])

    with pytest.raises(KeyError, match="late"):
        await reads()
    assert seen[:2] == ["on_chain_start", "on_chain_stream"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


def note(step, seen):
    for event in step.stream_events(1):
        seen.append(event["event"])


def test_the_error_of_a_step_in_sync_code():
    def fails(items):
        for item in items:
            yield item
            raise KeyError("late")

    seen = []
    with pytest.raises(KeyError, match="late"):
        note(RunnableGenerator(fails), seen)
    assert seen == ["on_chain_start", "on_chain_stream"]
    assert not threads()
