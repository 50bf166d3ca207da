"""Dispatch of events to handlers: selection, order, threads and errors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Hashable, Iterable, Sequence
from contextvars import copy_context
from functools import lru_cache, partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.callbacks.base import AsyncCallbackHandler, BaseCallbackHandler

if TYPE_CHECKING:
    import asyncio
    import logging
else:
    asyncio = lazy_module("asyncio", globals())
    logging = lazy_module("logging", globals())

__all__ = [
    "acaller_of",
    "ahandle_event",
    "ahandle_to_the_end",
    "anotify_each",
    "caller_of",
    "handle_event",
    "handles",
    "notify_each",
    "to_the_end",
]


@lru_cache(maxsize=1024)
def _overrides(kind: Hashable, event: str) -> bool:
    own = getattr(kind, event, None)
    return own is not None and own not in (
        getattr(BaseCallbackHandler, event, None),
        getattr(AsyncCallbackHandler, event, None),
    )


def _own(handler: BaseCallbackHandler, event: str) -> bool:
    """Return True if a handler overrides the method of an event."""
    kind: Any = type(handler)
    return _overrides(kind, event) or event in getattr(handler, "__dict__", ())


def handles(handler: BaseCallbackHandler, event: str, ignored_by: str | None) -> bool:
    """Return True if `handler` handles `event`.

    Args:
        handler: The handler.
        event: The name of its method.
        ignored_by: The property with which a handler declines such events.

    Returns:
        False if the handler declines the event or does not override its method.
    """
    if not _own(handler, event) and not (
        event == "on_chat_model_start" and handles(handler, "on_llm_start", "ignore_llm")
    ):
        return False
    return ignored_by is None or not getattr(handler, ignored_by, False)


def _as_text(messages: Sequence[Any]) -> str:
    from headrace.messages import get_buffer_string  # type: ignore[import-not-found, unused-ignore]

    text: str = get_buffer_string(messages)
    return text


def _call(handler: BaseCallbackHandler, event: str, args: tuple[Any, ...], kwargs: Any) -> Any:
    """Call a handler; call `on_llm_start` if it lacks `on_chat_model_start`."""
    if event == "on_chat_model_start":
        if _own(handler, event):
            try:
                return handler.on_chat_model_start(*args, **kwargs)
            except NotImplementedError:
                if not handles(handler, "on_llm_start", "ignore_llm"):
                    return None
        return handler.on_llm_start(args[0], [_as_text(m) for m in args[1]], *args[2:], **kwargs)
    return getattr(handler, event)(*args, **kwargs)


def _call_logged(
    handler: BaseCallbackHandler, event: str, args: tuple[Any, ...], kwargs: Any
) -> Any:
    """Call a handler and return its answer; log its error, unless it has `raise_error`."""
    try:
        return _call(handler, event, args, kwargs)
    except Exception as error:
        if handler.raise_error:
            raise
        _failed(handler, event, error)
        return None


def _failed(handler: BaseCallbackHandler, event: str, error: Exception) -> None:
    """Log the error of a handler; the run continues."""
    logger = logging.getLogger("headrace.callbacks")
    logger.warning("Error in %s.%s callback: %r", type(handler).__name__, event, error)


def handle_event(
    handlers: Iterable[BaseCallbackHandler],
    event_name: str,
    ignore_condition_name: str | None,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Call handlers for an event, from sync code.

    Coroutines that handlers return are awaited in order before this returns; in a separate thread
    if this thread's event loop is running.

    Args:
        handlers: The handlers, in order.
        event_name: The name of the handler method.
        ignore_condition_name: The property with which a handler declines such events.
        *args: Passed to the method.
        **kwargs: Passed to the method.

    Raises:
        Exception: The error of a handler with `raise_error`; errors of other handlers are logged.
    """
    listening = [h for h in handlers if handles(h, event_name, ignore_condition_name)]
    if listening:
        notify_each(listening, event_name, args, kwargs)


