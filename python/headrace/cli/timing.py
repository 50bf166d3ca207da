"""Live timing of a chain against the same chain with a pure-Python parser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from headrace.cli import baseline
from headrace.json import iter_json
from headrace.language_models import ReplayChatModel
from headrace.messages import BaseMessage
from headrace.output_parsers import JsonOutputParser

__all__ = ["ROUNDS", "Comparison", "compare"]

ROUNDS = 3
"""Runs of the slow parser. The fastest run counts, since a busy machine only adds time."""
_FAST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """The times of two ways to do the same task, in seconds.

    Attributes:
        what: The task.
        chunks: The number of chunks of the text.
        ours: The time of headrace.
        baseline: The time of the pure-Python parser.
    """

    what: str
    chunks: int
    ours: float
    baseline: float


def compare(model: ReplayChatModel) -> list[Comparison]:
    """Measure a model's stream with a complete chain, and with the parser alone.

    Args:
        model: The model, without a delay.

    Returns:
        The two comparisons.

    Raises:
        RuntimeError: If the two ways do not end with the same value.
    """
    ours, pure = model | JsonOutputParser(), model | _reparse
    if _last(ours.stream("")) != _last(pure.stream("")):
        raise RuntimeError("the two ways do not give the same value")
    pieces = [str(chunk.content) for chunk in model.stream("")]
    return [
        Comparison(
            "model | parser",
            len(pieces),
            _best(lambda: ours.stream(""), _FAST_ROUNDS),
            _best(lambda: pure.stream(""), ROUNDS),
        ),
        Comparison(
            "the parser alone",
            len(pieces),
            _best(lambda: iter_json(pieces), _FAST_ROUNDS),
            _best(lambda: baseline.snapshots(pieces), ROUNDS),
        ),
    ]


def _reparse(messages: Iterator[BaseMessage]) -> Iterator[Any]:
    """Parse messages with the pure-Python parser, as a step of a chain."""
    yield from baseline.snapshots(str(message.content) for message in messages)


def _best(stream: Callable[[], Iterable[Any]], rounds: int) -> float:
    """Return the time of the fastest round, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        _last(stream())
        best = min(best, time.perf_counter() - start)
    return best


def _last(values: Iterable[Any]) -> Any:
    value = None
    for value in values:  # noqa: B007 - the loop is the point: each snapshot is made and dropped
        pass
    return value
