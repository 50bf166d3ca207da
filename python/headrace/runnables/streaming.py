"""How a synchronous stream goes; its asynchronous twin, side by side, is `astreaming`.

`transform` runs a generator over a stream, `produce` one over a known input, `fused` several steps
that nobody observes. Whoever drives a generator closes it, and then what it read from, in its own
`finally`. No token of a context variable lives across a `yield`: each step runs in a context of its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import wanted
from headrace.runnables.closing import close_all
from headrace.runnables.config import (
    BARE,
    RunnableConfig,
    child_of,
    get_callback_manager_for_config,
    is_watched,
    plain,
    resolve,
)
from headrace.runnables.execution import injected
from headrace.runnables.fold import Fold
from headrace.runnables.handing import shown

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import CallbackManagerForChainRun
    from headrace.runnables.runnable import Runnable

__all__ = ["fused", "produce", "transform"]

_END = object()
_var = var_child_runnable_config


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
    config: RunnableConfig | None,
    taken: Fold | None,
    *,
    shown: bool,
) -> Iterator[Any]:
    """Iterate with `config` handed down, and tell of it.

    Args:
        run_manager: Who is told of the chunks, and in the end of the whole output and input.
        make: Begins the stream.
        config: What is handed down around each step, see `_stepped`; None to leave that alone.
        taken: What adds up the input, where that is a stream.
        shown: Whether the chunks are shown to those who watch the run.

    Yields:
        What the stream gives.
    """
    given = Fold(sticky=True) if run_manager.wants_results() else None
    raw: Any = None
    about: dict[str, Any] = {}
    context = copy_context()
    step = None if config is None else context.run
    if config is not None:
        context.run(_var.set, config)
    tell = run_manager.teller if shown else None
    try:
        try:
            raw = make() if step is None else step(make)
            advance = raw.__next__
            while True:
                try:
                    chunk = advance() if step is None else step(advance)
                except StopIteration:
                    break
                if tell is not None:
                    pressure = tell(chunk)
                    if pressure is not None:
                        pressure.block()
                yield chunk
                if given is not None:
                    given.put(chunk)
        finally:
            context.run(close_all, raw)
            if taken is not None:
                about["inputs"] = taken.value
    except GeneratorExit as error:
        if taken is None:
            run_manager.on_chain_error(error)
        else:
            # as in the reference: a stream that its reader has left has come to its end
            run_manager.on_chain_end(None if given is None else given.value, **about)
        raise
    except BaseException as error:
        run_manager.on_chain_error(error, **about)
        raise
    run_manager.on_chain_end(None if given is None else given.value, **about)


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
        if run_manager.wants_inputs():
            source = _recorded(source, taken)
        given = injected(names, child, run_manager)
        raw = _watched(
            run_manager,
            lambda: transformer(source, **given, **kwargs),
            None if runnable._is_leaf() else child,
            taken,
            shown=True,
        )
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


def produce(
    runnable: Runnable[Any, Any],
    value: Any,
    producer: Callable[..., Iterator[Any]],
    config: RunnableConfig | None,
    kwargs: dict[str, Any],
) -> Iterator[Any]:
    """Run the generator `producer(value)`, whose input is known, as one run of `runnable`.

    Its chunks are those of a run below it, which shows them, if it streams: as in the reference,
    they are not shown a second time.

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
            shown=False,
        )
    try:
        yield from raw
    finally:
        close_all(raw)