def notify_each(
    listening: Iterable[BaseCallbackHandler],
    event: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Call handlers that are known to handle an event; see `handle_event`."""
    pending: list[tuple[BaseCallbackHandler, Coroutine[Any, Any, Any]]] = []
    try:
        for handler in listening:
            try:
                answer = _call(handler, event, args, kwargs)
            except Exception as error:
                if handler.raise_error:
                    raise
                _failed(handler, event, error)
            else:
                if answer is not None and inspect.iscoroutine(answer):
                    pending.append((handler, answer))
        if pending:
            _complete(event, pending)
    finally:
        for _, coroutine in pending:
            coroutine.close()


def caller_of(
    handler: BaseCallbackHandler, event: str, about: dict[str, Any]
) -> Callable[[Any, Any], None]:
    """Return a function that calls one handler for an event with a chunk; see `notify_each`.

    Args:
        handler: A handler that is known to handle the event.
        event: The name of the handler method.
        about: The keyword arguments besides `chunk`; the same at each call.

    Returns:
        A function of the first argument and the chunk.
    """
    method = getattr(handler, event)

    def call(value: Any, chunk: Any) -> None:
        try:
            answer = method(value, chunk=chunk, **about)
        except Exception as error:
            if handler.raise_error:
                raise
            _failed(handler, event, error)
        else:
            if answer is not None and inspect.iscoroutine(answer):
                try:
                    _complete(event, [(handler, answer)])
                finally:
                    answer.close()

    return call


def acaller_of(
    handler: BaseCallbackHandler, event: str, about: dict[str, Any]
) -> Callable[[Any, Any], Coroutine[Any, Any, None] | None]:
    """Async version of `caller_of`, for a handler with `run_inline`; see `anotify_each`.

    Args:
        handler: A handler that is known to handle the event.
        event: The name of the handler method.
        about: The keyword arguments besides `chunk`; the same at each call.

    Returns:
        A function of the first argument and the chunk. It returns a coroutine to await if the
        handler returned one, else None.
    """
    method = getattr(handler, event)

    def call(value: Any, chunk: Any) -> Coroutine[Any, Any, None] | None:
        try:
            answer = method(value, chunk=chunk, **about)
        except Exception as error:
            if handler.raise_error:
                raise
            _failed(handler, event, error)
            return None
        if answer is None or not inspect.isawaitable(answer):
            return None
        return _await_answer(handler, event, answer, (value,), {"chunk": chunk, **about})

    return call


async def _await_each(
    event: str, pending: list[tuple[BaseCallbackHandler, Coroutine[Any, Any, Any]]]
) -> None:
    for handler, coroutine in pending:
        try:
            await coroutine
        except Exception as error:
            if handler.raise_error:
                raise
            _failed(handler, event, error)


def _complete(
    event: str, pending: list[tuple[BaseCallbackHandler, Coroutine[Any, Any, Any]]]
) -> None:
    """Run the coroutines of asynchronous handlers to their end."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_await_each(event, pending))
        return
    failure: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_await_each(event, pending))
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that waits
            failure.append(error)

    thread = Thread(target=copy_context().run, args=(run,), name="headrace-async-handlers")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]


