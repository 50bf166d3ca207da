"""A stream log in an SQLite file, shared by processes of one machine and kept on a restart."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import override

from headrace.serve.log import GONE, StreamLog, TrimmedError, UnknownStreamError

__all__ = ["SqliteLog"]

T = TypeVar("T")
SCHEMA = """
create table if not exists streams (
    id text primary key, last integer not null, dropped integer not null, ended real,
    stopped integer not null, alive real not null, seen real not null
) without rowid;
create table if not exists frames (
    stream text not null, number integer not null, data blob not null,
    primary key (stream, number)
) without rowid;
create table if not exists chats (
    chat text primary key, stream text not null
) without rowid;
create index if not exists chats_stream on chats (stream);
"""


class SqliteLog(StreamLog):
    """A log in an SQLite file in WAL mode."""

    flush_frames = 64
    flush_seconds = 0.02

    def __init__(
        self,
        path: str | Path,
        *,
        max_frames: int = 100_000,
        ttl: float = 300,
        lease: float = 5,
        poll: float = 0.03,
    ) -> None:
        """Create or open a log.

        Args:
            path: The file.
            max_frames: Most frames that are kept of one stream; earlier ones are dropped.
            ttl: Seconds for which an ended stream is kept.
            lease: Seconds without a sign of life after which a producer counts as dead.
            poll: Seconds between two looks for frames that another process has written.
        """
        self.max_frames = max_frames
        self.ttl = ttl
        self.lease = lease
        self.poll = poll
        self._path = str(path)
        # SQLite blocks, so one thread of its own runs every statement.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="headrace-sqlite")
        self._connection: sqlite3.Connection | None = None

    async def _call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=normal")
            connection.executescript(SCHEMA)
            self._connection = connection
        return work(self._connection)

    @override
    async def create(self, stream: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            now = time.time()
            with _Transaction(connection):
                expired = connection.execute(
                    "select id from streams where coalesce(ended, alive + ?) < ? limit 64",
                    (self.lease, now - self.ttl),
                ).fetchall()
                connection.executemany("delete from frames where stream = ?", expired)
                connection.executemany("delete from streams where id = ?", expired)
                connection.executemany("delete from chats where stream = ?", expired)
                connection.execute(
                    "insert into streams values (?, 0, 0, null, 0, ?, ?)", (stream, now, now)
                )

        await self._call(work)

    @override
    async def append(self, stream: str, frames: Sequence[bytes]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            with _Transaction(connection):
                last, dropped = _row(connection, stream, "last, dropped")
                connection.executemany(
                    "insert into frames values (?, ?, ?)",
                    [(stream, number, data) for number, data in enumerate(frames, last + 1)],
                )
                last += len(frames)
                if last - dropped > self.max_frames:
                    dropped = last - self.max_frames + self.max_frames // 4
                    connection.execute(
                        "delete from frames where stream = ? and number <= ?", (stream, dropped)
                    )
                connection.execute(
                    "update streams set last = ?, dropped = ?, alive = ? where id = ?",
                    (last, dropped, time.time(), stream),
                )

        await self._call(work)

    @override
    async def end(self, stream: str) -> None:
        await self._update("update streams set ended = ? where id = ?", time.time(), stream)

    async def _update(self, statement: str, *values: Any) -> int:
        return await self._call(lambda connection: connection.execute(statement, values).rowcount)

    @override
    async def read(
        self, stream: str, after: int = 0, wait: float = 15.0
    ) -> AsyncIterator[tuple[int, Sequence[bytes]]]:
        def work(connection: sqlite3.Connection) -> tuple[list[bytes], bool, bool]:
            last, dropped, ended, alive = _row(connection, stream, "last, dropped, ended, alive")
            if after < dropped:
                raise TrimmedError(f"the frames after {after} are no longer stored")
            found = connection.execute(
                "select data from frames where stream = ? and number > ? order by number limit 256",
                (stream, after),
            )
            frames = [bytes(data) for (data,) in found]
            whole = after + len(frames) >= last
            return frames, ended is not None and whole, ended is None and _is_dead(alive)

        def _is_dead(alive: float) -> bool:
            return time.time() - alive > self.lease

        silent = seen = time.monotonic()
        await self._update("update streams set seen = ? where id = ?", time.time(), stream)
        while True:
            frames, ended, dead = await self._call(work)
            now = time.monotonic()
            if frames:
                yield after + 1, frames
                after += len(frames)
                silent = now
            if ended:
                return
            if frames:
                continue
            if dead:
                yield after + 1, [GONE]
                return
            if now - seen > 1:
                seen = now
                await self._update("update streams set seen = ? where id = ?", time.time(), stream)
            if now - silent > wait:
                silent = now
                yield after + 1, ()
            await asyncio.sleep(self.poll)

    @override
    async def stop(self, stream: str) -> None:
        if not await self._update("update streams set stopped = 1 where id = ?", stream):
            raise UnknownStreamError(f"there is no stream {stream}, or it has expired")

    @override
    async def wait_stop(self, stream: str) -> None:
        while True:
            (stopped,) = await self._call(lambda connection: _row(connection, stream, "stopped"))
            if stopped:
                return
            await asyncio.sleep(self.poll)

    @override
    async def status(self, stream: str) -> tuple[int, bool]:
        last, ended = await self._call(lambda connection: _row(connection, stream, "last, ended"))
        return last, ended is not None

    @override
    async def idle(self, stream: str) -> float:
        (seen,) = await self._call(lambda connection: _row(connection, stream, "seen"))
        return float(time.time() - seen)

    @override
    async def remember(self, chat: str, stream: str) -> None:
        await self._update("insert or replace into chats values (?, ?)", chat, stream)

    @override
    async def recall(self, chat: str) -> str | None:
        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute("select stream from chats where chat = ?", (chat,)).fetchone()
            return None if row is None else str(row[0])

        return await self._call(work)

    @override
    async def beat(self, stream: str) -> None:
        await self._update("update streams set alive = ? where id = ?", time.time(), stream)

    @override
    async def close(self) -> None:
        def work() -> None:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

        await asyncio.get_running_loop().run_in_executor(self._thread, work)
        self._thread.shutdown(wait=False)


class _Transaction:
    """A write transaction that is rolled back on an error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("begin immediate")

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("commit" if kind is None else "rollback")


def _row(connection: sqlite3.Connection, stream: str, columns: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(
        f"select {columns} from streams where id = ?", (stream,)
    ).fetchone()
    if row is None:
        raise UnknownStreamError(f"there is no stream {stream}, or it has expired")
    return row
