"""The writer of a run: what the log refuses is not lost."""

import asyncio
from collections.abc import Sequence

import pytest

from headrace.serve.log import MemoryLog
from headrace.serve.runs import _Writer


class FailsOnce(MemoryLog):
    """A log that collects frames, and whose first append fails."""

    flush_frames = 64
    failed = False

    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        if not self.failed:
            self.failed = True
            raise ConnectionError("the log is away")
        await super().append(stream, frames)


async def test_a_failed_flush_is_raised_by_the_next_write_and_leaves_no_gap():
    log = FailsOnce()
    await log.create("s")
    writer = _Writer(log, "s")
    await writer.write([{"type": "token", "content": "1"}])
    while not log.failed:
        await asyncio.sleep(0)
    with pytest.raises(ConnectionError, match="away"):
        await writer.write([{"type": "token", "content": "2"}])
    await writer.flush()
    await log.end("s")
    stored = [frame async for _, batch in log.read("s") for frame in batch]
    assert stored == [b'{"type":"token","content":"1"}']
