"""`XMLOutputParser`: a model's XML as dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

from headrace.exceptions import OutputParserException
from headrace.output_parsers.format_instructions import XML_FORMAT_INSTRUCTIONS
from headrace.output_parsers.text import text_of
from headrace.output_parsers.transform import BaseTransformOutputParser
from headrace.runnables.utils import AddableDict

__all__ = ["XML_FORMAT_INSTRUCTIONS", "XMLOutputParser", "XMLParseError", "nested_element"]


_SHORT_TOKEN = 4096
"""Number of characters up to which an unfinished token may be read again with each chunk."""

_ENCODING = re.compile(r"<([^>]*encoding[^>]*)>\n(.*)", re.MULTILINE | re.DOTALL)


class XMLParseError(OutputParserException, ParseError):
    """Error for XML that is not well-formed: `position` has the line and column.

    It is an `OutputParserException`, and also a `ParseError`, which LangChain raises in the middle
    of a stream.
    """

    def __str__(self) -> str:
        return str(self.args[0])


class XMLOutputParser(BaseTransformOutputParser[dict[str, Any]]):
    """Parser of XML: an element is a dictionary from its tag to its text, or to its child elements.

    A stream yields each element without children once it ends, nested in its parent elements.
    Text before the first tag and after the document is skipped.
    """

    tags: list[str] | None = None
    """Tags that the format instructions name."""

    encoding_matcher: re.Pattern[str] = _ENCODING
    """Pattern of a declaration of the encoding; its second group, the text after it, is parsed."""

    parser: Literal["defusedxml", "xml"] = "defusedxml"
    """XML library: defusedxml, which refuses entity declarations, or the standard library, if its
    Expat is known to be safe against them."""

    @property
    def _type(self) -> str:
        return "xml"

    def get_format_instructions(self) -> str:
        """Return instructions to answer in XML, with the tags if there are any."""
        return XML_FORMAT_INSTRUCTIONS.format(tags=self.tags)

    def parse(self, text: str) -> dict[str, str | list[Any]]:
        """Parse a whole text.

        Args:
            text: The model's answer. The document may be in a Markdown fence.

        Returns:
            The document.

        Raises:
            OutputParserException: If the XML is not well-formed.
            ImportError: If defusedxml is selected and not installed.
        """
        read = _library(self.parser).fromstring
        if fenced := re.search(r"```(xml)?(.*)```", text, re.DOTALL):
            text = fenced[2]
        text = self._after_declaration(text).strip()
        try:
            root = read(text)
        except ParseError as error:
            raise _fault(error, text) from error
        return _as_dict(root)

    def _after_declaration(self, text: str) -> str:
        """Return the text after a declaration of the encoding, or the whole text."""
        if self.encoding_matcher != _ENCODING:
            declared = self.encoding_matcher.search(text)
            return declared[2] if declared else text
        # Equivalent to the pattern, which would take cubic time.
        start = 0
        while (end := text.find(">", start)) >= 0:
            if text.startswith("\n", end + 1):
                tag = text.find("<", start, end)
                if tag >= 0 and text.find("encoding", tag + 1, end) >= 0:
                    return text[end + 2 :]
            start = end + 1
        return text

    def _stream_reader(self) -> _XmlReader:
        return _XmlReader(self.parser)


def nested_element(path: list[str], elem: Element) -> AddableDict:
    """Return an element nested in its parent elements.

    Args:
        path: The tags of the parent elements, the outermost first.
        elem: The element.

    Returns:
        The outermost element.
    """
    return _nested(path, elem.tag, elem.text)


class _Leaves:
    """Target of Expat's events that collects the elements without children."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.found: list[AddableDict] = []
        self.ended = False
        self.moved = False
        self._text: list[str] = []
        self._is_leaf = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.moved = True
        self.path.append(tag)
        self._text.clear()
        self._is_leaf = True

    def data(self, text: str) -> None:
        self.moved = True
        if self._is_leaf:
            self._text.append(text)

    def end(self, tag: str) -> None:
        self.moved = True
        self.path.pop()
        if self._is_leaf:
            text = "".join(self._text) if self._text else None
            self.found.append(_nested(self.path, tag, text))
        self._is_leaf = False
        self.ended = not self.path

    def comment(self, text: str) -> None:
        self.moved = True

    def pi(self, target: str, data: str) -> None:
        self.moved = True

    def close(self) -> None:
        """Do nothing: there is no tree to return."""


