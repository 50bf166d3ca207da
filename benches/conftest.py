"""What the benchmarks share: the table of figures, and the machine's own pace."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from headrace.json import PartialJsonParser
from race import Contender, race

FIGURES = Path(__file__).parent.parent / ".benchmarks" / "figures.json"

# The targets in microseconds are those of a machine on which an empty call on a compiled class
# took this.
REFERENCE_CALL = 0.017


@pytest.fixture(scope="session")
def call_cost() -> float:
    """The time of a method call on a compiled class, in microseconds, with the loop around it."""
    call = PartialJsonParser().__sizeof__

    def run() -> None:
        for _ in range(100_000):
            call()

    return race({"call": Contender(run, 100_000)})["call"]


@pytest.fixture(scope="session")
def slowness(call_cost: float) -> float:
    """How many times slower this machine calls than that of the targets; at least 1."""
    return max(1.0, call_cost / REFERENCE_CALL)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop for all contenders."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def record() -> Iterator[Callable[..., None]]:
    """Notes figures for the tables: `record("name", figure=1.0, ...)`."""
    known: dict[str, dict[str, float]] = {}
    if FIGURES.exists():
        known = json.loads(FIGURES.read_text(encoding="utf-8"))

    def note(name: str, **figures: float) -> None:
        known[name] = figures
        shown = ", ".join(f"{key} {value:,.3f}" for key, value in figures.items())
        print(f"\n{name}: {shown}")

    yield note
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
