"""Detection of the input format, text or recorded provider events, from the first bytes.

The decision must come early: the first snapshot of a text is due at its first bracket. So the
input is text as soon as it has a member that no event starts with, and events as soon as the kind
of the first event is known.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from headrace.json import PartialJsonParser

__all__ = ["Detector", "InputKind"]

InputKind = Literal["text", "events"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
# The starts of a line of server-sent events; a colon starts a comment.
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:")

# The names of the first members of an event, and the prefixes of its kind: see events.py.
_MEMBERS = frozenset(
    {"choices", "created", "id", "model", "object", "service_tier", "system_fingerprint", "type"}
)
_CHOICE_MEMBERS = frozenset({"delta", "finish_reason", "index", "logprobs", "text"})
_OBJECTS = ("chat.completion.chunk", "text_completion")
_TYPES = (
    "content_block_delta",
    "content_block_start",
    "content_block_stop",
    "message_delta",
    "message_start",
    "message_stop",
)
_TYPE_PREFIX = "response."

# A member's name at the end of the input: the parser shows a member once it has a value.
_LAST_NAME = re.compile(rb'[{,]\s*"([^"\\]*)("?)\s*(?::\s*)?\Z')
_LONGEST_WAIT = 4096
"""After this many bytes an object is text: an event has its kind long before that."""


class Detector:
    """Detector that reads the first bytes until the format is known."""

    __slots__ = ("_ended", "_head", "_partial")

    def __init__(self) -> None:
        self._head = b""  # the input so far; short, since the decision comes early
        # Two parsers: an unfinished string can only rule an event out, not confirm it.
        self._partial: PartialJsonParser | None = None
        self._ended = PartialJsonParser(fences=False, strings="complete")

    def feed(self, chunk: bytes) -> InputKind | None:
        """Read the next chunk.

        Args:
            chunk: The bytes, split anywhere.

        Returns:
            The format of the input, or None while it may be either.
        """
        if self._partial is None:
            head = (self._head + chunk).lstrip(_BLANKS)
            if len(head) < 3 and _BYTE_ORDER_MARK.startswith(head):
                self._head = head
                return None
            self._head = head = head.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)
            if not head.startswith(b"{"):
                return _line_kind(head)
            self._partial = PartialJsonParser(fences=False)
            chunk = head
        else:
            self._head += chunk
        return self._object_kind(self._partial, chunk)

    def _object_kind(self, partial: PartialJsonParser, chunk: bytes) -> InputKind | None:
        line, newline, _ = chunk.partition(b"\n")
        partial.feed(line)
        self._ended.feed(line)
        if _is_event(self._ended.value):
            return "events"
        is_over = bool(newline) or partial.complete or partial.error is not None
        if is_over or len(self._head) > _LONGEST_WAIT or not _may_be_event(partial.value):
            return "text"
        return None if _may_be_named(self._head, partial.value) else "text"


def _line_kind(head: bytes) -> InputKind | None:
    """Return the format of a first line that is not a JSON object."""
    if head.startswith(_FIELDS):
        return "events"
    return None if any(field.startswith(head) for field in _FIELDS) else "text"


def _is_event(value: Any) -> bool:
    """Return True if an object without unfinished strings is certainly an event."""
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    if isinstance(kind, str) and (kind in _TYPES or kind.startswith(_TYPE_PREFIX)):
        return True
    choices = value.get("choices")
    return value.get("object") in _OBJECTS or (
        isinstance(choices, list)
        and bool(choices)
        and isinstance(choices[0], dict)
        and isinstance(choices[0].get("delta"), dict)
    )


def _may_be_event(value: Any) -> bool:
    """Return True if an object may still become an event as more of it arrives."""
    if not isinstance(value, dict):
        return True
    kind = value.get("type", "")
    choices = value.get("choices", [])
    return (
        value.keys() <= _MEMBERS
        and isinstance(value.get("id", ""), str)
        and _may_become(value.get("object", ""), _OBJECTS)
        and isinstance(kind, str)
        and (kind.startswith(_TYPE_PREFIX) or _may_become(kind, (*_TYPES, _TYPE_PREFIX)))
        and isinstance(choices, list)
        and len(choices) <= 1
        and all(isinstance(choice, dict) and choice.keys() <= _CHOICE_MEMBERS for choice in choices)
    )


def _may_be_named(head: bytes, value: Any) -> bool:
    """Return True if the member that has just begun may belong to an event."""
    last_name = _LAST_NAME.search(head)
    if last_name is None or "choices" in value:  # that of an inner object may be any
        return True
    name = last_name[1].decode("utf-8", "replace")
    return name in _MEMBERS if last_name[2] else _may_become(name, tuple(_MEMBERS))


def _may_become(start: Any, whole: tuple[str, ...]) -> bool:
    return isinstance(start, str) and any(name.startswith(start) for name in whole)
