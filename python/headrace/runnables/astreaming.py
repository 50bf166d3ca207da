"""Async streaming engine; `streaming` is the sync version.

Both make the same decisions; only the loops are written twice. Each step, including closing, runs
with the inherited config set, without a task and without copying a context for each chunk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextvars import ContextVar, Token
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import run_parameters
from headrace.runnables.closing import aclose_all
from headrace.runnables.config import (
    BARE,
    RunnableConfig,
    child_of,
    get_async_callback_manager_for_config,
    is_watched,
    plain,
    resolve,
)
from headrace.runnables.execution import run_arguments
from headrace.runnables.handing import without_bare
from headrace.utils.fold import Fold

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import AsyncCallbackManagerForChainRun
    from headrace.runnables.runnable import Runnable

__all__ = ["afused", "aproduce", "atransform", "in_own_context"]

_END = object()
_var = var_child_runnable_config
_alone: ContextVar[bool] = ContextVar("alone", default=False)
"""True if the stream that is about to start has a context of its own; see `in_own_context`."""


async def afused(
    steps: Sequence[Runnable[Any, Any]], inputs: AsyncIterator[Any], kwargs: dict[str, Any]
) -> AsyncIterator[Any]:
    """Run steps without callbacks in sequence, as one async generator; see `fused`."""
    makers = [step._generator_function("atransform") for step in steps]
    each = steps[-1]._chunk_function()
    if each is not None:
        makers.pop()
    source: Any = inputs
    opened: list[Any] = []
    try:
        for i, (step, make) in enumerate(zip(steps, makers, strict=False)):
            if make is not None:
                if i:
                    source = _Feed(await _first_of(source), source)
                source = make(source, **kwargs)
            elif step._takes_the_sum("atransform"):
                whole = Fold()
                async for chunk in source:
                    whole.put(chunk)
                if not whole.empty:
                    source = step.astream(whole.value, without_bare(step, BARE), **kwargs)
            else:
                source = step.atransform(source, without_bare(step, BARE), **kwargs)
            opened.append(source)
            kwargs = {}
        if each is None:
            async for chunk in source:
                yield chunk
        else:
            async for chunk in source:
                yield each(chunk)
    finally:
        await aclose_all(*reversed(opened))


async def _first_of(stream: AsyncIterator[Any]) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return _END


def aproduce(
    runnable: Runnable[Any, Any],
    value: Any,
    producer: Callable[..., AsyncIterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
) -> AsyncIterator[Any]:
    """Run the async generator `producer(value)` as a run of `runnable`; see `produce`."""

    async def begin(stage: _Stage) -> None:
        full = resolve(config)
        if full is BARE or not is_watched(full):
            stage.child = BARE if full is BARE else child_of(full)
            arguments: dict[str, Any] = {"run_manager": None, "config": stage.child}
        else:
            stage.run = await get_async_callback_manager_for_config(full).on_chain_start(
                None,
                value,
                run_id=full.get("run_id"),
                name=full.get("run_name") or runnable.get_name(),
            )
            stage.child = child_of(full, stage.run.get_child())
            arguments = {"run_manager": stage.run, "config": stage.child}
        stage.make = partial(producer, value, **arguments, **kwargs)

    return _arun(begin, _Stage(None))


def in_own_context(stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Mark a stream so that it does not set and reset the inherited config at each step.

    Args:
        stream: A stream that has not started, read in this context, in which nothing else runs.

    Returns:
        The stream.
    """
    if getattr(stream, "ag_code", None) is _arun.__code__:
        _alone.set(True)
    return stream


class _Feed:
    """The input of an async step: the first chunk, which was read ahead, then the source."""

    __slots__ = ("_first", "_next", "_source")

    def __init__(self, first: Any, source: AsyncIterator[Any]) -> None:
        self._first = first
        self._source = source
        self._next: Callable[[], Awaitable[Any]] = self._begin

    async def _begin(self) -> Any:
        first, self._first = self._first, None
        self._next = self._source.__anext__
        if first is _END:
            raise StopAsyncIteration
        return first

    def __aiter__(self) -> _Feed:
        return self

    def __anext__(self) -> Awaitable[Any]:
        return self._next()

    async def aclose(self) -> None:
        """Close the source."""
        await aclose_all(self._source)


async def _aadd_up(source: AsyncIterator[Any], fold: Fold) -> AsyncIterator[Any]:
    async for chunk in source:
        fold.put(chunk)
        yield chunk


class _Stage:
    """A stream that is about to start, with the state of its run.

    Attributes:
        source: The input of the stream.
        make: Starts the stream.
        child: The config to set around each of its steps; None to leave the current one in place.
        run: The run manager; None without callbacks.
        input_sum: Adds up the input, if a callback needs it.
        emits_chunks: If true, handlers are notified of each chunk.
        each: Converts each chunk of `source`, if the step does nothing else; `make` is not called
            then.
    """

    __slots__ = ("child", "each", "emits_chunks", "input_sum", "make", "run", "source")

    def __init__(self, source: Any) -> None:
        self.source = source
        self.make: Callable[[], AsyncIterator[Any]]
        self.each: Callable[[Any], Any] | None = None
        self.child: RunnableConfig | None = None
        self.run: AsyncCallbackManagerForChainRun | None = None
        self.input_sum: Fold | None = None
        self.emits_chunks = False


