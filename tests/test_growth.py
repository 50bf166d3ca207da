"""Hostile text of a size that takes minutes where the time grows faster than the text."""

from typing import Any

import pytest

from headrace.exceptions import OutputParserException
from headrace.messages import HumanMessage, filter_messages
from headrace.output_parsers import (
    MarkdownListOutputParser,
    NumberedListOutputParser,
    XMLOutputParser,
)
from headrace.utils.docstrings import parse_google_docstring
from headrace.utils.mustache import Mustache

N = 200_000


@pytest.mark.parametrize("unit", ["\n", " ", "-\n \n", "1", "1.", "- "])
@pytest.mark.parametrize("cls", [MarkdownListOutputParser, NumberedListOutputParser])
def test_lists(cls: Any, unit: str) -> None:
    parser = cls()
    found = parser.parse(unit * N)
    assert found == [match[1] for match in parser.parse_iter(unit * N)]


def test_xml() -> None:
    with pytest.raises(OutputParserException):
        XMLOutputParser().parse("<encoding" * 20_000)
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n<a>b</a>'
    assert XMLOutputParser().parse(declared) == {"a": "b"}


@pytest.mark.parametrize("unit", ["{{a}} ", "{{a}}\n", "{{#a}}{{/a}}\n"])
def test_mustache(unit: str) -> None:
    assert Mustache(unit * 50_000).fill({"a": True}) is not None


def test_mustache_loops_do_not_copy_the_output() -> None:
    text = Mustache("{{#a}}{{.}}{{/a}}").fill({"a": ["x" * 100] * 50_000})
    assert text == "x" * 5_000_000


def test_docstrings() -> None:
    about = "Do.\n\nArgs:\n    a" + " (" * N + ": x\n" + "        more\n" * 50_000
    assert parse_google_docstring(about, ["a"])[0] == "Do."


def test_filter_messages() -> None:
    messages = [HumanMessage("x", id=str(i)) for i in range(30_000)]
    ids = [str(i) for i in range(1, 30_000)]
    assert filter_messages(messages, exclude_ids=ids) == messages[:1]
