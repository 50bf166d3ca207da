"""`Transforming`: the base of what treats a single input as a stream of one chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

from headrace.runnables.composed import Composed
from headrace.runnables.config import RunnableConfig
from headrace.runnables.runnable import Input, Output

__all__ = ["Transforming"]

T = TypeVar("T")


class Transforming(Composed[Input, Output]):
    """A composition that defines `transform` and `atransform`, from which its streams follow."""

    __slots__ = ()

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream what `transform` makes of the one input."""
        return self.transform(iter((input,)), config, **kwargs)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream what `atransform` makes of the one input."""
        return self.atransform(_only(input), config, **kwargs)


async def _only(value: T) -> AsyncIterator[T]:
    yield value
