"""What waits for a slow reader is bounded."""

import asyncio
import sys
import tracemalloc

import pytest

from headrace.events.buffer import AsyncBuffer, Buffer, SyncBuffer
from headrace.runnables import RunnableGenerator

from .chains import chunks, each, tokens, whole

MANY = 100_000
UNBOUND = 3 * 3
"""Starts, ends and sums are put in any case: one each for each of three runs."""


@pytest.fixture
def longest(monkeypatch):
    """How many items a buffer has held at once."""
    seen = [0]
    for kind in (AsyncBuffer, SyncBuffer):
        more = kind.more

        if kind is AsyncBuffer:

            async def measured(self, more=more):
                answer = await more(self)
                seen[0] = max(seen[0], len(self.pending))
                return answer
        else:

            def measured(self, more=more):
                answer = more(self)
                seen[0] = max(seen[0], len(self.pending))
                return answer

        monkeypatch.setattr(kind, "more", measured)
    return seen


@pytest.mark.parametrize("on_full", ["wait", "coalesce"])
@pytest.mark.parametrize("chain", ["ends in a stream", "ends in one value"])
async def test_a_slow_async_reader(longest, chain, on_full):
    """Neither chain ever waits for anything but its reader."""
    last = each() if chain == "ends in a stream" else whole()
    given = []
    events = (tokens(MANY) | last).astream_events(1, max_buffered=50, on_full=on_full)
    count = 0
    async for event in events:
        count += 1
        if count % 500 == 0:
            await asyncio.sleep(0)
        if event["name"] == "tokens" and event["event"] == "on_chain_stream":
            given.append(event["data"]["chunk"])
    assert "".join(given) == "".join(f"{i} " for i in range(MANY))
    assert longest[0] <= 50 + UNBOUND


@pytest.mark.parametrize("on_full", ["wait", "coalesce"])
def test_a_slow_sync_reader(longest, on_full):
    events = (tokens(20_000) | whole()).stream_events(1, max_buffered=50, on_full=on_full)
    given = chunks(list(events), "tokens")
    assert "".join(given) == "".join(f"{i} " for i in range(20_000))
    assert longest[0] <= 50 + UNBOUND


async def test_coalescing_gives_fewer_events_and_the_same_sum():
    """While the reader is away, each run's chunks become one."""
    go = asyncio.Event()

    async def gives(items):
        async for _ in items:
            for i in range(1000):
                yield [i]
                await asyncio.sleep(0)
            go.set()

    chain = RunnableGenerator(gives, name="gives") | each()
    stream = chain.astream_events(1, max_buffered=10, on_full="coalesce")
    events = [await anext(stream)]
    await go.wait()
    events += [event async for event in stream]
    for name in ("gives", "each", "RunnableSequence"):
        given = chunks(events, name)
        assert len(given) < 20
        assert [i for chunk in given for i in chunk] == list(range(1000))


async def test_chunks_that_cannot_be_added_are_waited_for():
    async def gives(items):
        async for _ in items:
            for i in range(1000):
                yield {"i": i}

    stream = RunnableGenerator(gives).astream_events(1, max_buffered=10, on_full="coalesce")
    events = [event async for event in stream]
    assert [chunk["i"] for chunk in chunks(events, "gives")] == list(range(1000))


async def test_the_log_is_bounded_too(longest):
    patches = [patch async for patch in (tokens(2_000) | each()).astream_log(1)]
    assert len(patches) > 4_000
    assert longest[0] <= 256 + UNBOUND


def peak_of(run):
    """The most memory that a run takes at once, whatever it imports."""
    run(10)
    tracemalloc.start()
    try:
        run(10_000)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "chosen", [{"include_names": ["nobody"]}, {"include_events": ["stream"]}], ids=str
)
def test_what_is_not_told_of_is_not_kept(chosen, version):
    """Memory grows with the output only where somebody wants the whole of it."""
    options = {"version": version, "max_buffered": 10, **chosen}

    async def reads(count):
        async for _ in (tokens(count) | each()).astream_events(1, **options):
            pass

    def reads_in_sync(count):
        for _ in (tokens(count) | each()).stream_events(1, **options):
            pass

    whole = 10_000 * sys.getsizeof("12345 ")
    assert peak_of(lambda count: asyncio.run(reads(count))) < whole / 5
    assert peak_of(reads_in_sync) < whole / 5


def test_a_buffer_is_abstract():
    buffer: Buffer[int] = Buffer(1)
    for call in (buffer.wake, buffer.block, buffer.__await__):
        with pytest.raises(NotImplementedError):
            call()
