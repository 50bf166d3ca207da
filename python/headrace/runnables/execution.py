"""How a run goes: the loops through which every runnable passes, each one twice.

`call` runs a function once, `transform` a generator over a stream, `produce` one over a known
input. Each starts the run, hands its configuration to the code inside, tells observers what comes
out, and ends the run. Where nobody observes, none of that happens: the code is called, or its
generator iterated, and that is all.

Whoever drives a generator closes it, and then what it read from, in its own `finally`. No token of
a context variable lives across a `yield`: the inherited configuration is set around each step.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextvars import copy_context
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import wanted
from headrace.runnables.config import (
    BARE,
    RunnableConfig,
    child_of,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
    is_watched,
    plain,
    resolve,
)
from headrace.runnables.fold import Fold
from headrace.runnables.handing import shown

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.runnable import Runnable

__all__ = [
    "acall",
    "aclose_all",
    "afused",
    "aproduce",
    "atransform",
    "call",
    "close_all",
    "fused",
    "injected",
    "produce",
    "transform",
]

_END = object()
_var = var_child_runnable_config


def close_all(*iterators: Any) -> None:
    """Close each iterator that can be closed, also where closing an earlier one fails."""
    rest = iter(iterators)
    for iterator in rest:
        close = getattr(iterator, "close", None)
        if close is not None:
            try:
                close()
            except BaseException:
                close_all(*rest)
                raise


async def aclose_all(*iterators: Any) -> None:
    """Close each async iterator that can be closed, also where closing an earlier one fails."""
    rest = iter(iterators)
    for iterator in rest:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            try:
                await aclose()
            except BaseException:
                await aclose_all(*rest)
                raise


def injected(
    names: frozenset[str],
    config: RunnableConfig,
    run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun,
) -> dict[str, Any]:
    """Give a function those of `config`, `run_manager` and `callbacks` that it asks for."""
    given: dict[str, Any] = {}
    if "config" in names:
        given["config"] = config
    if "run_manager" in names:
        given["run_manager"] = run_manager
    if "callbacks" in names:
        given["callbacks"] = run_manager.get_child()
    return given


def call(
    runnable: Runnable[Any, Any],
    func: Callable[..., Any],
    value: Any,
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    serialized: dict[str, Any] | None = None,
    *,
    optional: bool = False,
    **extra: Any,
) -> Any:
    """Run `func(value)` as one run of `runnable`.

    Args:
        runnable: What is run.
        func: What it does; given `config`, `run_manager` and `callbacks` where it has such
            parameters.
        value: The input.
        config: What the caller said about the run.
        kwargs: More arguments for `func`.
        serialized: A description of the runnable, for handlers.
        optional: Whether `func` can do without a `run_manager` where nobody observes.
        **extra: What else handlers are told at the start, such as `run_type`.

    Returns:
        What `func` returned.
    """
    config = resolve(config)
    names = wanted(func)
    if (optional or not names) and (config is BARE or not is_watched(config)):
        child = BARE if config is BARE else child_of(config)
        context = copy_context()
        context.run(_var.set, child)
        if names:
            return context.run(func, value, config=child, **kwargs)
        return context.run(func, value, **kwargs)
    config = plain(config)
    run_manager = get_callback_manager_for_config(config).on_chain_start(
        serialized,
        value,
        run_id=config.get("run_id"),
        **extra,
        name=config.get("run_name") or runnable.get_name(),
    )
    child = child_of(config, run_manager.get_child())
    try:
        context = copy_context()
        context.run(_var.set, child)
        given = injected(names, child, run_manager) if names else {}
        output = context.run(func, value, **given, **kwargs)
    except BaseException as error:
        run_manager.on_chain_error(error)
        raise
    run_manager.on_chain_end(output)
    return output


async def acall(
    runnable: Runnable[Any, Any],
    func: Callable[..., Awaitable[Any]],
    value: Any,
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    serialized: dict[str, Any] | None = None,
    *,
    optional: bool = False,
    **extra: Any,
) -> Any:
    """Run `await func(value)` as one run of `runnable`; see `call`."""
    config = resolve(config)
    names = wanted(func)
    previous = _var.get()
    if (optional or not names) and (config is BARE or not is_watched(config)):
        child = BARE if config is BARE else child_of(config)
        _var.set(child)
        try:
            if names:
                return await func(value, config=child, **kwargs)
            return await func(value, **kwargs)
        finally:
            _var.set(previous)
    config = plain(config)
    run_manager = await get_async_callback_manager_for_config(config).on_chain_start(
        serialized,
        value,
        run_id=config.get("run_id"),
        **extra,
        name=config.get("run_name") or runnable.get_name(),
    )
    child = child_of(config, run_manager.get_child())
    try:
        _var.set(child)
        try:
            given = injected(names, child, run_manager) if names else {}
            output = await func(value, **given, **kwargs)
        finally:
            _var.set(previous)
    except BaseException as error:
        await run_manager.on_chain_error(error)
        raise
    await run_manager.on_chain_end(output)
    return output


def _recorded(source: Iterator[Any], fold: Fold) -> Iterator[Any]:
    for chunk in source:
        fold.put(chunk)
        yield chunk


def _stepped(iterator: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
    """Iterate with `config` handed down: around each step, and around the closing.

    The steps have a context of their own, a copy of this one: entering it costs less than setting
    and resetting a variable.
    """
    context = copy_context()
    context.run(_var.set, config)
    step, advance = context.run, iterator.__next__
    try:
        while True:
            try:
                chunk = step(advance)
            except StopIteration:
                return
            yield chunk
    finally:
        step(close_all, iterator)


def _watched(
    run_manager: CallbackManagerForChainRun,
    make: Callable[[], Iterator[Any]],
    config: RunnableConfig,
    taken: Fold | None,
) -> Iterator[Any]:
    """Iterate, tell of each chunk, and in the end of the whole output and of the input `taken`."""
    given = Fold(sticky=True)
    raw: Any = None
    about: dict[str, Any] = {}
    try:
        try:
            raw = _stepped(make(), config)
            if run_manager.handlers:
                for chunk in raw:
                    run_manager.streamed(chunk)
                    yield chunk
                    given.put(chunk)
            else:
                yield from raw
        finally:
            close_all(raw)
            if taken is not None:
                about["inputs"] = taken.value
    except GeneratorExit as error:
        if taken is None:
            run_manager.on_chain_error(error)
        else:
            # as in the reference: a stream that its reader has left has come to its end
            run_manager.on_chain_end(given.value, **about)
        raise
    except BaseException as error:
        run_manager.on_chain_error(error, **about)
        raise
    run_manager.on_chain_end(given.value, **about)


def transform(
    runnable: Runnable[Any, Any],
    inputs: Iterator[Any],
    transformer: Callable[..., Iterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
    *,
    optional: bool = False,
    **extra: Any,
) -> Iterator[Any]:
    """Run the generator `transformer(inputs)` as one run of `runnable`.

    The first input is read before the run starts, so that runs upstream start before those
    downstream.

    Args:
        runnable: What is run.
        inputs: The chunks of the input.
        transformer: Makes the output's chunks of them; given `config`, `run_manager` and
            `callbacks` where it has such parameters.
        config: What the caller said about the run.
        kwargs: More arguments for `transformer`.
        optional: Whether `transformer` can do without a `run_manager` where nobody observes.
        **extra: What else handlers are told at the start, such as `run_type`.

    Yields:
        The chunks of the output.
    """
    raw: Any = None
    source: Any = None
    try:
        first = next(inputs, _END)
        source = iter(()) if first is _END else chain((first,), inputs)
        config = resolve(config)
        names = wanted(transformer)
        if (optional or not names) and (config is BARE or not is_watched(config)):
            child = BARE if config is BARE else child_of(config)
            if names:
                raw = transformer(source, config=child, **kwargs)
            else:
                raw = transformer(source, **kwargs)
            if _var.get() is not BARE or child is not BARE:
                raw = _stepped(raw, child)
            yield from raw
            return
        config = plain(config)
        run_manager = get_callback_manager_for_config(config).on_chain_start(
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
            source = _recorded(source, taken)
        given = injected(names, child, run_manager)
        raw = _watched(run_manager, lambda: transformer(source, **given, **kwargs), child, taken)
        yield from raw
    finally:
        close_all(raw, source, inputs)


def fused(
    steps: Sequence[Runnable[Any, Any]], inputs: Iterator[Any], kwargs: dict[str, Any]
) -> Iterator[Any]:
    """Run steps that nobody observes one after another, as one generator.

    It does what a `transform` inside a `transform` does, without a frame for each: every step's
    generator begins when its first input is there, and in the end they are closed, the last one
    first.
    """
    makers = [step._generator_function("transform") for step in steps]
    source: Any = inputs
    opened: list[Any] = []
    try:
        for i, (step, make) in enumerate(zip(steps, makers, strict=True)):
            if make is None:
                source = step.transform(source, shown(step, BARE), **kwargs)
            else:
                if i:
                    first = next(source, _END)
                    source = iter(()) if first is _END else chain((first,), source)
                source = make(source, **kwargs)
            opened.append(source)
            kwargs = {}
        yield from source
    finally:
        close_all(*reversed(opened))


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


def produce(
    runnable: Runnable[Any, Any],
    value: Any,
    producer: Callable[..., Iterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
) -> Iterator[Any]:
    """Run the generator `producer(value)`, whose input is known, as one run of `runnable`.

    Args:
        runnable: What is run.
        value: The input.
        producer: Makes the output's chunks of it; takes `run_manager`, None where nobody observes,
            and `config`.
        config: What the caller said about the run.
        kwargs: More arguments for `producer`.

    Yields:
        The chunks of the output.
    """
    config = resolve(config)
    if config is BARE or not is_watched(config):
        child = BARE if config is BARE else child_of(config)
        raw = _stepped(producer(value, run_manager=None, config=child, **kwargs), child)
    else:
        run_manager = get_callback_manager_for_config(config).on_chain_start(
            None,
            value,
            run_id=config.get("run_id"),
            name=config.get("run_name") or runnable.get_name(),
        )
        child = child_of(config, run_manager.get_child())
        raw = _watched(
            run_manager,
            lambda: producer(value, run_manager=run_manager, config=child, **kwargs),
            child,
            None,
        )
    try:
        yield from raw
    finally:
        close_all(raw)


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
