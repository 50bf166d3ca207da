"""Access to the fields of events, which are SDK objects or dictionaries parsed from JSON."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["call_chunk", "fields_of", "key_of", "plain", "string", "without_none"]

_NOTHING: Mapping[str, Any] = {}


def fields_of(thing: Any) -> Mapping[str, Any]:
    """Return the fields of an event or of a part of one.

    Args:
        thing: An object of the SDK, or a dictionary.

    Returns:
        The fields by name, including those that the SDK does not know; empty for anything that
        has no fields. Treat it as read-only.
    """
    # this runs several times for each chunk: the common cases come first
    if type(thing) is dict:
        return thing
    try:
        more = thing.__pydantic_extra__
    except AttributeError:
        return thing if isinstance(thing, Mapping) else getattr(thing, "__dict__", _NOTHING)
    known: dict[str, Any] = thing.__dict__
    return {**known, **more} if more else known


def plain(thing: Any) -> Any:
    """Convert a part of an event to plain data, without fields that are None.

    Args:
        thing: An object of the SDK, or parsed JSON.

    Returns:
        Dictionaries, lists and scalars, under the names that go over the wire.
    """
    if isinstance(thing, (str, int, float)) or thing is None:
        return thing
    if isinstance(thing, (list, tuple)):
        return [plain(one) for one in thing]
    # the SDK calls a field `async_`, because Python reserves `async`
    return {
        "async" if name == "async_" else name: plain(value)
        for name, value in fields_of(thing).items()
        if value is not None
    }


def call_chunk(name: Any, args: Any, id: Any, index: Any) -> dict[str, Any]:
    """Return a part of a tool call as messages have it."""
    return {"name": name, "args": args, "id": id, "index": index, "type": "tool_call_chunk"}


def without_none(data: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a dictionary whose value is not None."""
    return {key: value for key, value in data.items() if value is not None}


def string(value: Any) -> str:
    """Return a string as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""


def key_of(index: Any) -> Hashable:
    """Return an index as a dictionary key, even if the server sends something unhashable."""
    return index if isinstance(index, int | str | None) else repr(index)