def _start_with_config(child: RunnableConfig | None, make: Callable[[], Any]) -> Any:
    """Start a stream with `child` as the inherited config, which steps merge with their own."""
    if child is None:
        return make()
    previous = _var.get()
    _var.set(child)
    try:
        return make()
    finally:
        _var.set(previous)


def _reset(token: Token[Any]) -> None:
    """Restore the inherited config, unless this is not the context in which it was set.

    Python closes a stream that outlives its event loop in the context that happens to collect it.
    """
    try:
        _var.reset(token)
    except ValueError:
        return


class _Closing:
    """An awaitable that closes a stream with `child` as the inherited config.

    The config is set only while code runs, never while it waits: nothing resumes the closing of a
    stream that outlives its event loop.
    """

    __slots__ = ("_child", "_stream")

    def __init__(self, child: RunnableConfig, stream: Any) -> None:
        self._child = child
        self._stream = stream

    def __await__(self) -> Generator[Any, Any, None]:
        steps = aclose_all(self._stream).__await__()
        resume: Callable[[Any], Any] = steps.send
        argument: Any = None
        while True:
            token = _var.set(self._child)
            try:
                request = resume(argument)
            except StopIteration:
                return
            finally:
                _var.reset(token)
            try:
                argument = yield request
                resume = steps.send
            except BaseException as error:  # noqa: BLE001 - the stream decides about it
                argument, resume = error, steps.throw


async def _arun(begin: Callable[[_Stage], Awaitable[None]], stage: _Stage) -> AsyncIterator[Any]:
    """Iterate with `stage.child` as the inherited config and notify the run, in a single frame."""
    inputs = stage.source
    alone = _alone.get()
    token: Token[Any] | None = None
    if alone:
        _alone.set(False)
    try:
        await begin(stage)
        run, child, each, input_sum = stage.run, stage.child, stage.each, stage.input_sum
        wants_results = run is not None and run.wants_results()
        output_sum = Fold(sticky=True) if wants_results else None
        emit = run.emit_chunk if run is not None and stage.emits_chunks else None
        around = None if alone else child
        about: dict[str, Any] = {}
        raw: Any = None
        try:
            try:
                if alone and child is not None:
                    token = _var.set(child)
                if each is None:
                    raw = _start_with_config(child, stage.make)
                advance = (raw if each is None else stage.source).__anext__
                while True:
                    if around is None:
                        try:
                            chunk = await advance()
                        except StopAsyncIteration:
                            break
                    else:
                        step = _var.set(around)
                        try:
                            chunk = await advance()
                        except StopAsyncIteration:
                            break
                        finally:
                            _reset(step)
                    if each is not None:
                        advance = inputs.__anext__  # The first chunk was read ahead.
                        if input_sum is not None:
                            input_sum.put(chunk)
                        chunk = each(chunk)
                    if emit is not None:
                        pressure = emit(chunk)
                        if pressure is not None:
                            await pressure
                    yield chunk
                    if output_sum is not None:
                        output_sum.put(chunk)
            finally:
                try:
                    if child is None:
                        await aclose_all(raw)
                    elif raw is not None:
                        await _Closing(child, raw)
                finally:
                    if token is not None:
                        _reset(token)
                if input_sum is not None:
                    about["inputs"] = input_sum.value
        except BaseException as error:
            if run is not None:
                await run.on_chain_error(error, **about)
            raise
        if run is not None:
            await run.on_chain_end(None if output_sum is None else output_sum.value, **about)
    finally:
        await aclose_all(stage.source, inputs)


def atransform(
    runnable: Runnable[Any, Any],
    inputs: AsyncIterator[Any],
    transformer: Callable[..., AsyncIterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    *,
    optional: bool = False,
    each: Callable[[Any], Any] | None = None,
    **extra: Any,
) -> AsyncIterator[Any]:
    """Run the async generator `transformer(inputs)` as a run of `runnable`; see `transform`.

    If the transformer only calls a function for each chunk, `each` is that function.
    """

    async def begin(stage: _Stage) -> None:
        stage.source = _Feed(await _first_of(inputs), inputs)
        full = resolve(config)
        names = run_parameters(transformer)
        if (optional or not names) and (full is BARE or not is_watched(full)):
            child = BARE if full is BARE else child_of(full)
            if _var.get() is not BARE or child is not BARE:
                stage.child = child
            arguments = {"config": child} if names else {}
        else:
            full = plain(full)
            stage.run = run = await get_async_callback_manager_for_config(full).on_chain_start(
                None,
                {"input": ""},
                run_id=full.get("run_id"),
                **extra,
                name=full.get("run_name") or runnable.get_name(),
                defers_inputs=runnable._defers_inputs,
            )
            child = child_of(full, run.get_child())
            if not runnable._is_leaf():
                stage.child = child
            stage.emits_chunks = True
            if run.wants_inputs():
                stage.input_sum = Fold(sticky=True)
                if each is None:
                    stage.source = _aadd_up(stage.source, stage.input_sum)
            arguments = run_arguments(names, child, run)
        stage.each = each
        stage.make = partial(transformer, stage.source, **arguments, **kwargs)

    return _arun(begin, _Stage(inputs))
