"""Running a sync generator on a thread for an async reader, in lockstep with it.

The thread produces a chunk on request and then waits, so a slow reader slows the generator. If the
generator reads an async stream, the reader's own task fetches each item for it. The generator is
closed on its thread. A blocking call cannot be interrupted: if the reader leaves meanwhile, the
generator is closed as soon as the call returns, when it yields a chunk or requests another input.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import copy_context
from functools import wraps
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from headrace._lazy import lazy_module
from headrace.runnables.closing import close_all

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["pumped", "pumped_from", "pumping"]

T = TypeVar("T")

_CHUNK, _END, _ERROR, _PULL = range(4)


class _Gone(BaseException):
    """An exception that stops a generator which requests an input after its reader has left."""


class _Handle:
    """The reader's reference to a pump, which releases the thread when it is garbage collected.

    A reader whose event loop is closed is never resumed, so its `finally` does not run. Its frame
    is still freed, and this object with it.
    """

    __slots__ = ("_inputs", "_orders")

    def __init__(self, orders: SimpleQueue[Any], inputs: SimpleQueue[Any]) -> None:
        self._orders = orders
        self._inputs = inputs

    def release(self) -> None:
        """Wake the thread, which then closes the generator and ends."""
        self._inputs.put((_ERROR, _Gone()))
        self._orders.put(None)

    __del__ = release


class _Pump:
    """The thread of a generator, and the queues it shares with the reader."""

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
        """Send an answer to the reader; return False if its event loop is closed."""
        try:
            self._loop.call_soon_threadsafe(_settle, future, answer)
        except RuntimeError:  # The loop is closed.
            return False
        return True

    def _pulled(self) -> Iterator[Any]:
        while True:
            reply, self._reply = self._reply, None
            if reply is None or not self._post(reply, (_PULL, None)):
                raise _Gone
            del reply  # see `_work`
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
                # A future refers to the task that awaits it, and so to the reader's handle. The
                # thread must not keep it while it waits: a closed loop never settles it.
                self._reply, order = order, None
                try:
                    if iterator is None:
                        iterator = iter(self._make(self._pulled()))
                    answer = (_CHUNK, next(iterator))
                except StopIteration:
                    answer = (_END, None)
                except _Gone:
                    break
                except BaseException as error:  # noqa: BLE001 - the reader raises it
                    answer = (_ERROR, error)
                reply, self._reply = self._reply, None
                if reply is None or not self._post(reply, answer):  # type: ignore[redundant-expr]
                    break
                del reply
        finally:
            failure: BaseException | None = None
            try:
                close_all(iterator)
            except BaseException as error:  # noqa: BLE001 - the reader raises it
                failure = error
            self._post(self._done, failure)

    # -- on the loop -------------------------------------------------------------------------------

    @classmethod
    async def read(
        cls,
        make: Callable[[Iterator[Any]], Iterator[Any]],
        source: AsyncIterator[Any] | None = None,
    ) -> AsyncIterator[Any]:
        """Yield the items of the generator and fetch the inputs that it requests."""
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
    """Iterate over a sync iterator on a separate thread.

    Args:
        iterator: The iterator, which may block.

    Yields:
        The items of the iterator.
    """
    reader = _Pump.read(lambda _: iterator)
    try:
        async for item in reader:
            yield item
    finally:
        await reader.aclose()  # type: ignore[attr-defined]


async def pumped_from(make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """Create a sync iterator and iterate over it on a separate thread.

    Args:
        make: Returns the iterator; both may block.

    Yields:
        The items of the iterator.
    """
    reader = _Pump.read(lambda _: make())
    try:
        async for item in reader:
            yield item
    finally:
        await reader.aclose()  # type: ignore[attr-defined]


def pumping(func: Callable[..., Iterator[T]] | None) -> Callable[..., AsyncIterator[T]]:
    """Convert a sync generator function that transforms a stream to an async one.

    Args:
        func: The sync generator function.

    Returns:
        The async generator function.
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
