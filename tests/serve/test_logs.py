"""The stream logs: memory, SQLite and a real Redis server behave alike."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from headrace.serve.log import GONE, MemoryLog, StreamLog, TrimmedError, UnknownStreamError
from headrace.serve.sqlite_log import SqliteLog


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory) -> Iterator[str]:
    pytest.importorskip("redis", reason="redis is not installed")
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [server, "--port", str(port), "--dir", str(folder), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.01)
    yield f"redis://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def make(request, tmp_path) -> Any:
    """Return a function that opens the same log, as another process would."""
    if request.param == "memory":
        log = MemoryLog(max_frames=100)
        return lambda: log
    if request.param == "sqlite":
        return lambda: SqliteLog(tmp_path / "log.db", max_frames=100, lease=1, poll=0.005)
    from headrace.serve.redis_log import RedisLog

    url = request.getfixturevalue("redis_url")
    return lambda: RedisLog(url, max_frames=100, lease=1, prefix=f"{tmp_path.name}:")


@pytest.fixture
async def log(make) -> AsyncIterator[StreamLog]:
    log = make()
    yield log
    await log.close()


def frame(number: int) -> bytes:
    return b'{"type":"token","content":"%d"}' % number


async def collect(log: StreamLog, after: int = 0) -> list[tuple[int, bytes]]:
    return [
        (number, data)
        async for first, batch in log.read("s", after)
        for number, data in enumerate(batch, first)
    ]


async def test_frames_are_numbered_and_read_from_any_position(log):
    await log.create("s")
    await log.append("s", [frame(1), frame(2)])
    await log.append("s", [frame(3)])
    await log.append("s", [frame(4), frame(5), frame(6)])
    assert await log.status("s") == (6, False)
    await log.end("s")
    assert await log.status("s") == (6, True)
    for after in range(7):
        assert await collect(log, after) == [(n, frame(n)) for n in range(after + 1, 7)]


async def test_readers_see_frames_as_they_are_appended_and_end_with_the_stream(log):
    await log.create("s")
    readers = [asyncio.ensure_future(collect(log)) for _ in range(3)]
    for number in range(1, 30):
        await log.append("s", [frame(number)])
        await asyncio.sleep(0)
    await log.end("s")
    expected = [(number, frame(number)) for number in range(1, 30)]
    assert await asyncio.gather(*readers) == [expected] * 3


async def test_a_stop_reaches_the_producer_through_another_connection(make, log):
    await log.create("s")
    waiting = asyncio.ensure_future(log.wait_stop("s"))
    other = make()
    await other.stop("s")
    await asyncio.wait_for(waiting, 10)
    if other is not log:
        await other.close()


async def test_a_stop_before_the_producer_waits_is_not_lost(log):
    await log.create("s")
    await log.stop("s")
    await asyncio.wait_for(log.wait_stop("s"), 10)


async def test_unknown_streams_are_errors(log):
    for call in (
        lambda: log.status("nothing"),
        lambda: log.stop("nothing"),
        lambda: anext(log.read("nothing")),
    ):
        with pytest.raises(UnknownStreamError, match="no stream nothing"):
            await call()


async def test_trimmed_frames_are_an_error_and_later_ones_are_read(log):
    await log.create("s")
    for start in range(0, 1_000, 10):
        await log.append("s", [frame(number) for number in range(start + 1, start + 11)])
    await log.end("s")
    assert (await collect(log, 995)) == [(number, frame(number)) for number in range(996, 1_001)]
    if type(log).__name__ != "RedisLog":  # Redis trims whole nodes of about 100 entries
        with pytest.raises(TrimmedError, match="no longer stored"):
            await collect(log)


async def test_a_dead_producer_is_an_error_for_its_readers(make, log):
    if isinstance(log, MemoryLog):
        pytest.skip("a memory log dies with its producer")
    await log.create("s")
    await log.append("s", [frame(1)])
    # No beat follows: the lease of a second runs out.
    assert await collect(log) == [(1, frame(1)), (2, GONE)]


async def test_the_latest_stream_of_a_chat_is_known_through_another_connection(make, log):
    assert await log.recall("c") is None
    await log.remember("c", "first")
    await log.remember("c", "second")
    other = make()
    assert await other.recall("c") == "second"
    if other is not log:
        await other.close()


async def test_silence_is_an_empty_batch(log):
    await log.create("s")
    await log.beat("s")
    async for number, batch in log.read("s", 0, wait=0.01):
        assert (number, list(batch)) == (1, [])
        break
    assert await log.idle("s") < 60


async def test_ended_streams_expire_and_the_number_of_streams_is_bounded():
    log = MemoryLog(max_streams=10)
    for number in range(100):
        await log.create(str(number))
        await log.end(str(number))
    assert len(log._streams) <= 11
