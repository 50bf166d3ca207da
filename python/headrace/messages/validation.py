"""Validation of field values that the core cannot decide. Called by the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from pydantic_core import PydanticUndefined, ValidationError

from headrace.messages.extras import keep_extra
from headrace.messages.pydantic_mirror import blank_of, mirror_of
from headrace.messages.tool_calls import invalid_tool_call, tool_call, tool_call_chunk

_CALLS: dict[str, Callable[..., Any]] = {
    "tool_calls": tool_call,
    "tool_call_chunks": tool_call_chunk,
    "invalid_tool_calls": invalid_tool_call,
}

__all__ = ["checked", "keep_declared", "missing"]


def checked(cls: Any, field: str, value: Any) -> Any:
    """Return the validated value of a field, or raise pydantic's error, which names the field."""
    mirror = mirror_of(cls)
    make = _CALLS.get(field)
    # Provider data beyond the call stays in its block.
    dropped = ("type", "extras") if field == "tool_calls" else ("type",)
    if make is not None and isinstance(value, (list, tuple)):
        value = [
            make(**{key: part for key, part in call.items() if key not in dropped})
            if isinstance(call, dict)
            else call
            for call in value
        ]
    valid = mirror.__pydantic_validator__.validate_assignment(blank_of(cls), field, value)
    return getattr(valid, field)


def missing(cls: Any, field: str) -> NoReturn:
    """Raise pydantic's error for a field that must be given."""
    raise ValidationError.from_exception_data(
        cls.__name__, [{"type": "missing", "loc": (field,), "input": {}}]
    )


def keep_declared(message: Any, extra: dict[str, Any] | None) -> None:
    """Set the fields that a user's message class declares, and keep the extra fields."""
    cls = type(message)
    own = dict(extra or {})
    for name in cls.__declared_fields__:
        field = mirror_of(cls).model_fields[name]
        if name in own:
            own[name] = checked(cls, name, own[name])
        elif name in cls.__known_fields__:
            continue
        else:
            value = field.get_default(call_default_factory=True)
            if value is PydanticUndefined:
                missing(cls, name)
            own[name] = value
    keep_extra(message, own)
