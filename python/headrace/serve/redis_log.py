"""A stream log in Redis, which several server processes share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing
from functools import wraps
from typing import Any, TypeVar

from typing_extensions import ParamSpec, override

from headrace.serve.log import (
    GONE,
    LogUnavailableError,
    StreamLog,
    TrimmedError,
    UnknownStreamError,
)

__all__ = ["RedisLog"]

CHAT_TTL = 86_400
"""Seconds for which the latest stream of a chat is known: longer than a run may take."""

P = ParamSpec("P")
T = TypeVar("T")


def _unavailable(error: Exception) -> LogUnavailableError:
    # The message reaches clients, so it does not name the server; the cause does.
    return LogUnavailableError(f"the stream log is unavailable ({type(error).__name__})")


def _reports(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Raise errors of Redis as `LogUnavailableError`."""

    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        from redis.exceptions import RedisError

        try:
            return await method(*args, **kwargs)
        except RedisError as error:
            raise _unavailable(error) from error

    return call


class RedisLog(StreamLog):
    """A log in Redis streams.

    An entry holds the frames of one flush. Its id is the number of its last frame, so Redis itself
    refuses a second writer, and a reader finds its position without an index. A lease key
    shows readers that the producer is alive.
    """

    flush_frames = 64
    flush_seconds = 0.02

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "headrace:",
        max_frames: int = 100_000,
        ttl: int = 300,
        lease: int = 5,
    ) -> None:
        """Create a log.

        Args:
            url: Address of the server, such as `redis://localhost:6379/0`.
            prefix: Beginning of each key.
            max_frames: About the most frames that are kept of one stream; earlier ones are dropped.
            ttl: Seconds for which a stream is kept after its last frame.
            lease: Seconds without a sign of life after which a producer counts as dead.
        """
        try:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import ExponentialBackoff
        except ImportError as error:
            raise ImportError(
                "RedisLog needs the package redis: pip install 'headrace[redis]'"
            ) from error
        self.max_frames = max_frames
        self.ttl = ttl
        self.lease = lease
        self._prefix = prefix
        # Each reader blocks a connection of its own, so the server's limit is the only one.
        self._redis: Any = Redis.from_url(
            url, max_connections=2**31, retry=Retry(ExponentialBackoff(cap=0.2, base=0.01), 5)
        )
        # The last frame of each stream that this process writes.
        self._last: dict[str, int] = {}

    def _keys(self, stream: str) -> tuple[str, str, str, str]:
        base = f"{self._prefix}{stream}"
        return base, f"{base}:lease", f"{base}:stop", f"{base}:seen"

    @override
    @_reports
    async def create(self, stream: str) -> None:
        key, lease, _, seen = self._keys(stream)
        self._last[stream] = 0
        now = time.time()
        pipe = self._redis.pipeline(transaction=True)
        # The first entry marks that the stream exists.
        pipe.xadd(key, {"begin": b""}, id="0-1")
        pipe.expire(key, self.ttl)
        pipe.set(lease, b"", ex=self.lease)
        pipe.set(seen, now, ex=self.ttl)
        await pipe.execute()

    @override
    @_reports
    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        key, lease, _, _ = self._keys(stream)
        last = self._last[stream] + len(frames)
        pipe = self._redis.pipeline(transaction=False)
        pipe.xadd(key, {"n": len(frames), "f": b"\n".join(frames)}, id=f"{last}-0")
        if last > self.max_frames:
            pipe.xtrim(key, minid=f"{last - self.max_frames}-0", approximate=True)
        pipe.expire(key, self.ttl)
        pipe.set(lease, b"", ex=self.lease)
        await pipe.execute()
        self._last[stream] = last

    @override
    @_reports
    async def end(self, stream: str) -> None:
        key, lease, stop, _ = self._keys(stream)
        last = self._last.pop(stream)
        pipe = self._redis.pipeline(transaction=True)
        pipe.xadd(key, {"end": b""}, id=f"{last}-1")
        pipe.expire(key, self.ttl)
        pipe.delete(lease, stop)
        await pipe.execute()

    @override
    async def read(
        self, stream: str, after: int = 0, wait: float = 15.0
    ) -> AsyncIterator[tuple[int, Sequence[bytes]]]:
        from redis.exceptions import RedisError

        try:
            async with aclosing(self._follow(stream, after, wait)) as batches:
                async for batch in batches:
                    yield batch
        except RedisError as error:
            raise _unavailable(error) from error

    async def _follow(
        self, stream: str, after: int, wait: float
    ) -> AsyncGenerator[tuple[int, Sequence[bytes]], None]:
        key, lease, _, seen = self._keys(stream)
        last, _ = await self.status(stream)
        await self._check_start(stream, after, last)
        position = f"{after}-0" if after else "0-1"
        silent = time.monotonic()
        marked = 0.0
        # A connection of its own: a blocking read would hold up every other command.
        async with self._redis.client() as connection:
            while True:
                now = time.monotonic()
                if now - marked > 1:
                    marked = now
                    await connection.set(seen, time.time(), ex=self.ttl)
                found = await connection.xread({key: position}, count=16, block=250)
                if not found:
                    if not await connection.exists(lease) and not await self._has_more(
                        connection, key, position
                    ):
                        yield after + 1, [GONE]
                        return
                    if now - silent > wait:
                        silent = now
                        yield after + 1, ()
                    continue
                for identifier, fields in found[0][1]:
                    position = identifier.decode()
                    if b"end" in fields:
                        return
                    if b"f" not in fields:
                        continue
                    number = int(position.partition("-")[0])
                    count = int(fields[b"n"])
                    first = number - count + 1
                    if first > after + 1:
                        raise TrimmedError(f"the frames after {after} are no longer stored")
                    frames = fields[b"f"].split(b"\n")[after + 1 - first :]
                    yield after + 1, frames
                    after = number
                silent = time.monotonic()

    async def _has_more(self, connection: Any, key: str, position: str) -> bool:
        return bool(await connection.xrange(key, min=f"({position}", count=1))

    async def _check_start(self, stream: str, after: int, last: int) -> None:
        if after >= last:
            return
        key = self._keys(stream)[0]
        for identifier, fields in await self._redis.xrange(key, min=f"{after + 1}-0", count=1):
            number = int(identifier.partition(b"-")[0])
            if b"f" in fields and number - int(fields[b"n"]) > after:
                raise TrimmedError(f"the frames after {after} are no longer stored")

    @override
    @_reports
    async def stop(self, stream: str) -> None:
        key, _, stop, _ = self._keys(stream)
        if not await self._redis.exists(key):
            raise UnknownStreamError(f"there is no stream {stream}, or it has expired")
        await self._redis.set(stop, b"", ex=self.ttl)

    @override
    @_reports
    async def wait_stop(self, stream: str) -> None:
        stop = self._keys(stream)[2]
        while not await self._redis.exists(stop):
            await asyncio.sleep(0.05)

    @override
    @_reports
    async def status(self, stream: str) -> tuple[int, bool]:
        key = self._keys(stream)[0]
        entries = await self._redis.xrevrange(key, count=1)
        if not entries:
            raise UnknownStreamError(f"there is no stream {stream}, or it has expired")
        identifier, fields = entries[0]
        return int(identifier.partition(b"-")[0]), b"end" in fields

    @override
    @_reports
    async def idle(self, stream: str) -> float:
        seen = await self._redis.get(self._keys(stream)[3])
        return float("inf") if seen is None else time.time() - float(seen)

    def _chat_key(self, chat: str) -> str:
        return f"{self._prefix}chat:{chat}"

    @override
    @_reports
    async def remember(self, chat: str, stream: str) -> None:
        await self._redis.set(self._chat_key(chat), stream, ex=max(CHAT_TTL, self.ttl))

    @override
    @_reports
    async def recall(self, chat: str) -> str | None:
        stream = await self._redis.get(self._chat_key(chat))
        return None if stream is None else str(stream, "ascii")

    @override
    @_reports
    async def beat(self, stream: str) -> None:
        lease = self._keys(stream)[1]
        key = self._keys(stream)[0]
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(lease, b"", ex=self.lease)
        pipe.expire(key, self.ttl)
        await pipe.execute()

    @override
    async def close(self) -> None:
        await self._redis.aclose()
