"""Running the programs of the guides on both libraries."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.compat.events import Comparer

from .kit import LIBRARIES, Kit


@pytest.fixture
def both() -> Callable[[Callable[[Kit], Awaitable[Any]]], Any]:
    """Run a program on both libraries; what it gives must be the same, and is given.

    Run ids are numbered by first appearance, messages are their fields.
    """

    def run(program: Callable[[Kit], Awaitable[Any]]) -> Any:
        theirs, ours = (Comparer().value(asyncio.run(program(kit))) for kit in LIBRARIES)
        assert ours == theirs
        return ours

    return run