class _XmlReader:
    """Reader that feeds a stream's text to Expat."""

    of = staticmethod(text_of)

    _start = re.compile(r"<[a-zA-Z:_]")

    def __init__(self, library: Literal["defusedxml", "xml"]) -> None:
        self._leaves = _Leaves()
        self._parser = _library(library).XMLParser(target=self._leaves)
        self._flush: Callable[[], None] = getattr(self._parser, "flush", lambda: None)
        self._texts: list[str] = []
        self._bracket = ""
        self._waiting = 0
        self._flushed = 0
        self._over = False
        self._fault: ParseError | None = None

    def feed(self, text: str) -> bool:
        """Read more text; return True if an element has ended or an error was found."""
        if self._over:
            return False
        if not self._texts:
            # A tag may be split after its first character.
            text = self._bracket + text
            begins = self._start.search(text)
            if begins is None:
                self._bracket = "<" if text.endswith("<") else ""
                return False
            text = text[begins.start() :]
        self._texts.append(text)
        try:
            self._parser.feed(text)
            self._flush_tag(text)
            self._over = self._leaves.ended
        except ParseError as error:
            self._over = True
            # An error outside of the document does not count.
            if self._leaves.path:
                self._fault = error
        return bool(self._leaves.found) or self._fault is not None

    def _flush_tag(self, text: str) -> None:
        """Flush a tag that ends in `text` from Expat: newer versions wait for more text.

        Expat reads an unfinished token, such as a comment with many `>`, again each time. Therefore
        a long token is read again only after it has grown by a quarter.
        """
        if self._leaves.moved:
            self._waiting = self._flushed = 0
            self._leaves.moved = False
        self._waiting += len(text)
        if ">" in text and (
            self._waiting <= _SHORT_TOKEN or self._waiting * 4 >= self._flushed * 5
        ):
            self._flush()
            self._flushed = self._waiting

    def values(self) -> Iterator[AddableDict]:
        """Yield the elements that have ended.

        Raises:
            OutputParserException: If the text after them is not well-formed.
        """
        yield from self._taken()
        if self._fault is not None:
            raise _fault(self._fault, "".join(self._texts)) from self._fault

    def rest(self) -> Iterator[AddableDict]:
        """End the text. As in LangChain, a truncated document is not an error."""
        if self._texts and not self._over:
            try:
                self._parser.close()
            except ParseError:
                self._over = True
        yield from self._taken()

    def _taken(self) -> list[AddableDict]:
        found, self._leaves.found = self._leaves.found, []
        return found


def _library(name: Literal["defusedxml", "xml"]) -> Any:
    if name == "xml":
        return import_module("xml.etree.ElementTree")
    try:
        return import_module("defusedxml.ElementTree")
    except ImportError as error:
        raise ImportError(
            "XMLOutputParser reads XML with defusedxml, which is not installed: "
            "`pip install 'headrace[xml]'`. Where the Expat of the standard library is known to be "
            "safe, `XMLOutputParser(parser='xml')` will do."
        ) from error


def _fault(error: ParseError, text: str) -> XMLParseError:
    fault = XMLParseError(
        f"Failed to parse XML format from completion {text}. Got: {error}", llm_output=text
    )
    fault.code, fault.position = error.code, error.position
    return fault


def _nested(path: list[str], tag: str, text: str | None) -> AddableDict:
    nested = AddableDict({tag: text})
    for outer in reversed(path):
        nested = AddableDict({outer: [nested]})
    return nested


def _as_dict(root: Element) -> dict[str, Any]:
    """Convert a document to dictionaries, without recursion, which deep documents could exhaust."""
    whole: dict[str, Any] = {}
    waiting: list[tuple[Element, Callable[[Any], None], bool]] = [(root, whole.update, True)]
    while waiting:
        element, put, is_root = waiting.pop()
        text = element.text
        if (not is_root and len(element) == 0) or (text and not text.isspace()):
            put({element.tag: text})
        else:
            items: list[Any] = []
            put({element.tag: items})
            waiting.extend((child, items.append, False) for child in reversed(element))
    return whole
