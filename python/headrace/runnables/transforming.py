"""`Transforming`: the base class of runnables that stream through `transform`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

from headrace.runnables.composed import Composed
from headrace.runnables.config import RunnableConfig
from headrace.runnables.runnable import Input, Output

__all__ = ["Transforming"]

T = TypeVar("T")


class Transforming(Composed[Input, Output]):
    """Base class of compositions whose `stream` and `astream` call `transform` and `atransform`."""

    __slots__ = ()

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the output of `transform` for a single input."""
        return self.transform(iter((input,)), config, **kwargs)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the output of `atransform` for a single input."""
        return self.atransform(_only(input), config, **kwargs)


async def _only(value: T) -> AsyncIterator[T]:
    yield value
