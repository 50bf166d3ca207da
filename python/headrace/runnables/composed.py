"""`Composed`: the base class of compositions, with equality by parts and a repr."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from typing_extensions import Self

from headrace.load.serializable import to_json_not_implemented
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.utils.secrets import hide_secrets

__all__ = ["Composed", "exception_types"]


class Composed(Runnable[Input, Output]):
    """A runnable composed of others; `_parts` are the attributes for equality and repr."""

    __slots__ = ("__weakref__", "name")

    _parts: tuple[str, ...] = ()
    _saved: ClassVar[tuple[str, ...]] = ()
    """The arguments that recreate the runnable; empty if it cannot be serialized."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, part) == getattr(other, part) for part in self._parts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inside = ", ".join(f"{part}={getattr(self, part)!r}" for part in self._parts)
        return f"{type(self).__name__}({inside})"

    # --- what LangChain's serializable classes have ------------------------------------------

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True if the runnable can be recreated from the result of `to_json`."""
        return bool(cls._saved)

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "runnable"] if cls._saved else cls.__module__.split(".")

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the id of the class for LangChain's `loads`."""
        return [*cls.get_lc_namespace(), cls.__name__]

    def to_json(self) -> dict[str, Any]:
        """Return the serialized form, in LangChain's format.

        Returns:
            `lc`, `type`, `id` and, if the runnable can be recreated, its arguments as `kwargs`.
        """
        if not self._saved:
            return to_json_not_implemented(self)
        kwargs = {part: getattr(self, part) for part in self._saved}
        for part in _OF_USERS.intersection(kwargs):
            kwargs[part] = hide_secrets(kwargs[part], part)
        return {
            "lc": 1,
            "type": "constructor",
            "id": self.lc_id(),
            "kwargs": {
                part: value
                for part, value in kwargs.items()
                if value is not None and (value or part not in _OMITTED_IF_EMPTY)
            },
            "name": self.get_name(),
        }

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        """Create the runnable from the arguments that `to_json` has written."""
        return cls(**kwargs)


_OF_USERS = frozenset({"config", "kwargs"})
"""Arguments in which users may have put secrets."""

_OMITTED_IF_EMPTY = ("config_factories", "kwargs", "middle")


def exception_types(kwargs: dict[str, Any], name: str) -> dict[str, Any]:
    """Return saved arguments with a tuple of exception classes.

    Classes are not serializable: without them, the default applies.

    Args:
        kwargs: The arguments.
        name: The one with the exception classes.
    """
    rest = {key: value for key, value in kwargs.items() if key != name}
    types = tuple(one for one in cast("Any", kwargs.get(name)) or () if one is not None)
    return {**rest, name: types} if types else rest
