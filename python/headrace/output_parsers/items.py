"""Taking lists apart as their text arrives: what has been read is not read again."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

__all__ = ["CommaSeparated", "Items", "MarkdownItems", "NumberedItems", "Rescanned"]


class Items(ABC):
    """The items of a list, whose text comes in pieces."""

    @abstractmethod
    def feed(self, text: str) -> Iterator[str]:
        """Read more text; all of it, before more is fed.

        Args:
            text: The text.

        Yields:
            The items that have ended.
        """

    @abstractmethod
    def close(self) -> Iterator[str]:
        """End the text.

        Yields:
            The items that its end has ended.
        """


class _Lines(Items):
    """Items that end where their line does."""

    _in_line: re.Pattern[str]
    """Finds an item in a line."""

    _before_line: re.Pattern[str]
    """Finds what makes the line behind it an item: a mark has white space behind it, and the end of
    its line is that, too."""

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
        """End the text; see `Items`."""
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
    """Items behind a number and a dot."""

    # One digit will do: those before it change nothing.
    _in_line = re.compile(r"\d\.\s([^\n]+)")
    _before_line = re.compile(r"\d\.\Z")


class MarkdownItems(_Lines):
    """Items behind a dash or an asterisk at the start of a line."""

    _in_line = re.compile(r"\A\s*[-*]\s([^\n]+)")
    _before_line = re.compile(r"\A\s*[-*]\Z")


class CommaSeparated(Items):
    """Values with commas between them, as `csv.reader` takes them apart.

    Spaces before a value are no part of it. Line ends end values, too, and a line without anything
    has none. Double quotes around a value keep commas and line ends in it; two inside are one.
    Where `csv.reader` refuses the text, because of a carriage return within a line, commas alone
    part the values from there on, which lose the white space around them.
    """

    _stop = re.compile(r"[,\r\n]")
    _spaces = re.compile(r" *")

    def __init__(self) -> None:
        self._value: list[str] = []
        self._has_value = False
        self._given = False
        self._state = self._line_start

    def feed(self, text: str) -> Iterator[str]:
        """Read more text; see `Items`."""
        position = 0
        while position < len(text):
            position, ended = self._state(text, position)
            if ended:
                self._given = True
                yield self._take()

    def close(self) -> Iterator[str]:
        """End the text; see `Items`."""
        if self._has_value:
            last = self._take()
            # As in the reference, a stream does not end with a value that is not there.
            if last or not self._given:
                yield last

    def _take(self) -> str:
        value = "".join(self._value)
        self._value.clear()
        self._has_value = self._state in (self._value_start, self._unread)
        return value.strip() if self._state == self._unread else value

    # Each state reads from a position. It gives where it stopped, and whether a value ends there.

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
        """A comma or line end."""
        if text[position] == "\r":
            # Only with a line feed behind it, or nothing, is it a line end.
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
    """Items that only a subclass can find: the text is searched from behind the last one.

    Args:
        parse: Gives the items of a text.
        search: Gives them as matches, whose first groups they are; it may not be implemented.
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
        # The last one may not have ended.
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
        """End the text; see `Items`."""
        yield from self._parse(self._text)
