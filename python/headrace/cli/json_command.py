"""`headrace json`: the snapshots of the input, one a line."""

from __future__ import annotations

import argparse
import os

from headrace.cli.detection import Detector, InputKind
from headrace.cli.documents import Document, DocumentOptions, Documents
from headrace.cli.events import Kind
from headrace.cli.exits import BAD_INPUT
from headrace.cli.inputs import (
    DocumentsInput,
    EventsInput,
    Input,
    TextInput,
    UnreadableError,
    followed,
)
from headrace.cli.streams import STANDARD_OUTPUT, open_input, read_chunks, write_all
from headrace.cli.terminal import report
from headrace.cli.writing import to_line
from headrace.json import JsonDocumentStream

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Write each snapshot of the input.

    Args:
        arguments: The command line, parsed by `headrace.cli.arguments`.

    Returns:
        The exit code.

    Raises:
        CommandError: If the input cannot be read or the output cannot be written.
    """
    descriptor = open_input(arguments.file)
    command = _JsonCommand(arguments)
    try:
        for chunk in read_chunks(descriptor, arguments.file, arguments.chunk_size):
            if not command.feed(chunk):
                break
        command.close()
    except UnreadableError as error:
        command.report(str(error))
    finally:
        if arguments.file != "-":
            os.close(descriptor)
    return BAD_INPUT if command.has_failed else 0


class _JsonCommand:
    """The input, once it is clear of which kind it is.

    Attributes:
        has_failed: Whether an error was reported.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._options = DocumentOptions(
            strict=arguments.strict,
            fences=arguments.fences,
            numbers=arguments.numbers,
            strings=arguments.strings,
            max_depth=arguments.max_depth,
            select=_paths(arguments.select),
            partial=arguments.partial,
        )
        self._detector = Detector()
        self._held: list[bytes] = []  # chunks from before the format was known
        self._input: Input | None = None
        if arguments.documents:
            self._input = DocumentsInput(self._make_stream(), _show)
        elif arguments.input != "auto":
            self._input = self._make_input(arguments.input)
        self.has_failed = False

    def feed(self, chunk: bytes) -> bool:
        """Process a chunk; return False if later chunks cannot matter."""
        if self._input is not None:
            return self._input.feed(chunk)
        self._held.append(chunk)
        kind = self._detector.feed(chunk)
        return True if kind is None else self._decide(kind)

    def close(self) -> None:
        """Take the end of the input."""
        if self._input is None:
            self._decide("text")
        if self._input is not None:
            self._input.close()

    def report(self, message: str) -> None:
        """Report an error on standard error."""
        self.has_failed = True
        file = self._arguments.file
        report(message if file == "-" else f"{file}: {message}", "json")

    def _decide(self, kind: InputKind) -> bool:
        self._input = self._make_input(kind)
        held, self._held = self._held, []
        return all(self._input.feed(chunk) for chunk in held)

    def _make_input(self, kind: InputKind) -> Input:
        if kind == "text":
            return TextInput(self._make_document(), self._arguments.fences)
        kinds = followed(self._arguments.source)
        return EventsInput(Documents(self._make_document, kinds, self.report))

    def _make_stream(self) -> JsonDocumentStream:
        options = self._options
        return JsonDocumentStream(
            strict=options["strict"],
            numbers=options["numbers"],
            strings=options["strings"],
            max_depth=options["max_depth"],
            partial=not self._arguments.final,
        )

    def _make_document(self, kind: Kind = Kind.TEXT, name: str = "") -> Document:
        return Document(self._options, _show, self._arguments.final, kind, name)


def _paths(given: list[str] | None) -> str | list[str] | None:
    """Return a single path as a string, which selects values; several paths select pairs."""
    return given[0] if given is not None and len(given) == 1 else given


def _show(value: object) -> None:
    write_all(STANDARD_OUTPUT, to_line(value))
