"""The JSON documents of the input, each with its own parser, and their output."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Literal, TypedDict

from headrace.cli.events import End, Failure, Kind, Piece, Start, Step
from headrace.json import JsonStreamError, PartialJsonParser

__all__ = ["Document", "DocumentOptions", "Documents"]

_EXCERPT = 60
"""Number of characters that an error quotes from a text that is not JSON."""


class DocumentOptions(TypedDict):
    """The options of `PartialJsonParser` that the command line has."""

    strict: bool
    fences: bool
    numbers: Literal["partial", "complete"]
    strings: Literal["partial", "complete"]
    max_depth: int
    select: str | list[str] | None
    partial: bool


class Document:
    """A document that shows each snapshot, only the last one, or the values at paths.

    Attributes:
        kind: The kind of the document in an event stream.
        name: The provider's name for it.
        begins: The start of its text.
        has_value: Whether it has had any value to show.
        closed: Whether it has ended.
    """

    __slots__ = (
        "_final_only",
        "_parser",
        "_selects",
        "_show",
        "begins",
        "closed",
        "has_value",
        "kind",
        "name",
    )

    def __init__(
        self,
        options: DocumentOptions,
        show: Callable[[Any], None],
        final_only: bool,
        kind: Kind = Kind.TEXT,
        name: str = "",
    ) -> None:
        self._parser = PartialJsonParser(**options)
        self._selects = options["select"] is not None
        self._show = show
        self._final_only = final_only
        self.kind = kind
        self.name = name
        self.begins = ""
        self.has_value = False
        self.closed = False

    @property
    def error(self) -> JsonStreamError | None:
        """The error in the text so far, or None."""
        return self._parser.error

    def feed(self, text: str | bytes) -> None:
        """Show the changes of a piece of text."""
        if len(self.begins) < _EXCERPT:
            start = text[:_EXCERPT]
            self.begins += start if isinstance(start, str) else start.decode("utf-8", "replace")
        if self._parser.feed(text):
            self.has_value = True
            if self._selects:
                self._show_all(self._parser.matches())
            elif not self._final_only:
                self._show(self._parser.value)

    def close(self) -> None:
        """Show the finished document, unless it is already shown.

        Raises:
            JsonStreamError: If the text is not a JSON document or is truncated. If only the last
                snapshot is shown, it is shown before the error is raised.
        """
        self.closed = True
        if not self.begins and self.kind is Kind.TOOL:
            # A call without arguments: its providers stream nothing and mean this.
            self._parser.feed("{}")
        if self._selects:
            self._show_all(self._parser.close())
            # A document in which the paths lead nowhere is one.
            self.has_value = True
            return
        shown = self._parser.value
        try:
            final = self._parser.close()
        except JsonStreamError:
            if self._final_only and self.has_value:
                self._show(shown)
            raise
        is_shown = self.has_value and not self._final_only
        if not is_shown or shown != final or type(shown) is not type(final):
            self.has_value = True
            self._show(final)

    def _show_all(self, matches: list[Any]) -> None:
        for match in matches:
            self._show(match)


class Documents:
    """The documents of one event stream: each text and each tool call is one.

    Attributes:
        has_value: Whether any of them has had a value to show.
        has_failed: Whether an error was reported.
        prose: The start of the first text without JSON.
    """

    __slots__ = ("_kinds", "_make", "_open", "_report", "_reported", "has_value", "prose")

    def __init__(
        self,
        make: Callable[[Kind, str], Document],
        kinds: frozenset[Kind],
        report: Callable[[str], None],
    ) -> None:
        """Start with no document.

        Args:
            make: Function that creates a document from a kind and a name.
            kinds: The kinds to follow; documents of other kinds are skipped.
            report: Function that is called with the message of an error.
        """
        self._make = make
        self._kinds = kinds
        self._report = report
        self._open: dict[Hashable, Document] = {}
        self._reported: set[str] = set()
        self.has_value = False
        self.prose: str | None = None

    @property
    def has_failed(self) -> bool:
        """Whether an error was reported."""
        return bool(self._reported)

    def take(self, step: Step) -> None:
        """Process a step of the stream."""
        if isinstance(step, Failure):
            self.fail(f"the provider reports: {step.message}")
        elif isinstance(step, End):
            self._end(step.key)
        elif step.kind in self._kinds:
            self._take_one(step)

    def close(self) -> None:
        """End every document that is open."""
        for document in self._open.values():
            self._close_one(document)
        self._open.clear()

    def fail(self, message: str) -> None:
        """Report an error, once: some providers send the same one as two events."""
        if message not in self._reported:
            self._reported.add(message)
            self._report(message)

    def _end(self, key: Hashable) -> None:
        """End one document, or all without a key."""
        if key is None:
            self.close()
        elif key in self._open:
            self._close_one(self._open[key])

    def _take_one(self, step: Start | Piece) -> None:
        document = self._open.get(step.key)
        if isinstance(step, Start):
            if document is not None:
                self._close_one(document)
            self._open[step.key] = self._make(step.kind, step.name)
        else:
            if document is None or document.closed:
                document = self._open[step.key] = self._make(step.kind, "")
            document.feed(step.text)

    def _close_one(self, document: Document) -> None:
        if document.closed:
            return
        try:
            document.close()
        except JsonStreamError as error:
            if document.kind is not Kind.TOOL and not document.has_value:
                # Models add prose around the requested JSON: it is not an error.
                self.prose = self.prose or document.begins.strip() or None
            else:
                name = f" {document.name}" if document.name else ""
                self.fail(f"in the {document.kind.value}{name}: {error}")
        self.has_value = self.has_value or document.has_value
