"""Values that can be added, such as the chunks of a stream of dicts."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import Any, Protocol, TypeVar

__all__ = ["Addable", "AddableDict", "SupportsAdd", "aadd", "add"]

_Contra = TypeVar("_Contra", contravariant=True)
_Co = TypeVar("_Co", covariant=True)


class SupportsAdd(Protocol[_Contra, _Co]):
    """A value that can be added to another of its type."""

    def __add__(self, other: _Contra, /) -> _Co:
        """Return the sum with `other`; neither operand changes."""
        ...


Addable = TypeVar("Addable", bound=SupportsAdd[Any, Any])


class AddableDict(dict[str, Any]):
    """A dict that is one chunk of a stream of dicts.

    The sum of two has the keys of both; values under the same key are added.
    """

    def __add__(self, other: AddableDict) -> AddableDict:
        """Add the values of `other` key by key; neither operand changes.

        Raises:
            TypeError: If two values under the same key cannot be added.
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
        """Add this to a plain dict on its left."""
        return AddableDict(other).__add__(self)


def add(addables: Iterable[Addable]) -> Addable | None:
    """Add up values.

    Args:
        addables: Values that can be added to one another.

    Returns:
        Their sum; None if there are no values.
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
        Their sum; None if there are no values.
    """
    total: Any = None
    async for value in addables:
        total = value if total is None else total + value
    return total  # type: ignore[no-any-return]
