"""Conversion of messages between LangChain and headrace.

The fields of a message are copied to the other library's class of the same name without a second
validation: each library accepts the fields that the other has validated. Custom subclasses become
the class they derive from, and custom fields become extra fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core import messages as theirs

from headrace import messages as ours
from headrace.messages.extras import extra_of, keep_extra

__all__ = ["message_from_langchain", "message_to_langchain"]

_NAMES = (
    "AIMessageChunk",
    "AIMessage",
    "HumanMessageChunk",
    "HumanMessage",
    "SystemMessageChunk",
    "SystemMessage",
    "ToolMessageChunk",
    "ToolMessage",
    "ChatMessageChunk",
    "ChatMessage",
    "FunctionMessageChunk",
    "FunctionMessage",
    "RemoveMessage",
)
_OURS: dict[type, Any] = {getattr(theirs, name): getattr(ours, name) for name in _NAMES}
_THEIRS: dict[type, Any] = {getattr(ours, name): getattr(theirs, name) for name in _NAMES}

_PARSED = ("tool_calls", "invalid_tool_calls")
"""The fields that are parsed from `tool_call_chunks`."""


def _counterpart(kind: type, table: dict[type, Any], base: type) -> Any:
    """Return the class of the other library; custom classes are cached."""
    for parent in kind.__mro__:
        found = table.get(parent)
        if found is not None:
            table[kind] = found
            return found
    raise TypeError(
        f"{kind.__name__} does not derive from a {base.__name__} class of both libraries"
    )


def message_from_langchain(
    message: theirs.BaseMessage, convert: Callable[[Any], Any]
) -> ours.BaseMessage:
    """Convert a LangChain message to a headrace message.

    Args:
        message: The LangChain message.
        convert: Converts the artifact of a tool message.

    Returns:
        The message; field lists and dicts are not shared with the original.

    Raises:
        TypeError: If the other library does not have a matching class.
    """
    kind = type(message)
    cls = _OURS.get(kind) or _counterpart(kind, _OURS, theirs.BaseMessage)
    given: dict[str, Any] = {}
    for name, value in message.__dict__.items():
        if name == "type" or value is None or (not value and name != "content"):
            continue
        if name == "artifact":
            value = convert(value)
        elif type(value) is list:
            value = [item.copy() if type(item) is dict else item for item in value]
        elif type(value) is dict:
            value = value.copy()
        given[name] = value
    own = message.__pydantic_extra__
    if "tool_call_chunks" in given and given.get("chunk_position") != "last":
        for name in _PARSED:
            given.pop(name, None)
        # The class parses the arguments lazily.
        return cls(**given, **(own or {}))  # type: ignore[no-any-return]
    made = cls._blank()
    known = cls.__known_fields__
    # Parsed fields follow the chunks they were parsed from.
    parts = given.pop("tool_call_chunks", None)
    if parts is not None:
        made.tool_call_chunks = parts
    for name, value in given.items():
        if name in known:
            setattr(made, name, value)
        else:
            keep_extra(made, {name: value})
    if own:
        keep_extra(made, own)
    return made  # type: ignore[no-any-return]


_BLANKS: dict[type, tuple[dict[str, Any], list[tuple[str, Any]]]] = {}
"""The fields of each LangChain class, in order with their defaults, and those with a factory."""


def _blank_of(cls: Any) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    plain: dict[str, Any] = {}
    made = []
    for name, field in cls.model_fields.items():
        plain[name] = None if field.is_required() else field.default
        if field.default_factory is not None:
            made.append((name, field.default_factory))
    _BLANKS[cls] = plain, made
    return plain, made


def message_to_langchain(
    message: ours.BaseMessage, convert: Callable[[Any], Any]
) -> theirs.BaseMessage:
    """Convert a headrace message to a LangChain message.

    Args:
        message: The headrace message.
        convert: Converts the artifact of a tool message.

    Returns:
        The message; field lists and dicts are not shared with the original.

    Raises:
        TypeError: If the other library does not have a matching class.
    """
    kind = type(message)
    cls = _THEIRS.get(kind) or _counterpart(kind, _THEIRS, ours.BaseMessage)
    plain, empty = _BLANKS.get(cls) or _blank_of(cls)
    fields = plain.copy()
    for name, make in empty:
        fields[name] = make()
    named = {"content"}
    for name in message.__known_fields__:
        if name == "type":
            continue
        value = getattr(message, name)
        if value is None or (not value and name != "content"):
            continue
        if type(value) is list:
            value = [item.copy() if type(item) is dict else item for item in value]
        elif type(value) is dict and name != "artifact":
            value = value.copy()
        if name == "artifact":
            value = convert(value)
        fields[name] = value
        named.add(name)
    made = cls.__new__(cls)
    extra = extra_of(message)
    set_ = object.__setattr__
    set_(made, "__dict__", fields)
    set_(made, "__pydantic_fields_set__", named)
    set_(made, "__pydantic_extra__", extra)
    set_(made, "__pydantic_private__", None)
    return made  # type: ignore[no-any-return]
