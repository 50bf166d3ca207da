"""LangChain with and without acceleration."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headrace.langchain import accelerate, restore


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """No test leaves LangChain accelerated, and none is disturbed by a run that is."""
    was_on = bool(restore())
    yield
    restore()
    if was_on:
        accelerate()


@pytest.fixture
def both() -> Callable[[Callable[[], Any]], tuple[Any, Any]]:
    """What a function gives, or raises, with acceleration and without."""

    def run(scenario: Callable[[], Any]) -> tuple[Any, Any]:
        with accelerate():
            ours = outcome(scenario)
        return ours, outcome(scenario)

    return run


def outcome(scenario: Callable[[], Any]) -> Any:
    try:
        return scenario()
    except Exception as error:
        return type(error), str(error)
