"""Measuring peers side by side, in one process, and holding the ratio between them.

Times of one machine say little about another; what a peer takes beside us, in the same process and
the same minute, says how much faster we are. Every benchmark here measures both in turn and
compares the medians.
"""

import gc
import statistics
import time
from collections.abc import Callable

__all__ = ["medians"]


def medians(
    calls: dict[str, Callable[[], None]], *, units: int, rounds: int = 7, warm: int = 1
) -> dict[str, float]:
    """Time calls in turn.

    Args:
        calls: The calls by name.
        units: How many units of work, such as chunks, each call does.
        rounds: How often each is timed.
        warm: How often each is run before.

    Returns:
        The median time of each, in microseconds a unit.
    """
    for call in calls.values():
        for _ in range(warm):
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    was_enabled = gc.isenabled()
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            gc.disable()
            try:
                begin = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - begin)
            finally:
                if was_enabled:
                    gc.enable()
    return {name: statistics.median(taken) / units * 1e6 for name, taken in times.items()}
