"""Adding up the chunks of a stream, at a cost that grows with the chunks and not with their sum."""

from __future__ import annotations

from typing import Any

__all__ = ["Fold"]


class Fold:
    """The sum of the chunks put in so far; text and messages are joined only when it is asked for.

    Where two values cannot be added the later one takes the place of the sum. With `sticky`, none
    is added any more from then on: the last chunk is then the value, as whoever observes a run is
    shown it.
    """

    __slots__ = ("_count", "_kind", "_parts", "_sticky", "_value")

    def __init__(self, *, sticky: bool = False) -> None:
        self._count = 0
        self._value: Any = None
        self._parts: list[Any] | None = None
        self._kind: type | None = None
        self._sticky = sticky

    @property
    def empty(self) -> bool:
        """Whether nothing has been put in."""
        return self._count == 0

    def put(self, chunk: Any) -> None:
        """Add one chunk."""
        parts = self._parts
        if parts is not None:
            if type(chunk) is self._kind:
                parts.append(chunk)
                return
            self._value = self._joined()
            self._parts = None
        elif not self._count:
            self._count = 1
            if not self._begin(chunk):
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
            self._begin(self._value)

    def _begin(self, chunk: Any) -> bool:
        """Collect what is joined at once later, if this is of such a kind."""
        kind = type(chunk)
        if kind is str or "_joins_lists" in kind.__dict__:
            self._parts = [chunk]
            self._kind = kind
            return True
        return False

    def _joined(self) -> Any:
        parts = self._parts
        assert parts is not None
        if len(parts) > 1:
            if self._kind is str:
                parts[:] = ["".join(parts)]
            else:
                parts[:] = [self._sum_of(parts)]
        return parts[0]

    def _sum_of(self, parts: list[Any]) -> Any:
        try:
            return parts[0] + parts[1:]
        except TypeError:
            total = parts[0]
        for part in parts[1:]:
            try:
                total = total + part
            except TypeError:
                if self._sticky:
                    return parts[-1]
                total = part
        return total

    @property
    def value(self) -> Any:
        """The sum; None where nothing has been put in."""
        return self._value if self._parts is None else self._joined()
