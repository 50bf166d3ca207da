"""Parsers of lists of strings."""

from __future__ import annotations

import csv
import re
from abc import abstractmethod
from collections.abc import Iterator
from io import StringIO

from headrace.output_parsers.base import is_own
from headrace.output_parsers.items import (
    CommaSeparated,
    Items,
    MarkdownItems,
    NumberedItems,
    Rescanned,
)
from headrace.output_parsers.text import text_of
from headrace.output_parsers.transform import BaseTransformOutputParser

__all__ = [
    "CommaSeparatedListOutputParser",
    "ListOutputParser",
    "MarkdownListOutputParser",
    "NumberedListOutputParser",
]

_NUMBERED = r"\d+\.\s([^\n]+)"
_MARKDOWN = r"^\s*[-*]\s([^\n]+)$"

# The same matches in linear time. The patterns above start again at each digit of a long number and
# at each line of a long blank space; these read such a run once.
_LINEAR_NUMBERED = re.compile(r"(?<!\d)\d+\.\s([^\n]+)")
_LINEAR_MARKDOWN = re.compile(r"^\s*(?:[-*]\s([^\n]+))?", re.MULTILINE)


class ListOutputParser(BaseTransformOutputParser[list[str]]):
    """Base class of parsers of a model's answer as a list of strings.

    A stream yields each item as a list of one, as soon as the item ends.
    """

    @property
    def _type(self) -> str:
        return "list"

    @abstractmethod
    def parse(self, text: str) -> list[str]:
        """Parse a whole text.

        Args:
            text: The model's answer.

        Returns:
            The items.
        """

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the items of a text, for the stream: the first group of each match is an item.

        Args:
            text: The model's answer.

        Yields:
            The matches.

        Raises:
            NotImplementedError: If the class does not define it; then a stream uses `parse`.
        """
        raise NotImplementedError

    def _items(self) -> Items:
        """Return the reader that splits the text of a stream."""
        return Rescanned(self.parse, self.parse_iter)

    def _stream_reader(self) -> _ListReader:
        return _ListReader(self._items())


class _ListReader:
    """Reader that converts a stream's text into items."""

    of = staticmethod(text_of)

    def __init__(self, items: Items) -> None:
        self._items = items
        self._ended: list[list[str]] = []

    def feed(self, text: str) -> bool:
        """Read more text; return True if an item has ended."""
        self._ended = [[item] for item in self._items.feed(text)]
        return bool(self._ended)

    def values(self) -> list[list[str]]:
        """Return the items that have ended."""
        return self._ended

    def rest(self) -> Iterator[list[str]]:
        """Yield the items that end with the text."""
        for item in self._items.close():
            yield [item]


class CommaSeparatedListOutputParser(ListOutputParser):
    """Parser of values separated by commas; double quotes enclose a value with commas."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the parser is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "output_parsers", "list"]

    @property
    def _type(self) -> str:
        return "comma-separated-list"

    def get_format_instructions(self) -> str:
        """Return instructions to answer with such a list."""
        return "Answer with the values alone, and commas between them, as in `Rhine, Rhone, Danube`"

    def parse(self, text: str) -> list[str]:
        """Parse a whole text.

        Args:
            text: The model's answer.

        Returns:
            The values.
        """
        try:
            rows = csv.reader(StringIO(text), skipinitialspace=True)
            return [value for row in rows for value in row]
        except csv.Error:
            return [value.strip() for value in text.split(",")]

    def _items(self) -> Items:
        return CommaSeparated() if is_own(type(self), ("parse", "parse_iter")) else super()._items()


class NumberedListOutputParser(ListOutputParser):
    """Parser of a numbered list with one item on each line."""

    pattern: str = _NUMBERED
    """Regular expression of an item, which is its first group. With a custom pattern, each chunk of
    a stream searches the text after the last item again."""

    @property
    def _type(self) -> str:
        return "numbered-list"

    def get_format_instructions(self) -> str:
        """Return instructions to answer with such a list."""
        return (
            "Answer with a numbered list, each item on a line of its own, as in\n\n"
            "1. Rhine\n\n2. Rhone\n\n3. Danube"
        )

    def parse(self, text: str) -> list[str]:
        """Parse a whole text.

        Args:
            text: The model's answer.

        Returns:
            The items.
        """
        if self.pattern == _NUMBERED:
            return _LINEAR_NUMBERED.findall(text)
        return re.findall(self.pattern, text)

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Return matches of the items of a text.

        Args:
            text: The model's answer.

        Returns:
            The matches of the pattern.
        """
        if self.pattern == _NUMBERED:
            return _LINEAR_NUMBERED.finditer(text)
        return re.finditer(self.pattern, text)

    def _items(self) -> Items:
        own = self.pattern == _NUMBERED and is_own(type(self), ("parse", "parse_iter"))
        return NumberedItems() if own else super()._items()


class MarkdownListOutputParser(ListOutputParser):
    """Parser of a Markdown list: each item is on its own line, after a dash or an asterisk."""

    pattern: str = _MARKDOWN
    """Regular expression of an item, which is its first group. With a custom pattern, each chunk of
    a stream searches the text after the last item again."""

    @property
    def _type(self) -> str:
        return "markdown-list"

    def get_format_instructions(self) -> str:
        """Return instructions to answer with such a list."""
        return "Answer with a Markdown list, as in `- Rhine\n- Rhone\n- Danube`"

    def parse(self, text: str) -> list[str]:
        """Parse a whole text.

        Args:
            text: The model's answer.

        Returns:
            The items.
        """
        if self.pattern == _MARKDOWN:
            return [match[1] for match in _markdown_items(text)]
        return re.findall(self.pattern, text, re.MULTILINE)

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Return matches of the items of a text.

        Args:
            text: The model's answer.

        Returns:
            The matches of the pattern.
        """
        if self.pattern == _MARKDOWN:
            return _markdown_items(text)
        return re.finditer(self.pattern, text, re.MULTILINE)

    def _items(self) -> Items:
        own = self.pattern == _MARKDOWN and is_own(type(self), ("parse", "parse_iter"))
        return MarkdownItems() if own else super()._items()


def _markdown_items(text: str) -> Iterator[re.Match[str]]:
    # The linear pattern also matches blank space without an item after it.
    return (match for match in _LINEAR_MARKDOWN.finditer(text) if match[1] is not None)
