"""Running a stream in a separate task or thread for the reader of its events."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace._lazy import lazy_module
from headrace.events.buffer import AsyncBuffer, ReaderGoneError, SyncBuffer
from headrace.events.watcher import Watcher

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["Drive", "adrive", "drive"]

T = TypeVar("T")

_GRACE = 1.0
"""Seconds that a leaving reader waits for a call that blocks the producer's thread."""


class Drive(Generic[T]):
    """A stream to run, with its watcher.

    Attributes:
        buffer: Receives the events of the watcher.
        watcher: Observes the runs.
        produce: Starts the stream.
    """

    __slots__ = ("buffer", "produce", "watcher")

    def __init__(self, buffer: Any, watcher: Watcher[T], produce: Callable[[], Any]) -> None:
        self.buffer = buffer
        self.watcher = watcher
        self.produce = produce


async def adrive(prepare: Callable[[], Drive[T]]) -> AsyncIterator[T]:
    """Run a stream in a separate task and yield the events of its watcher.

    Args:
        prepare: Returns the stream to run, with an `AsyncBuffer`; called on the event loop.

    Yields:
        The events as they arrive.
    """
    drive = prepare()
    buffer = drive.buffer
    pending = buffer.pending
    take = pending.popleft
    task = asyncio.create_task(_aproduce(buffer, drive.watcher, drive.produce))
    # if something else cancels the task before it begins, nothing in it runs
    task.add_done_callback(lambda _: buffer.close())
    try:
        while await buffer.more():
            while pending:
                yield take()
        await task
    finally:
        buffer.leave()
        await _stop(task)


async def _aproduce(
    buffer: AsyncBuffer[Any], watcher: Watcher[Any], produce: Callable[[], AsyncIterator[Any]]
) -> None:
    try:
        stream = produce()
        try:
            begun, receive = False, None
            async for chunk in stream:
                if not begun:
                    begun, receive = True, watcher.root_receiver()
                if receive is not None:
                    pressure = receive(chunk)
                    if pressure is not None:
                        await pressure
        finally:
            aclose = getattr(stream, "aclose", None)
            if aclose is not None:
                await aclose()
    except BaseException as error:
        watcher.root_ended(error)
        raise
    else:
        watcher.root_ended(None)
    finally:
        buffer.close()


async def _stop(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, even if the waiting task is cancelled."""
    task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if not task.cancelled():
        # The reader has left or already got the error: mark it as retrieved.
        task.exception()
    if cancelled is not None:
        raise cancelled


def drive(prepare: Callable[[], Drive[T]]) -> Iterator[T]:
    """Run a stream on a separate thread and yield the events of its watcher; see `adrive`.

    If the reader leaves, the thread stops at its next event. The reader waits for that, but only
    briefly for a blocking call.

    Args:
        prepare: Returns the stream to run, with a `SyncBuffer`.

    Yields:
        The events as they arrive.
    """
    drive = prepare()
    buffer = drive.buffer
    pending = buffer.pending
    take = pending.popleft
    failure: list[BaseException] = []
    thread = threading.Thread(
        target=copy_context().run,
        args=(_produce, buffer, drive.watcher, drive.produce, failure),
        name="headrace-events",
        daemon=True,
    )
    thread.start()
    try:
        while buffer.more():
            while pending:
                yield take()
        thread.join()
        if failure:
            raise failure[0]
    finally:
        buffer.leave()
        if thread is not threading.current_thread():
            thread.join(_GRACE)


def _produce(
    buffer: SyncBuffer[Any],
    watcher: Watcher[Any],
    produce: Callable[[], Iterator[Any]],
    failure: list[BaseException],
) -> None:
    try:
        stream = produce()
        try:
            begun, receive = False, None
            for chunk in stream:
                if not begun:
                    begun, receive = True, watcher.root_receiver()
                pressure = None if receive is None else receive(chunk)
                if pressure is not None:
                    pressure.block()
                elif buffer.limit < 0:
                    buffer.is_abandoned()
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()
    except ReaderGoneError:
        pass
    except BaseException as error:  # noqa: BLE001 - it is raised again by the reader
        watcher.root_ended(error)
        failure.append(error)
    else:
        watcher.root_ended(None)
    finally:
        buffer.close()
