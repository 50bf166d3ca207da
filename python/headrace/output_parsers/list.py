"""Parsers of lists: one text an item."""

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
    """Read a model's output as a list of texts.

    Streamed, each item is given as a list of one, as soon as it has ended.
    """

    @property
    def _type(self) -> str:
        return "list"

    @abstractmethod
    def parse(self, text: str) -> list[str]:
        """Read a whole text.

        Args:
            text: What the model said.

        Returns:
            The items.
        """

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Find the items of a text, for the stream: the first group of each match is one.

        Args:
            text: What the model said.

        Yields:
            The matches.

        Raises:
            NotImplementedError: If the class does not say; then a stream takes what `parse` gives.
        """
        raise NotImplementedError

    def _items(self) -> Items:
        """What takes the text of a stream apart."""
        return Rescanned(self.parse, self.parse_iter)

    def _stream_reader(self) -> _Reader:
        return _Reader(self._items())


class _Reader:
    """A stream's text on its way into items."""

    of = staticmethod(text_of)

    def __init__(self, items: Items) -> None:
        self._items = items
        self._ended: list[list[str]] = []

    def feed(self, text: str) -> bool:
        """Read more text; give whether an item has ended."""
        self._ended = [[item] for item in self._items.feed(text)]
        return bool(self._ended)

    def values(self) -> list[list[str]]:
        """The items that have ended."""
        return self._ended

    def rest(self) -> Iterator[list[str]]:
        """The items that the end of the text has ended."""
        for item in self._items.close():
            yield [item]


class CommaSeparatedListOutputParser(ListOutputParser):
    """Read values with commas between them; one that has commas in it stands in double quotes."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether the parser can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "output_parsers", "list"]

    @property
    def _type(self) -> str:
        return "comma-separated-list"

    def get_format_instructions(self) -> str:
        """Give what to tell a model so that it answers with such a list."""
        return "Answer with the values alone, and commas between them, as in `Rhine, Rhone, Danube`"

    def parse(self, text: str) -> list[str]:
        """Read a whole text.

        Args:
            text: What the model said.

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
    """Read a list whose items are numbered, each on a line of its own."""

    pattern: str = _NUMBERED
    """What an item is, as a regular expression; its first group is given. With another than the
    default one a stream is searched anew, from the last item on, at each chunk."""

    @property
    def _type(self) -> str:
        return "numbered-list"

    def get_format_instructions(self) -> str:
        """Give what to tell a model so that it answers with such a list."""
        return (
            "Answer with a numbered list, each item on a line of its own, as in\n\n"
            "1. Rhine\n\n2. Rhone\n\n3. Danube"
        )

    def parse(self, text: str) -> list[str]:
        """Read a whole text.

        Args:
            text: What the model said.

        Returns:
            The items.
        """
        if self.pattern == _NUMBERED:
            return _LINEAR_NUMBERED.findall(text)
        return re.findall(self.pattern, text)

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Find the items of a text.

        Args:
            text: What the model said.

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
    """Read a Markdown list: each item on a line of its own, behind a dash or an asterisk."""

    pattern: str = _MARKDOWN
    """What an item is, as a regular expression; its first group is given. With another than the
    default one a stream is searched anew, from the last item on, at each chunk."""

    @property
    def _type(self) -> str:
        return "markdown-list"

    def get_format_instructions(self) -> str:
        """Give what to tell a model so that it answers with such a list."""
        return "Answer with a Markdown list, as in `- Rhine\n- Rhone\n- Danube`"

    def parse(self, text: str) -> list[str]:
        """Read a whole text.

        Args:
            text: What the model said.

        Returns:
            The items.
        """
        if self.pattern == _MARKDOWN:
            return [match[1] for match in _markdown_items(text)]
        return re.findall(self.pattern, text, re.MULTILINE)

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """Find the items of a text.

        Args:
            text: What the model said.

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
