"""Plain ANSI colour, if the terminal supports it and the user has not disabled it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["Style", "report", "wants_colour"]


def wants_colour(stream: TextIO) -> bool:
    """Return True if output to a stream is coloured.

    NO_COLOR (https://no-color.org) disables colour and takes precedence; FORCE_COLOR enables it.
    Empty values are ignored. By default a terminal gets colour, unless it is a dumb one.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Style:
    """The colours of the command line; without colour, each method returns its text unchanged."""

    __slots__ = ("_coloured",)

    def __init__(self, stream: TextIO) -> None:
        self._coloured = wants_colour(stream)

    def title(self, text: str) -> str:
        """Style a heading."""
        return self._paint("1;36", text)

    def code(self, text: str) -> str:
        """Style a line of the program."""
        return self._paint("33", text)

    def new(self, text: str) -> str:
        """Style new text."""
        return self._paint("1;32", text)

    def faint(self, text: str) -> str:
        """Style an explanation."""
        return self._paint("2", text)

    def error(self, text: str) -> str:
        """Style an error."""
        return self._paint("1;31", text)

    def _paint(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self._coloured and text else text


def report(message: str, command: str = "") -> None:
    """Write an error to standard error, as one line that names the program and its command."""
    if sys.stderr is None:  # closed by the parent process
        return
    name = f"headrace {command}:" if command else "headrace:"
    print(Style(sys.stderr).error(name), message, file=sys.stderr, flush=True)
