"""The two kinds of input: one text, or the events of a provider's stream, a line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import orjson

from headrace.cli.documents import Document, Documents
from headrace.cli.events import End, EventReader, Kind
from headrace.json import JsonDocument, JsonDocumentStream, JsonStreamError

__all__ = [
    "DocumentsInput",
    "EventsInput",
    "Input",
    "TextInput",
    "UnreadableError",
    "followed",
    "split_lines",
]

_IGNORED_FIELDS = (b":", b"event:", b"id:", b"retry:")


class UnreadableError(Exception):
    """The input is not valid; the message has the reason."""


class Input(Protocol):
    """Consumer of the input's bytes as they arrive."""

    def feed(self, chunk: bytes) -> bool:
        """Show the changes of a chunk; return False if later chunks cannot matter."""

    def close(self) -> None:
        """Take the end of the input.

        Raises:
            UnreadableError: If something is wrong with it that has not been reported.
        """


class TextInput:
    """Input with a single document, and the prose and fences around it."""

    __slots__ = ("_document", "_fences", "_is_empty")

    def __init__(self, document: Document, fences: bool) -> None:
        self._document = document
        self._fences = fences
        self._is_empty = True

    def feed(self, chunk: bytes) -> bool:
        """Show the changes of a chunk; return False if the text cannot become a document."""
        self._is_empty = self._is_empty and not chunk.strip()
        self._document.feed(chunk)
        # With fences enabled, a fenced document may still follow.
        return self._fences or self._document.error is None

    def close(self) -> None:
        """Show the finished document.

        Raises:
            UnreadableError: If there is no valid document.
        """
        try:
            self._document.close()
        except JsonStreamError as error:
            raise UnreadableError("the input is empty" if self._is_empty else str(error)) from error


class DocumentsInput:
    """Input with several documents: shows each snapshot, or each document when it ends."""

    __slots__ = ("_show", "_shown", "_stream")

    def __init__(self, stream: JsonDocumentStream, show: Callable[[Any], None]) -> None:
        self._stream = stream
        self._show = show
        self._shown: JsonDocument | None = None

    def feed(self, chunk: bytes) -> bool:
        """Show the changes of a chunk; return False if the text cannot become documents."""
        self._show_all(self._stream.feed(chunk))
        return self._stream.error is None

    def close(self) -> None:
        """Show the number that the text ends with, if it does.

        Raises:
            UnreadableError: If a part is not a document, or the last document is truncated.
        """
        try:
            self._show_all(self._stream.close())
        except JsonStreamError as error:
            raise UnreadableError(str(error)) from error

    def _show_all(self, documents: list[JsonDocument]) -> None:
        for document in documents:
            shown, self._shown = self._shown, document
            # The end of a document is not shown if its value is unchanged: it is the same object.
            is_same = shown is not None and shown.number == document.number
            if shown is None or not is_same or shown.value is not document.value:
                self._show(document.value)


class EventsInput:
    """Input with events as JSON, one a line, bare or as the `data:` of server-sent events.

    A line is parsed when it ends; until then its pieces are only stored. So the cost of a line
    depends on its length, not on its number of chunks.
    """

    __slots__ = ("_documents", "_is_broken", "_line_number", "_pieces", "_reader")

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._reader = EventReader()
        self._pieces: list[bytes] = []
        self._line_number = 0
        self._is_broken = False

    def feed(self, chunk: bytes) -> bool:
        """Show the changes of the events that end in a chunk; return False after a broken line."""
        for line in split_lines(chunk, self._pieces):
            self._read_line(line, "is no event")
            if self._is_broken:
                return False
        return True

    def close(self) -> None:
        """End all documents.

        Raises:
            UnreadableError: If there was no JSON at all, and nothing else that explains it.
        """
        if not self._is_broken:
            self._read_line(b"".join(self._pieces), "was cut off")
        self._documents.close()
        if not self._documents.has_value and not self._documents.has_failed:
            prose = self._documents.prose
            if prose is None:
                raise UnreadableError("no JSON in the stream: its events hold nothing to read")
            quoted = json.dumps(prose, ensure_ascii=False)
            raise UnreadableError(f"no JSON in the stream: its text begins {quoted}")

    def _read_line(self, line: bytes, complaint: str) -> None:
        self._line_number += 1
        if self._line_number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        data = line.strip()
        if not data or data.startswith(_IGNORED_FIELDS):
            return
        data = data.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            self._documents.take(End())
            return
        try:
            event = _load(data) if data else None
        except ValueError:
            quoted = json.dumps(data[:60].decode("utf-8", "replace"), ensure_ascii=False)
            self._documents.fail(f"line {self._line_number} of the stream {complaint}: {quoted}")
            self._is_broken = True
            return
        for step in self._reader.read(event):
            self._documents.take(step)


def split_lines(chunk: bytes, pieces: list[bytes]) -> Iterator[bytes]:
    """Yield the lines that end in a chunk, without their ends.

    Args:
        chunk: The new bytes.
        pieces: The earlier pieces of the incomplete line. The list is updated.

    Yields:
        Each line that has ended.
    """
    start = 0
    while (end := chunk.find(b"\n", start)) >= 0:
        pieces.append(chunk[start:end])
        line = b"".join(pieces)
        pieces.clear()
        start = end + 1
        yield line
    if start < len(chunk):
        pieces.append(chunk[start:])


def _load(data: bytes) -> Any:
    """Parse an event: orjson refuses half a surrogate pair, which a delta may well end with."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def followed(source: str) -> frozenset[Kind]:
    """Return the kinds of documents that `--from SOURCE` follows."""
    kinds = {"text": {Kind.TEXT}, "tool": {Kind.TOOL, Kind.CUSTOM}, "auto": set(Kind)}
    return frozenset(kinds[source])
