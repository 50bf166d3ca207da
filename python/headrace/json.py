"""JSON that has not ended yet.

`PartialJsonParser` reads a document as it arrives and shows at any moment what has come so far, at
a cost that grows with the new text alone. `iter_json` and `aiter_json` do the same over an
iterable. `parse_partial_json` and its kin read a whole text once, as the functions of the same
names in `langchain_core.utils.json` do.

This module needs nothing but the compiled core.
"""

from __future__ import annotations

import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from typing import Any, Literal

from headrace import _core
from headrace._core import PartialJsonParser, parse_partial_json
from headrace.exceptions import JsonStreamError, OutputParserException

__all__ = [
    "JsonStreamError",
    "PartialJsonParser",
    "aiter_json",
    "finish",
    "iter_json",
    "parse_and_check_json_markdown",
    "parse_json_markdown",
    "parse_partial_json",
]

Text = str | bytes | bytearray | memoryview

_ACTION_INPUT = re.compile(r'("action_input":\s*")([^"]*")')
_BLANKS_AND_BACKTICKS = " \n\r\t`"


def iter_json(
    chunks: Iterable[Text],
    *,
    strict: bool = False,
    fences: bool = True,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
) -> Iterator[Any]:
    """Yield the document so far, each time that it has changed.

    The last value is the finished document. The options are those of `PartialJsonParser`.

    Args:
        chunks: The text, cut anywhere.
        strict: Read RFC 8259 to the letter.
        fences: Look for the document inside Markdown fences too.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.

    Yields:
        The document so far. Do not change it, unless `fresh`.

    Raises:
        JsonStreamError: At the end, if the text was no JSON document or was cut off.
    """
    parser = PartialJsonParser(
        strict=strict,
        fences=fences,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
    )
    feed = parser.feed
    try:
        for chunk in chunks:
            if feed(chunk):
                yield parser.value
    finally:
        if isinstance(chunks, Generator):
            chunks.close()
    yield from finish(parser)


async def aiter_json(
    chunks: AsyncIterable[Text] | Iterable[Text],
    *,
    strict: bool = False,
    fences: bool = True,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
) -> AsyncIterator[Any]:
    """Yield the document so far, each time that it has changed: `iter_json` over async chunks.

    Args:
        chunks: The text, cut anywhere, as an async or a plain iterable.
        strict: Read RFC 8259 to the letter.
        fences: Look for the document inside Markdown fences too.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.

    Yields:
        The document so far. Do not change it, unless `fresh`.

    Raises:
        JsonStreamError: At the end, if the text was no JSON document or was cut off.
    """
    parser = PartialJsonParser(
        strict=strict,
        fences=fences,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
    )
    feed = parser.feed
    try:
        if isinstance(chunks, AsyncIterable):
            async for chunk in chunks:
                if feed(chunk):
                    yield parser.value
        else:
            for chunk in chunks:
                if feed(chunk):
                    yield parser.value
    finally:
        # Whatever ends this generator has ended the one it draws from when it returns.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        elif isinstance(chunks, Generator):
            chunks.close()
    for value in finish(parser):
        yield value


def finish(parser: PartialJsonParser) -> list[Any]:
    """End the text of a parser and give what only its end has made certain.

    Args:
        parser: The parser; its text ends here.

    Returns:
        The finished document, in a list, where it differs from the last value: a number stands at
        its top and ends nowhere else. Otherwise an empty list.

    Raises:
        JsonStreamError: If the text was no JSON document or was cut off.
    """
    complete, shown = parser.complete, parser.value
    final = parser.close()
    return [] if complete or final is shown else [final]


def parse_json_markdown(
    json_string: str, *, parser: Callable[[str], Any] = parse_partial_json
) -> Any:
    """Parse a JSON text that may have been cut off and may stand in a Markdown fence.

    The results, and the errors, are those of `langchain_core.utils.json.parse_json_markdown`.

    Args:
        json_string: The text.
        parser: What reads the JSON, once the fence is taken off.

    Returns:
        The document, completed where the text was cut off.

    Raises:
        json.JSONDecodeError: If there is no document in the text.
    """
    # A text of another type fails below as it does in the reference.
    quick = type(json_string) is str and "action_input" not in json_string
    if quick and parser is parse_partial_json:
        return _core.parse_json_markdown(json_string)
    try:
        return parser(_bare(json_string))
    except ValueError as error:
        if not _is_decode_error(error):
            raise
    _, fence, content = json_string.partition("```")
    return parser(_bare(content.removeprefix("json") if fence else json_string))


def parse_and_check_json_markdown(text: str, expected_keys: list[str]) -> dict[str, Any]:
    """Parse a JSON object as `parse_json_markdown` does, and check that it has some keys.

    Args:
        text: The text.
        expected_keys: The keys that must be there.

    Returns:
        The object.

    Raises:
        OutputParserException: If the text is no JSON object, or lacks one of the keys, which it
        names.
    """
    try:
        value = parse_json_markdown(text)
    except ValueError as error:
        if not _is_decode_error(error):
            raise
        raise OutputParserException(f"Got invalid JSON object. Error: {error}") from error
    if not isinstance(value, dict):
        raise OutputParserException(
            f"Expected JSON object (dict), but got: {type(value).__name__}. ", llm_output=text
        )
    for key in expected_keys:
        if key not in value:
            raise OutputParserException(
                f"Got invalid return object. Expected key `{key}` to be present, but got {value}"
            )
    return value


def _bare(text: str) -> str:
    """The text without what surrounds it, and with what agents write raw escaped."""
    return _ACTION_INPUT.sub(_escape_line_ends, text.strip(_BLANKS_AND_BACKTICKS))


def _escape_line_ends(match: re.Match[str]) -> str:
    """Agents put raw line ends into this one member: a backslash must not escape them."""
    text = match[2].replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
    return match[1] + text


def _is_decode_error(error: ValueError) -> bool:
    """Whether it is a `json.JSONDecodeError`; `json` is imported only where something failed."""
    from json import JSONDecodeError

    return isinstance(error, JSONDecodeError)
