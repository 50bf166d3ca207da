"""Adding up the chunks of a stream, at a cost that grows with the chunks and not with their sum."""

from __future__ import annotations

from typing import Any

__all__ = ["Fold"]


class Fold:
    """The sum of the chunks put in so far; text is joined only when it is asked for.

    Where two values cannot be added the later one takes the place of the sum. With `sticky`, none
    is added any more from then on: the last chunk is then the value, as whoever observes a run is
    shown it.
    """

    __slots__ = ("_count", "_parts", "_sticky", "_value")

    def __init__(self, *, sticky: bool = False) -> None:
        self._count = 0
        self._value: Any = None
        self._parts: list[Any] | None = None
        self._sticky = sticky

    @property
    def empty(self) -> bool:
        """Whether nothing has been put in."""
        return self._count == 0

    def put(self, chunk: Any) -> None:
        """Add one chunk."""
        parts = self._parts
        if parts is not None:
            if type(chunk) is str:
                parts.append(chunk)
                return
            self._value = "".join(parts)
            self._parts = None
        elif not self._count:
            self._count = 1
            if type(chunk) is str:
                self._parts = [chunk]
            else:
                self._value = chunk
            return
        if self._count < 0:
            self._value = chunk
            return
        try:
            self._value = self._value + chunk
        except TypeError:
            self._value = chunk
            if self._sticky:
                self._count = -1
                return
        if type(self._value) is str:
            self._parts = [self._value]

    @property
    def value(self) -> Any:
        """The sum; None where nothing has been put in."""
        if self._parts is not None:
            if len(self._parts) > 1:
                self._parts = ["".join(self._parts)]
            return self._parts[0]
        return self._value
