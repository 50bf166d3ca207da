"""Compares ways of doing the same work in one process, in turn, so that noise meets all alike."""

import gc
import statistics
import time
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

# A round of less than this, in seconds, would measure a cold cache and the clock.
LONG_ENOUGH = 0.01


@dataclass(frozen=True)
class Contender:
    """A way of doing the work."""

    run: Callable[[], object]
    """Does it once. What it returns is dropped after the clock has stopped."""

    items: int
    """How many items that is: chunks, events, calls. Times are given for one."""

    rounds: int | None = None
    """How often it is timed, where that is not as often as the others."""

    inside: Callable[[], AbstractContextManager[object]] = nullcontext
    """What surrounds it, of which nothing is timed."""


def drain(stream: Iterable[object]) -> None:
    """Take a stream to its end."""
    for _ in stream:
        pass


async def adrain(stream: AsyncIterable[object]) -> None:
    """Take an asynchronous stream to its end."""
    async for _ in stream:
        pass


def race(
    contenders: Mapping[str, Contender],
    rounds: int = 7,
    clock: Callable[[], float] = time.perf_counter,
    typical: Callable[[list[float]], float] = statistics.median,
) -> dict[str, float]:
    """Time each contender in turn.

    Args:
        contenders: The ways, by name.
        rounds: How often each is timed.
        clock: What tells the time, in seconds; `time.thread_time` for the time of the processor.
        typical: What tells the time of all rounds; `min` where noise only ever adds.

    Returns:
        The time of each, the median of the rounds, for one item, in microseconds.
    """
    # What else is in the process, all that the peers import, is no part of anybody's work: the
    # garbage collector is not to look at it again and again.
    gc.collect()
    gc.freeze()
    try:
        return _race(contenders, rounds, clock, typical)
    finally:
        gc.unfreeze()


def _race(
    contenders: Mapping[str, Contender],
    rounds: int,
    clock: Callable[[], float],
    typical: Callable[[list[float]], float],
) -> dict[str, float]:
    repeats = {name: _repeats(contender, clock) for name, contender in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name, contender in contenders.items():
            if contender.rounds is None or turn < contender.rounds:
                taken = _time(contender, repeats[name], clock)
                times[name].append(taken / contender.items * 1e6)
    return {name: typical(measured) for name, measured in times.items()}


def _repeats(contender: Contender, clock: Callable[[], float]) -> int:
    """How often to run within one round, for the round to last long enough."""
    if contender.rounds == 1:
        return 1
    return max(1, round(LONG_ENOUGH / _time(contender, 1, clock)))


def _time(contender: Contender, repeats: int, clock: Callable[[], float]) -> float:
    run = contender.run
    with contender.inside():
        gc.collect()
        start = clock()
        for _ in range(repeats):
            result = run()
        end = clock()
    del result
    return (end - start) / repeats
