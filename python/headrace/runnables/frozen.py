"""`FrozenConfig`: the read-only empty config that all runs without config share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["FrozenConfig"]


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError("this config is shared by many runs and read-only: change a copy of it")


class _FrozenDict(dict[str, Any]):
    """A read-only dict; copies are ordinary dicts."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return dict, (self.copy(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return self.copy()


class _FrozenList(list[Any]):
    """A read-only list; copies are ordinary lists."""

    __slots__ = ()

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return list, (self.copy(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return self.copy()


class FrozenConfig(_FrozenDict):
    """A read-only config whose lists and dicts are read-only too."""

    __slots__ = ("_make",)

    _make: Callable[[], Any]

    def __init__(self, make: Callable[[], Any]) -> None:
        """Create a read-only config.

        Args:
            make: Returns an ordinary config with new containers.
        """
        frozen: dict[type, Callable[[Any], Any]] = {dict: _FrozenDict, list: _FrozenList}
        super().__init__(
            {key: frozen.get(type(value), _same)(value) for key, value in make().items()}
        )
        self._make = make

    def copy(self) -> Any:
        """Return an ordinary config with new containers."""
        return self._make()


def _same(value: Any) -> Any:
    return value
