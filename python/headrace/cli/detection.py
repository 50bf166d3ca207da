"""Whether the input is a text or the events of a recorded provider stream, from its first bytes.

The answer has to be early: a text's first snapshot is due when its first bracket is there. So a
text is told from an event as soon as it has a member that no event starts with, and an event from a
text as soon as its kind is known.
"""

from __future__ import annotations

from typing import Any, Literal

from headrace.json import PartialJsonParser

__all__ = ["Detector", "InputKind"]

InputKind = Literal["text", "events"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
# What a line of server-sent events starts with; a colon starts a comment.
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:")

# What the first members of an event are called, and how its kind starts: see events.py.
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


class Detector:
    """Looks at the first bytes until it knows what they are."""

    __slots__ = ("_ended", "_head", "_partial")

    def __init__(self) -> None:
        self._head: bytes | None = b""  # what has come before the first line's kind was clear
        # Two readings of the same line: a kind that has not ended can only say no.
        self._partial = PartialJsonParser(fences=False)
        self._ended = PartialJsonParser(fences=False, strings="complete")

    def feed(self, chunk: bytes) -> InputKind | None:
        """Look at what comes next.

        Args:
            chunk: The bytes, cut anywhere.

        Returns:
            What the input is, or None as long as it may be either.
        """
        if self._head is not None:
            head = (self._head + chunk).lstrip(_BLANKS)
            if _BYTE_ORDER_MARK.startswith(head[:3]) and len(head) < 3:
                self._head = head
                return None
            head = head.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)
            if not head.startswith(b"{"):
                self._head = head
                return _line_kind(head)
            self._head = None
            chunk = head
        return self._object_kind(chunk)

    def _object_kind(self, chunk: bytes) -> InputKind | None:
        line, newline, _ = chunk.partition(b"\n")
        self._partial.feed(line)
        self._ended.feed(line)
        if _is_event(self._ended.value):
            return "events"
        is_over = bool(newline) or self._partial.complete or self._partial.error is not None
        return None if not is_over and _may_be_event(self._partial.value) else "text"


def _line_kind(head: bytes) -> InputKind | None:
    """What a first line is that is no JSON object."""
    if head.startswith(_FIELDS):
        return "events"
    return None if any(field.startswith(head) for field in _FIELDS) else "text"


def _is_event(value: Any) -> bool:
    """Whether an object, of which no string is cut, is an event for certain."""
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
    """Whether an object may turn out to be an event as more of it comes."""
    if not isinstance(value, dict):
        return True
    kind = value.get("type", "")
    choices = value.get("choices", [])
    return (
        value.keys() <= _MEMBERS
        and isinstance(value.get("id", ""), str)
        and _may_become(value.get("object", ""), _OBJECTS)
        and _may_become(kind, (*_TYPES, _TYPE_PREFIX))
        and isinstance(choices, list)
        and len(choices) <= 1
        and all(isinstance(choice, dict) and choice.keys() <= _CHOICE_MEMBERS for choice in choices)
    )


def _may_become(start: Any, whole: tuple[str, ...]) -> bool:
    return isinstance(start, str) and any(name.startswith(start) for name in whole)
