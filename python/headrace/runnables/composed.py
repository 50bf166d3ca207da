"""`Composed`: the base class of compositions, with equality by parts and a repr."""

from __future__ import annotations

from headrace.runnables.runnable import Input, Output, Runnable

__all__ = ["Composed"]


class Composed(Runnable[Input, Output]):
    """A runnable composed of others; `_parts` are the attributes for equality and repr."""

    __slots__ = ("__weakref__", "name")

    _parts: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, part) == getattr(other, part) for part in self._parts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inside = ", ".join(f"{part}={getattr(self, part)!r}" for part in self._parts)
        return f"{type(self).__name__}({inside})"
