"""Sync streaming engine; `astreaming` is the async version.

`transform` runs a generator over a stream, `produce` runs one over a known input, and `fused` runs
several steps without callbacks. The function that drives a generator closes it, and then its
source, in its own `finally`. No context variable token lives across a `yield`: each step runs in a
context of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from itertools import chain
from typing import TYPE_CHECKING, Any

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables.accepts import run_parameters
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
from headrace.runnables.execution import run_arguments
from headrace.runnables.handing import without_bare
from headrace.utils.fold import Fold

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import CallbackManagerForChainRun
    from headrace.runnables.runnable import Runnable

__all__ = ["fused", "produce", "transform"]

_END = object()
_var = var_child_runnable_config


def _add_up(source: Iterator[Any], fold: Fold) -> Iterator[Any]:
    for chunk in source:
        fold.put(chunk)
        yield chunk


def _iterate_with_config(iterator: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
    """Iterate with `config` as the inherited config of each step and of closing.

    The steps run in a copy of this context: entering it costs less than setting and resetting a
    variable.
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


def _iterate_and_notify(
    run_manager: CallbackManagerForChainRun,
    make: Callable[[], Iterator[Any]],
    config: RunnableConfig | None,
    input_sum: Fold | None,
    *,
    emits_chunks: bool,
) -> Iterator[Any]:
    """Iterate with `config` as the inherited config and notify the run.

    Args:
        run_manager: Notified of the chunks, and at the end of the whole output and input.
        make: Starts the stream.
        config: The inherited config of each step, see `_iterate_with_config`; None to leave the
            current one in place.
        input_sum: Adds up the input, if it is a stream.
        emits_chunks: If true, handlers are notified of each chunk.

    Yields:
        The items of the stream.
    """
    output_sum = Fold(sticky=True) if run_manager.wants_results() else None
    raw: Any = None
    about: dict[str, Any] = {}
    context = copy_context()
    step = None if config is None else context.run
    if config is not None:
        context.run(_var.set, config)
    emit = run_manager.emit_chunk if emits_chunks else None
    try:
        try:
            raw = make() if step is None else step(make)
            advance = raw.__next__
            while True:
                try:
                    chunk = advance() if step is None else step(advance)
                except StopIteration:
                    break
                if emit is not None:
                    pressure = emit(chunk)
                    if pressure is not None:
                        pressure.block()
                yield chunk
                if output_sum is not None:
                    output_sum.put(chunk)
        finally:
            context.run(close_all, raw)
            if input_sum is not None:
                about["inputs"] = input_sum.value
    except GeneratorExit as error:
        if input_sum is None:
            run_manager.on_chain_error(error)
        else:
            # As in LangChain, a stream that its reader abandons ends its run normally.
            run_manager.on_chain_end(None if output_sum is None else output_sum.value, **about)
        raise
    except BaseException as error:
        run_manager.on_chain_error(error, **about)
        raise
    run_manager.on_chain_end(None if output_sum is None else output_sum.value, **about)


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
    """Run the generator `transformer(inputs)` as a run of `runnable`.

    The first input is read before the run starts, so that upstream runs start before downstream
    runs.

    Args:
        runnable: The runnable that runs.
        inputs: The chunks of the input.
        transformer: Yields the chunks of the output. It is passed `config`, `run_manager` and
            `callbacks` if it has these parameters.
        config: The caller's config.
        kwargs: Passed to `transformer`.
        optional: If true, `transformer` accepts None as `run_manager` when there are no callbacks.
        **extra: Passed to the start callbacks, such as `run_type`.

    Yields:
        The chunks of the output.
    """
    raw: Any = None
    source: Any = None
    try:
        first = next(inputs, _END)
        source = iter(()) if first is _END else chain((first,), inputs)
        config = resolve(config)
        names = run_parameters(transformer)
        if (optional or not names) and (config is BARE or not is_watched(config)):
            child = BARE if config is BARE else child_of(config)
            if names:
                raw = transformer(source, config=child, **kwargs)
            else:
                raw = transformer(source, **kwargs)
            if _var.get() is not BARE or child is not BARE:
                raw = _iterate_with_config(raw, child)
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
        input_sum = Fold(sticky=True)
        if run_manager.wants_inputs():
            source = _add_up(source, input_sum)
        arguments = run_arguments(names, child, run_manager)
        raw = _iterate_and_notify(
            run_manager,
            lambda: transformer(source, **arguments, **kwargs),
            None if runnable._is_leaf() else child,
            input_sum,
            emits_chunks=True,
        )
        yield from raw
    finally:
        close_all(raw, source, inputs)


def fused(
    steps: Sequence[Runnable[Any, Any]], inputs: Iterator[Any], kwargs: dict[str, Any]
) -> Iterator[Any]:
    """Run steps without callbacks in sequence, as one generator.

    This is equivalent to nested `transform` calls without a frame for each: the generator of each
    step starts when its first input arrives, and at the end they are closed in reverse order.
    """
    makers = [step._generator_function("transform") for step in steps]
    source: Any = inputs
    opened: list[Any] = []
    try:
        for i, (step, make) in enumerate(zip(steps, makers, strict=True)):
            if make is not None:
                if i:
                    first = next(source, _END)
                    source = iter(()) if first is _END else chain((first,), source)
                source = make(source, **kwargs)
            elif step._takes_the_sum("transform"):
                whole = Fold()
                for chunk in source:
                    whole.put(chunk)
                if not whole.empty:
                    source = step.stream(whole.value, without_bare(step, BARE), **kwargs)
            else:
                source = step.transform(source, without_bare(step, BARE), **kwargs)
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
    """Run the generator `producer(value)`, whose input is known, as a run of `runnable`.

    The chunks come from a child run that emits them if it streams. As in LangChain, they are not
    emitted a second time.

    Args:
        runnable: The runnable that runs.
        value: The input.
        producer: Yields the chunks of the output. It takes `config` and `run_manager`, which is
            None without callbacks.
        config: The caller's config.
        kwargs: Passed to `producer`.

    Yields:
        The chunks of the output.
    """
    config = resolve(config)
    if config is BARE or not is_watched(config):
        child = BARE if config is BARE else child_of(config)
        raw = _iterate_with_config(producer(value, run_manager=None, config=child, **kwargs), child)
    else:
        run_manager = get_callback_manager_for_config(config).on_chain_start(
            None,
            value,
            run_id=config.get("run_id"),
            name=config.get("run_name") or runnable.get_name(),
        )
        child = child_of(config, run_manager.get_child())
        raw = _iterate_and_notify(
            run_manager,
            lambda: producer(value, run_manager=run_manager, config=child, **kwargs),
            child,
            None,
            emits_chunks=False,
        )
    try:
        yield from raw
    finally:
        close_all(raw)