async def ahandle_event(
    handlers: Iterable[BaseCallbackHandler],
    event_name: str,
    ignore_condition_name: str | None,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Call handlers for an event, from async code.

    Handlers with `run_inline` run first. Then async handlers run on the loop, and sync handlers
    run in order in a thread of the executor, so that none blocks the loop. The next event waits for
    them.

    Args:
        handlers: The handlers, in order.
        event_name: The name of the handler method.
        ignore_condition_name: The property with which a handler declines such events.
        *args: Passed to the method.
        **kwargs: Passed to the method.

    Raises:
        Exception: The error of a handler with `raise_error`; errors of other handlers are logged.
    """
    listening = [h for h in handlers if handles(h, event_name, ignore_condition_name)]
    if listening:
        await anotify_each(listening, event_name, args, kwargs)


async def anotify_each(
    listening: Iterable[BaseCallbackHandler],
    event: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Call handlers that are known to handle an event; see `ahandle_event`."""
    blocking: list[BaseCallbackHandler] = []
    waiting: list[Coroutine[Any, Any, None]] = []
    for handler in listening:
        if handler.run_inline:
            answer = _call_logged(handler, event, args, kwargs)
            if answer is not None:
                await _await_answer(handler, event, answer, args, kwargs)
        elif _is_async(handler, event):
            waiting.append(_ahandle(handler, event, args, kwargs))
        else:
            blocking.append(handler)
    if blocking:
        waiting.append(_hop(partial(_handle_each, blocking, event, args, kwargs)))
    if len(waiting) == 1:
        await waiting[0]
    elif waiting:
        await asyncio.gather(*waiting)


async def ahandle_to_the_end(
    handlers: Iterable[BaseCallbackHandler],
    event_name: str,
    ignore_condition_name: str | None,
    *args: Any,
    **kwargs: Any,
) -> None:
    """Call handlers for an event as `ahandle_event` does, even if this task is cancelled meanwhile.

    The first handlers, as long as they are sync and have `run_inline`, are called by this task: the
    run sees the context variables that they set. The others are called by a task of their own.

    Args:
        handlers: The handlers, in order.
        event_name: The name of the handler method.
        ignore_condition_name: The property with which a handler declines such events.
        *args: Passed to the method.
        **kwargs: Passed to the method.

    Raises:
        Exception: The error of a handler with `raise_error`; errors of other handlers are logged.
    """
    rest = [h for h in handlers if handles(h, event_name, ignore_condition_name)]
    while rest and rest[0].run_inline and not _is_async(rest[0], event_name):
        handler = rest.pop(0)
        try:
            answer = _call(handler, event_name, args, kwargs)
            if inspect.iscoroutine(answer):
                await to_the_end(answer)
        except Exception as error:
            if handler.raise_error:
                raise
            _failed(handler, event_name, error)
    if rest:
        await to_the_end(ahandle_event(rest, event_name, ignore_condition_name, *args, **kwargs))


def _is_async(handler: BaseCallbackHandler, event: str) -> bool:
    if event == "on_chat_model_start" and not _own(handler, event):
        event = "on_llm_start"
    return inspect.iscoroutinefunction(getattr(handler, event))


async def _hop(func: Any) -> None:
    context = copy_context()
    await asyncio.get_running_loop().run_in_executor(None, context.run, func)


def _handle_each(
    handlers: list[BaseCallbackHandler], event: str, args: tuple[Any, ...], kwargs: Any
) -> None:
    for handler in handlers:
        try:
            answer = _call(handler, event, args, kwargs)
            if inspect.iscoroutine(answer):
                asyncio.run(answer)
        except Exception as error:
            if handler.raise_error:
                raise
            _failed(handler, event, error)


async def _ahandle(
    handler: BaseCallbackHandler, event: str, args: tuple[Any, ...], kwargs: Any
) -> None:
    answer = _call_logged(handler, event, args, kwargs)
    await _await_answer(handler, event, answer, args, kwargs)


async def _await_answer(
    handler: BaseCallbackHandler, event: str, answer: Any, args: tuple[Any, ...], kwargs: Any
) -> None:
    """Await the coroutine of an async handler; other answers have no meaning."""
    if not inspect.isawaitable(answer):
        return
    try:
        try:
            await answer
        except NotImplementedError:
            if event != "on_chat_model_start":
                raise
            prompts = [_as_text(m) for m in args[1]]
            answer = handler.on_llm_start(args[0], prompts, *args[2:], **kwargs)
            if inspect.isawaitable(answer):
                await answer
    except Exception as error:
        if handler.raise_error:
            raise
        _failed(handler, event, error)


async def to_the_end(coroutine: Coroutine[Any, Any, None]) -> None:
    """Await a coroutine to its end, and only then propagate a cancellation of this task.

    Raises:
        RuntimeError: If no event loop runs: the caller is closed after its own loop.
    """
    try:
        # `ensure_future` would create a loop that is never closed.
        loop = asyncio.get_running_loop()
    except RuntimeError:
        coroutine.close()
        raise
    task = loop.create_task(coroutine)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:
            if not task.done():  # this coroutine is being closed: nothing waits any more
                raise
            break  # it is what `result` raises below
    if cancelled is not None:
        raise cancelled
    task.result()
