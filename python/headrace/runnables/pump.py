"""A synchronous generator under asynchronous code: one thread, in step with its reader.

The thread makes a chunk when one is asked for and waits in between, so a slow reader slows it.
Where the generator reads an asynchronous stream, the reader's own task fetches each item for it.
The generator is closed on its thread. Nothing can interrupt a call that blocks it: if the reader
leaves meanwhile, the generator is closed as soon as that call returns, whether the generator then
yields a chunk or asks for another input.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from functools import wraps
from queue import SimpleQueue
from typing import Any, TypeVar

from headrace.runnables.closing import close_all

__all__ = ["pumped", "pumped_from", "pumping"]

T = TypeVar("T")

_CHUNK, _END, _ERROR, _PULL = range(4)


class _Gone(BaseException):
    """Unwinds a generator that asks for an input after its reader has left."""


class _Handle:
    """The reader's end of a pump: the thread is released when the reader drops it.

    A reader whose event loop is closed is never resumed, so no `finally` of its own runs. Its frame
    is freed all the same, and this with it.
    """

    __slots__ = ("_inputs", "_orders")

    def __init__(self, orders: SimpleQueue[Any], inputs: SimpleQueue[Any]) -> None:
        self._orders = orders
        self._inputs = inputs

    def release(self) -> None:
        """Wake the thread wherever it waits: it closes the generator and ends."""
        self._inputs.put((_ERROR, _Gone()))
        self._orders.put(None)

    __del__ = release


class _Pump:
    """The thread, and what it exchanges with the reader."""

    def __init__(
        self, make: Callable[[Iterator[Any]], Iterator[Any]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._make = make
        self._loop = loop
        self._orders: SimpleQueue[asyncio.Future[Any] | None] = SimpleQueue()
        self._inputs: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._reply: asyncio.Future[Any] | None = None
        self._done: asyncio.Future[Any] = loop.create_future()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._work,), name="headrace-pump", daemon=True
        )
        self._thread.start()

    # -- on the thread -----------------------------------------------------------------------------

    def _post(self, future: asyncio.Future[Any], answer: Any) -> bool:
        """Answer the reader; return False if its event loop is closed."""
        try:
            self._loop.call_soon_threadsafe(_settle, future, answer)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _pulled(self) -> Iterator[Any]:
        while True:
            reply, self._reply = self._reply, None
            if reply is None or not self._post(reply, (_PULL, None)):
                raise _Gone
            kind, value = self._inputs.get()
            if kind == _END:
                return
            if kind == _ERROR:
                raise value
            yield value

    def _work(self) -> None:
        iterator: Iterator[Any] | None = None
        answer: Any = (_END, None)
        try:
            while (order := self._orders.get()) is not None:
                self._reply = order
                try:
                    if iterator is None:
                        iterator = iter(self._make(self._pulled()))
                    answer = (_CHUNK, next(iterator))
                except StopIteration:
                    answer = (_END, None)
                except _Gone:
                    break
                except BaseException as error:  # noqa: BLE001 - it is raised again by the reader
                    answer = (_ERROR, error)
                reply, self._reply = self._reply, None
                if reply is None or not self._post(reply, answer):  # type: ignore[redundant-expr]
                    break
        finally:
            failure: BaseException | None = None
            try:
                close_all(iterator)
            except BaseException as error:  # noqa: BLE001 - it is raised again by the reader
                failure = error
            self._post(self._done, failure)

    # -- on the loop -------------------------------------------------------------------------------

    @classmethod
    async def read(
        cls,
        make: Callable[[Iterator[Any]], Iterator[Any]],
        source: AsyncIterator[Any] | None = None,
    ) -> AsyncIterator[Any]:
        """Yield what the generator yields, fetching the inputs that it asks for."""
        loop = asyncio.get_running_loop()
        pump = cls(make, loop)
        handle = _Handle(pump._orders, pump._inputs)
        idle = True
        try:
            while True:
                order = loop.create_future()
                idle = False
                pump._orders.put(order)
                kind, value = await order
                while kind == _PULL:
                    order = loop.create_future()
                    pump._reply = order
                    try:
                        item = (_CHUNK, await source.__anext__())  # type: ignore[union-attr]
                    except StopAsyncIteration:
                        item = (_END, None)
                    except Exception as error:  # noqa: BLE001 - the generator may handle it
                        item = (_ERROR, error)
                    except BaseException:
                        idle = True
                        raise
                    pump._inputs.put(item)
                    kind, value = await order
                idle = True
                if kind == _END:
                    return
                if kind == _ERROR:
                    raise value
                yield value
        finally:
            handle.release()
            if idle:
                await pump._ended()

    async def _ended(self) -> None:
        """Wait until the generator is closed and the thread has ended."""
        cancelled: asyncio.CancelledError | None = None
        while not self._done.done():
            try:
                await asyncio.shield(self._done)
            except asyncio.CancelledError as error:
                cancelled = error
        self._thread.join()
        if cancelled is not None:
            raise cancelled
        failure = self._done.result()
        if failure is not None:
            raise failure


def _settle(future: asyncio.Future[Any], answer: Any) -> None:
    if not future.done():
        future.set_result(answer)


async def pumped(iterator: Iterator[T]) -> AsyncIterator[T]:
    """Iterate over a synchronous iterator on a thread of its own.

    Args:
        iterator: What may block.

    Yields:
        Its items.
    """
    reader = _Pump.read(lambda _: iterator)
    try:
        async for item in reader:
            yield item
    finally:
        await reader.aclose()  # type: ignore[attr-defined]


async def pumped_from(make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """Iterate over a synchronous iterator on a thread of its own, where it is also made.

    Args:
        make: What gives the iterator, and may block as the iterator may.

    Yields:
        Its items.
    """
    reader = _Pump.read(lambda _: make())
    try:
        async for item in reader:
            yield item
    finally:
        await reader.aclose()  # type: ignore[attr-defined]


def pumping(func: Callable[..., Iterator[T]] | None) -> Callable[..., AsyncIterator[T]]:
    """Make an async generator function of a synchronous one that reads a stream.

    Args:
        func: From a stream to a stream.

    Returns:
        The same over asynchronous streams.
    """
    assert func is not None
    sync = func

    @wraps(sync)
    async def generate(source: AsyncIterator[Any], **kwargs: Any) -> AsyncIterator[T]:
        if "run_manager" in kwargs:
            kwargs["run_manager"] = kwargs["run_manager"].get_sync()
        reader = _Pump.read(lambda pulled: sync(pulled, **kwargs), source)
        try:
            async for item in reader:
                yield item
        finally:
            await reader.aclose()  # type: ignore[attr-defined]

    return generate
