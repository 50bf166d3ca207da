"""Incremental splitting of lists as their text arrives: each character is read once."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

__all__ = ["CommaSeparated", "Items", "MarkdownItems", "NumberedItems", "Rescanned"]


class Items(ABC):
    """Base class of readers of list items whose text arrives in chunks."""

    @abstractmethod
    def feed(self, text: str) -> Iterator[str]:
        """Read more text; exhaust the iterator before you feed more.

        Args:
            text: The text.

        Yields:
            The items that have ended.
        """

    @abstractmethod
    def close(self) -> Iterator[str]:
        """End the text and yield the remaining items.

        Yields:
            The items that end with the text.
        """


class _Lines(Items):
    """Items that end with their line."""

    _in_line: re.Pattern[str]
    """Pattern of an item in a line."""

    _before_line: re.Pattern[str]
    """Pattern of a mark that turns the next line into an item: white space follows a mark, and the
    end of its line counts as such."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._marked = False

    def feed(self, text: str) -> Iterator[str]:
        """Read more text; see `Items`."""
        start = 0
        while (end := text.find("\n", start)) >= 0:
            self._open.append(text[start:end])
            yield from self._line()
            start = end + 1
        if start < len(text):
            self._open.append(text[start:])

    def close(self) -> Iterator[str]:
        """End the text and yield the remaining items; see `Items`."""
        return self._line()

    def _line(self) -> Iterator[str]:
        line = "".join(self._open)
        self._open.clear()
        marked, self._marked = self._marked, False
        if marked and line:
            yield line
        elif found := self._in_line.search(line):
            yield found[1]
        else:
            self._marked = self._before_line.search(line) is not None


class NumberedItems(_Lines):
    """Items that follow a number and a dot."""

    # One digit suffices: earlier digits change nothing.
    _in_line = re.compile(r"\d\.\s([^\n]+)")
    _before_line = re.compile(r"\d\.\Z")


class MarkdownItems(_Lines):
    """Items that follow a dash or an asterisk at the start of a line."""

    _in_line = re.compile(r"\A\s*[-*]\s([^\n]+)")
    _before_line = re.compile(r"\A\s*[-*]\Z")


class CommaSeparated(Items):
    """Values separated by commas, split in the same way as by `csv.reader`.

    Spaces before a value are skipped. Line ends also end values, and an empty line has no values.
    Double quotes around a value keep commas and line ends in it; two inside stand for one. If
    `csv.reader` refuses the text, because of a carriage return within a line, only commas separate
    the values from there on, and the white space around them is stripped.
    """

    _stop = re.compile(r"[,\r\n]")
    _spaces = re.compile(r" *")

    def __init__(self) -> None:
        self._value: list[str] = []
        self._has_value = False
        self._has_item = False
        self._state = self._line_start

    def feed(self, text: str) -> Iterator[str]:
        """Read more text; see `Items`."""
        position = 0
        while position < len(text):
            position, ended = self._state(text, position)
            if ended:
                self._has_item = True
                yield self._take()

    def close(self) -> Iterator[str]:
        """End the text and yield the remaining items; see `Items`."""
        if self._has_value:
            last = self._take()
            # As in LangChain, a stream does not end with an empty value.
            if last or not self._has_item:
                yield last

    def _take(self) -> str:
        value = "".join(self._value)
        self._value.clear()
        self._has_value = self._state in (self._value_start, self._unread)
        return value.strip() if self._state == self._unread else value

    # Each state reads from a position, and returns the end position and whether a value ends there.

    def _line_start(self, text: str, position: int) -> tuple[int, bool]:
        if text[position] in "\r\n":
            return self._end(text, position)
        self._state = self._value_start
        self._has_value = True
        return position, False

    def _value_start(self, text: str, position: int) -> tuple[int, bool]:
        position = self._spaces.match(text, position).end()  # type: ignore[union-attr]
        if position == len(text):
            return position, False
        if text[position] == '"':
            self._state = self._quoted
            return position + 1, False
        self._state = self._unquoted
        return position, False

    def _unquoted(self, text: str, position: int) -> tuple[int, bool]:
        stop = self._stop.search(text, position)
        if stop is None:
            self._value.append(text[position:])
            return len(text), False
        self._value.append(text[position : stop.start()])
        return self._end(text, stop.start())

    def _quoted(self, text: str, position: int) -> tuple[int, bool]:
        quote = text.find('"', position)
        if quote < 0:
            self._value.append(text[position:])
            return len(text), False
        self._value.append(text[position:quote])
        self._state = self._behind_quote
        return quote + 1, False

    def _behind_quote(self, text: str, position: int) -> tuple[int, bool]:
        if text[position] in ",\r\n":
            return self._end(text, position)
        quote = text[position] == '"'
        self._state = self._quoted if quote else self._unquoted
        self._value.append(text[position])
        return position + 1, False

    def _end(self, text: str, position: int) -> tuple[int, bool]:
        """Handle a comma or line end."""
        if text[position] == "\r":
            # A carriage return is a line end only before a line feed or at the end of the text.
            self._state = self._behind_return
            return position + 1, False
        ended = self._has_value
        self._state = self._value_start if text[position] == "," else self._line_start
        return position + 1, ended

    def _behind_return(self, text: str, position: int) -> tuple[int, bool]:
        if text[position] == "\n":
            return self._end(text, position)
        if text[position] != "\r":
            self._value.append("\r")
            self._has_value = True
            self._state = self._unread
            return position, False
        return position + 1, False

    def _unread(self, text: str, position: int) -> tuple[int, bool]:
        comma = text.find(",", position)
        end = len(text) if comma < 0 else comma
        self._value.append(text[position:end])
        return (end, False) if comma < 0 else (end + 1, True)


class Rescanned(Items):
    """Items found by a subclass's method: the text after the last item is searched again.

    Args:
        parse: Returns the items of a text.
        search: Yields matches whose first groups are the items; may raise `NotImplementedError`.
    """

    def __init__(
        self,
        parse: Callable[[str], list[str]],
        search: Callable[[str], Iterator[re.Match[str]]],
    ) -> None:
        self._parse = parse
        self._search = search
        self._text = ""

    def feed(self, text: str) -> Iterator[str]:
        """Read more text; see `Items`."""
        self._text += text
        # The last item may not have ended.
        try:
            ended = [*self._search(self._text)][:-1]
        except NotImplementedError:
            parts = self._parse(self._text)
            if len(parts) > 1:
                yield from parts[:-1]
                self._text = parts[-1]
            return
        for match in ended:
            yield match[1]
        if ended:
            self._text = self._text[ended[-1].end() :]

    def close(self) -> Iterator[str]:
        """End the text and yield the remaining items; see `Items`."""
        yield from self._parse(self._text)
