"""Sums of a stream's chunks, at a cost that grows with the chunks and not with their sum."""

from __future__ import annotations

from typing import Any

__all__ = ["Fold"]


class Fold:
    """Lazy sum of chunks: text and messages are joined only when you read `value`.

    If two values cannot be added, the later one replaces the sum. With `sticky`, chunks are no
    longer added from then on: the value is the last chunk, which is the output that observers of a
    run receive.
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
        """Whether no chunk has been added."""
        return self._count == 0

    def put(self, chunk: Any) -> None:
        """Add a chunk."""
        parts = self._parts
        if parts is not None:
            if type(chunk) is self._kind:
                parts.append(chunk)
                return
            self._value = self._join()
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
        """Start to collect chunks for a later join; return True if the chunk's type supports it."""
        kind = type(chunk)
        if kind is str or "_joins_lists" in kind.__dict__:
            self._parts = [chunk]
            self._kind = kind
            return True
        return False

    def _join(self) -> Any:
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
        """Sum of the chunks; None without chunks."""
        return self._value if self._parts is None else self._join()
