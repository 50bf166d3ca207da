"""Messages of one library as those of the other, with all that they hold.

A message is taken apart into its fields and put together again in the other library's class of the
same name, without being validated a second time: what one library has accepted the other takes.
Classes that users derived become the class they derive from; fields of their own become extra ones.
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
"""What a part of an answer has of its `tool_call_chunks`."""


def _counterpart(kind: type, table: dict[type, Any], base: type) -> Any:
    """Give the class of the other library, remembered for classes of users."""
    for parent in kind.__mro__:
        found = table.get(parent)
        if found is not None:
            table[kind] = found
            return found
    raise TypeError(f"{kind.__name__} is a {base.__name__} of no kind that both libraries have")


def message_from_langchain(
    message: theirs.BaseMessage, convert: Callable[[Any], Any]
) -> ours.BaseMessage:
    """Make a message of this library of one of LangChain's.

    Args:
        message: LangChain's message.
        convert: What becomes of a tool's artifact.

    Returns:
        The message; it shares no list and no dictionary of fields with the other.

    Raises:
        TypeError: If it is of a kind of its own.
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
        # the class's own way, which reads the arguments when they are asked for
        return cls(**given, **(own or {}))  # type: ignore[no-any-return]
    made = cls._blank()
    known = cls.__known_fields__
    # what was parsed is put behind the parts that it was parsed from
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
"""For each of LangChain's classes its fields in their order, with the defaults of those that have
any, and the fields whose default is made anew, with what makes it."""


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
    """Make a message of LangChain's of one of this library.

    Args:
        message: This library's message.
        convert: What becomes of a tool's artifact.

    Returns:
        The message; it shares no list and no dictionary of fields with the other.

    Raises:
        TypeError: If it is of a kind of its own.
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
