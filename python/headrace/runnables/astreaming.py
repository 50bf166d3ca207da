"""How an asynchronous stream goes; its synchronous twin, side by side, is `streaming`.

What decides is the same; the loops are written twice. The inherited configuration is set around
each step, its closing included, without a task and without copying a context for each chunk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import wanted
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
from headrace.runnables.execution import injected
from headrace.runnables.fold import Fold
from headrace.runnables.handing import shown

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import AsyncCallbackManagerForChainRun
    from headrace.runnables.runnable import Runnable

__all__ = ["afused", "aproduce", "atransform"]

_END = object()
_var = var_child_runnable_config


async def afused(
    steps: Sequence[Runnable[Any, Any]], inputs: AsyncIterator[Any], kwargs: dict[str, Any]
) -> AsyncIterator[Any]:
    """Run steps that nobody observes one after another, as one async generator; see `fused`."""
    makers = [step._generator_function("atransform") for step in steps]
    source: Any = inputs
    opened: list[Any] = []
    try:
        for i, (step, make) in enumerate(zip(steps, makers, strict=True)):
            if make is None:
                source = step.atransform(source, shown(step, BARE), **kwargs)
            else:
                if i:
                    source = _Feed(await _first_of(source), source)
                source = make(source, **kwargs)
            opened.append(source)
            kwargs = {}
        async for chunk in source:
            yield chunk
    finally:
        await aclose_all(*reversed(opened))


async def _first_of(stream: AsyncIterator[Any]) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return _END


async def aproduce(
    runnable: Runnable[Any, Any],
    value: Any,
    producer: Callable[..., AsyncIterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
) -> AsyncIterator[Any]:
    """Run the async generator `producer(value)` as one run of `runnable`; see `produce`."""
    config = resolve(config)
    if config is BARE or not is_watched(config):
        child = BARE if config is BARE else child_of(config)
        raw = _astepped(producer(value, run_manager=None, config=child, **kwargs), child)
    else:
        run_manager = await get_async_callback_manager_for_config(config).on_chain_start(
            None,
            value,
            run_id=config.get("run_id"),
            name=config.get("run_name") or runnable.get_name(),
        )
        child = child_of(config, run_manager.get_child())
        raw = _awatched(
            run_manager,
            lambda: producer(value, run_manager=run_manager, config=child, **kwargs),
            child,
            None,
        )
    try:
        async for chunk in raw:
            yield chunk
    finally:
        await aclose_all(raw)


class _Feed:
    """The input of an async step, whose first chunk was read ahead; then nothing but its source."""

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


async def _arecorded(source: AsyncIterator[Any], fold: Fold) -> AsyncIterator[Any]:
    async for chunk in source:
        fold.put(chunk)
        yield chunk


async def _astepped(iterator: AsyncIterator[Any], config: RunnableConfig) -> AsyncIterator[Any]:
    """Iterate with `config` handed down: around each step, and around the closing."""
    advance = iterator.__anext__
    try:
        while True:
            previous = _var.get()
            _var.set(config)
            try:
                chunk = await advance()
            except StopAsyncIteration:
                return
            finally:
                _var.set(previous)
            yield chunk
    finally:
        previous = _var.get()
        _var.set(config)
        try:
            await aclose_all(iterator)
        finally:
            _var.set(previous)


async def _awatched(
    run_manager: AsyncCallbackManagerForChainRun,
    make: Callable[[], AsyncIterator[Any]],
    config: RunnableConfig,
    taken: Fold | None,
) -> AsyncIterator[Any]:
    """Iterate, tell of each chunk, and in the end of the whole output and of the input `taken`."""
    given = Fold(sticky=True)
    raw: Any = None
    about: dict[str, Any] = {}
    try:
        try:
            raw = _astepped(make(), config)
            if run_manager.handlers:
                async for chunk in raw:
                    run_manager.streamed(chunk)
                    yield chunk
                    given.put(chunk)
            else:
                async for chunk in raw:
                    yield chunk
        finally:
            await aclose_all(raw)
            if taken is not None:
                about["inputs"] = taken.value
    except BaseException as error:
        await run_manager.on_chain_error(error, **about)
        raise
    await run_manager.on_chain_end(given.value, **about)


async def atransform(
    runnable: Runnable[Any, Any],
    inputs: AsyncIterator[Any],
    transformer: Callable[..., AsyncIterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    *,
    optional: bool = False,
    **extra: Any,
) -> AsyncIterator[Any]:
    """Run the async generator `transformer(inputs)` as one run of `runnable`; see `transform`."""
    raw: Any = None
    source: Any = None
    try:
        source = _Feed(await _first_of(inputs), inputs)
        config = resolve(config)
        names = wanted(transformer)
        if (optional or not names) and (config is BARE or not is_watched(config)):
            child = BARE if config is BARE else child_of(config)
            if names:
                raw = transformer(source, config=child, **kwargs)
            else:
                raw = transformer(source, **kwargs)
            if _var.get() is not BARE or child is not BARE:
                raw = _astepped(raw, child)
            async for chunk in raw:
                yield chunk
            return
        config = plain(config)
        run_manager = await get_async_callback_manager_for_config(config).on_chain_start(
            None,
            {"input": ""},
            run_id=config.get("run_id"),
            **extra,
            name=config.get("run_name") or runnable.get_name(),
            defers_inputs=runnable._defers_inputs,
        )
        child = child_of(config, run_manager.get_child())
        taken = Fold(sticky=True)
        if run_manager.handlers:
            source = _arecorded(source, taken)
        given = injected(names, child, run_manager)
        raw = _awatched(run_manager, lambda: transformer(source, **given, **kwargs), child, taken)
        async for chunk in raw:
            yield chunk
    finally:
        await aclose_all(raw, source, inputs)
