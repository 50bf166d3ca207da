"""Events as JSON, for logs and clients, and back."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from typing import Any, cast
from uuid import UUID

import orjson
from pydantic import BaseModel

from headrace.events.schema import StreamEvent
from headrace.load.dump import ESCAPED
from headrace.load.load import load
from headrace.load.serializable import Serializable

__all__ = ["from_json", "to_json"]

_SCALARS = (str, int, float, bool, type(None))


def to_json(event: Mapping[str, Any]) -> bytes:
    """Serialize an event to one line of JSON.

    Messages, documents and components are in LangChain's format, as `headrace.load.dumps` writes
    them, without their secrets. Other values get the closest form that JSON has: tuples and sets
    become arrays; other pydantic models and dataclasses become objects of their fields; an
    exception becomes an object of its `type` and `message`; times, dates and UUIDs become text,
    bytes become base64 text, NaN and infinities become null, and an unknown object becomes its
    repr.

    Args:
        event: An event of any version, or a similar mapping.

    Returns:
        UTF-8 text without a line break.

    Raises:
        ValueError: If the event is nested too deeply or contains itself.
    """
    try:
        plain = _plain(event)
        try:
            return orjson.dumps(plain)
        except TypeError:
            # Large integers, half surrogate pairs and deep nesting, which orjson does not write.
            return json.dumps(plain, separators=(",", ":")).encode()
    except RecursionError:
        name = event.get("event", type(event).__name__)
        raise ValueError(
            f"Cannot serialize {name}: it is nested too deeply, or contains itself."
        ) from None


def from_json(line: str | bytes) -> StreamEvent:
    """Return the event that `to_json` has serialized.

    Messages, documents and components are objects again. Only headrace's and LangChain's core
    classes are created, so the text may come from a client. Values that JSON does not have
    keep the form that `to_json` gave them.

    Args:
        line: The JSON text.

    Returns:
        The event.

    Raises:
        ValueError: If the text is not JSON or not an event, names a class that is not allowed, or
            is nested more than 200 levels deep.
    """
    try:
        document = json.loads(line)
    except RecursionError:
        raise ValueError("The event is nested too deeply.") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"The event is not UTF-8: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("event"), str):
        raise ValueError(f"Not an event, which is an object with `event`: {_shortened(document)}")
    event = load(document)
    if isinstance(event.get("created_at"), str):
        event["created_at"] = datetime.fromisoformat(event["created_at"])
    return cast("StreamEvent", event)


def _plain(value: Any, *, escape: bool = True) -> Any:
    """Return a value of JSON's types.

    Args:
        value: The value.
        escape: If true, mark dicts that could be taken for serialized objects. Values inside such a
            dict are read as they are written.
    """
    if isinstance(value, _SCALARS):
        return _scalar(value)
    if isinstance(value, Mapping):
        keys = {_key(key): key for key in value}
        if escape and ("lc" in keys or (len(keys) == 1 and ESCAPED in keys)):
            return {ESCAPED: _plain(value, escape=False)}
        return {name: _plain(value[key], escape=escape) for name, key in keys.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, escape=escape) for item in value]
    if callable(getattr(type(value), "lc_id", None)):
        return _component(value, escape=escape)
    return _other(value, escape=escape)


def _scalar(value: Any) -> Any:
    if type(value) in (str, int, bool, type(None)):
        return value
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return str.__str__(value) if isinstance(value, str) else int(value)


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    return json.dumps(key) if isinstance(key, _SCALARS) else str(key)


def _component(value: Any, *, escape: bool) -> Any:
    serialized = value.to_json()
    if serialized["type"] != "constructor":
        return repr(value)
    secrets = value._secret_names() if isinstance(value, Serializable) else ()
    kwargs = {
        name: item if name in secrets else _plain(item, escape=escape)
        for name, item in serialized["kwargs"].items()
    }
    return {**serialized, "kwargs": kwargs}


def _other(value: Any, *, escape: bool) -> Any:
    if isinstance(value, BaseException):
        return {"type": type(value).__name__, "message": str(value)}
    if isinstance(value, BaseModel):
        return _plain(dict(value), escape=escape)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        return _plain(fields, escape=escape)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return _plain(value.value, escape=escape)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    return repr(value)


def _shortened(document: Any) -> str:
    text = repr(document)
    return text if len(text) <= 80 else f"{text[:80]}..."
