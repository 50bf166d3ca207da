"""Adding up the chunks of a stream, at a cost that grows with the chunks and not with their sum."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import Any, Protocol, TypeVar

__all__ = ["Addable", "AddableDict", "Fold", "SupportsAdd", "aadd", "add"]

_Contra = TypeVar("_Contra", contravariant=True)
_Co = TypeVar("_Co", covariant=True)


class SupportsAdd(Protocol[_Contra, _Co]):
    """What can be added to another value of its kind."""

    def __add__(self, other: _Contra, /) -> _Co:
        """Add `other`, leaving both as they are."""
        ...


Addable = TypeVar("Addable", bound=SupportsAdd[Any, Any])


class AddableDict(dict[str, Any]):
    """A dictionary that is one chunk of a stream of dictionaries.

    The sum of two has the keys of both; where both have a value the values are added.
    """

    def __add__(self, other: AddableDict) -> AddableDict:
        """Add the values of `other` key by key; neither operand changes.

        Raises:
            TypeError: If both have a value that cannot be added to the other's.
        """
        total = AddableDict(self)
        for key, value in other.items():
            present = total.get(key)
            if present is None:
                total[key] = value
            elif value is not None:
                try:
                    total[key] = present + value
                except TypeError as error:
                    raise TypeError(
                        f"Cannot add incompatible types for key '{key}': "
                        f"'{type(present).__name__}' and '{type(value).__name__}'."
                    ) from error
        return total

    def __radd__(self, other: AddableDict) -> AddableDict:
        """Add this to the right of a plain dictionary."""
        return AddableDict(other).__add__(self)


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


def add(addables: Iterable[Addable]) -> Addable | None:
    """Add up values.

    Args:
        addables: Values that can be added to one another.

    Returns:
        Their sum, or None where there are none.
    """
    total: Any = None
    for value in addables:
        total = value if total is None else total + value
    return total  # type: ignore[no-any-return]


async def aadd(addables: AsyncIterable[Addable]) -> Addable | None:
    """Add up values as they arrive.

    Args:
        addables: Values that can be added to one another.

    Returns:
        Their sum, or None where there are none.
    """
    total: Any = None
    async for value in addables:
        total = value if total is None else total + value
    return total  # type: ignore[no-any-return]
