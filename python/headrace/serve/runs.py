"""The runs of a server process: each writes the frames of one turn into the log."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress

from headrace.exceptions import HeadraceError
from headrace.serve.limits import Limits
from headrace.serve.log import Frame, LogUnavailableError, StreamLog, UnknownStreamError, dump
from headrace.serve.turn import Turn

__all__ = ["Runs", "TooManyRunsError"]

logger = logging.getLogger(__name__)

BEAT = 1.0
"""Seconds between the signs of life of a producer."""


class TooManyRunsError(HeadraceError):
    """The process has as many runs as its limits allow."""


class Runs:
    """The runs of this process."""

    def __init__(self, log: StreamLog, limits: Limits) -> None:
        self.log = log
        self.limits = limits
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, turn: Turn, *, resumable: bool) -> str:
        """Start a run; return the id of its stream, 128 random bits in hexadecimal."""
        if len(self._tasks) >= self.limits.max_runs:
            raise TooManyRunsError(f"{self.limits.max_runs} runs are under way; try again later")
        stream = secrets.token_hex(16)
        await self.log.create(stream)
        task = asyncio.create_task(self._run(stream, turn, resumable))
        self._tasks[stream] = task
        task.add_done_callback(lambda _: self._tasks.pop(stream, None))
        return stream

    async def leave(self, stream: str) -> None:
        """Stop the run of a client that left and did not ask for a stream that resumes."""
        if stream in self._tasks:
            await self.log.stop(stream)

    async def close(self) -> None:
        """Stop every run and wait until their streams have ended."""
        tasks = list(self._tasks.values())
        for stream in list(self._tasks):
            with suppress(UnknownStreamError, LogUnavailableError):
                await self.log.stop(stream)
        if tasks:
            await asyncio.wait(tasks, timeout=5)
        await self.log.close()

    async def _run(self, stream: str, turn: Turn, resumable: bool) -> None:
        writer = _Writer(self.log, stream)
        producer = asyncio.ensure_future(self._produce(writer, turn))
        stop = asyncio.ensure_future(self.log.wait_stop(stream))
        watch = asyncio.ensure_future(self._watch(stream, resumable))
        last: Frame | None = None
        try:
            done, _ = await asyncio.wait(
                {producer, stop, watch},
                timeout=self.limits.max_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if producer not in done:
                last = {"type": "stopped"}
                if not done:
                    seconds = self.limits.max_seconds
                    last = {"type": "error", "message": f"The run took longer than {seconds} s."}
        except asyncio.CancelledError:
            last = {"type": "stopped"}
            raise
        finally:
            await _cancel(producer)
            failure: BaseException | None = None
            if last is None and not producer.cancelled():
                failure = producer.exception()
            for each in (stop, watch):
                if each.done() and not each.cancelled():
                    # If the log failed, it was not a request to stop.
                    failure = each.exception() or failure
            if isinstance(failure, BaseException):
                last = {"type": "error", "message": _message(failure)}
            try:
                if last is not None:
                    await writer.write([last])
                await writer.flush()
                await self.log.end(stream)
            except LogUnavailableError as error:
                # Readers get an error when the lease runs out.
                logger.warning("the end of stream %s is not in the log: %s", stream, error)
            finally:
                await _cancel(stop, watch)

    async def _produce(self, writer: _Writer, turn: Turn) -> None:
        frames = turn.frames()
        try:
            async for batch in frames:
                await writer.write(batch)
        finally:
            await frames.aclose()  # type: ignore[attr-defined]

    async def _watch(self, stream: str, resumable: bool) -> None:
        """Signal life until a resumable stream has been without a reader for too long."""
        while True:
            await self.log.beat(stream)
            await asyncio.sleep(BEAT)
            if resumable and await self.log.idle(stream) > self.limits.idle_ttl:
                return


class _Writer:
    """Appends frames to the log, several at a time if the log prefers that."""

    def __init__(self, log: StreamLog, stream: str) -> None:
        self._log = log
        self._stream = stream
        self._pending: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    async def write(self, frames: list[Frame]) -> None:
        if self._flushing is not None and self._flushing.done():
            self._flushing.result()  # raises the error of the flush by the timer
        self._pending += [dump(frame) for frame in frames]
        if len(self._pending) >= self._log.flush_frames:
            await self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._log.flush_seconds, self._start)

    def _start(self) -> None:
        self._timer = None
        self._flushing = asyncio.create_task(self.flush())

    async def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        async with self._lock:
            frames = self._pending
            if frames:
                # Frames that the log has not taken stay, so a failure leaves no gap.
                count = len(frames)
                await self._log.append(self._stream, frames[:count])
                del frames[:count]


async def _cancel(*tasks: asyncio.Future[None]) -> None:
    """Cancel tasks and wait for them. Clients of logs can swallow a cancellation, so repeat it."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=1)


def _message(error: BaseException) -> str:
    """Return the message of an error, without a traceback."""
    return str(error) or type(error).__name__
