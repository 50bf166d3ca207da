"""Following a document, or what paths lead to in it, over an iterable."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Generator,
    Iterable,
    Iterator,
)
from typing import Any, Literal

from headrace._core import PartialJsonParser

__all__ = ["Text", "aiter_json", "finish", "iter_json"]

Text = str | bytes | bytearray | memoryview


def iter_json(
    chunks: Iterable[Text],
    *,
    strict: bool = False,
    fences: bool = True,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
    select: str | list[str] | tuple[str, ...] | None = None,
    partial: bool = False,
    details: bool = False,
) -> Iterator[Any]:
    """Yield the document so far, each time that it has changed, or what paths lead to in it.

    The last value is the finished document. The options are those of `PartialJsonParser`.

    Args:
        chunks: The text, cut anywhere.
        strict: Read RFC 8259 to the letter.
        fences: Look for the document inside Markdown fences too.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.
        select: A JSONPath, or several in a list: what they lead to is yielded instead, each value
            once, when it has ended; nothing else is built. Of several paths, each value comes with
            its path, as a pair.
        partial: With `select`, yield what is open too, each time that it has changed.
        details: With `select`, yield a `JsonMatch` for each value.

    Yields:
        The document so far, or the matches. Do not change them, unless `fresh`.

    Raises:
        JsonStreamError: At the end, if the text was no JSON document or was cut off.
        JsonPathError: If a path cannot be read.
    """
    parser = PartialJsonParser(
        strict=strict,
        fences=fences,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
        select=select,
        partial=partial,
        details=details,
    )
    feed = parser.feed
    try:
        if select is None:
            for chunk in chunks:
                if feed(chunk):
                    yield parser.value
        else:
            for chunk in chunks:
                if feed(chunk):
                    yield from parser.matches()
    finally:
        if isinstance(chunks, Generator):
            chunks.close()
    yield from finish(parser) if select is None else parser.close()


async def aiter_json(
    chunks: AsyncIterable[Text] | Iterable[Text],
    *,
    strict: bool = False,
    fences: bool = True,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
    select: str | list[str] | tuple[str, ...] | None = None,
    partial: bool = False,
    details: bool = False,
) -> AsyncIterator[Any]:
    """Yield the document so far, or what paths lead to in it: `iter_json` over async chunks.

    Args:
        chunks: The text, cut anywhere, as an async or a plain iterable.
        strict: Read RFC 8259 to the letter.
        fences: Look for the document inside Markdown fences too.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.
        select: A JSONPath, or several in a list: what they lead to is yielded instead, each value
            once, when it has ended; nothing else is built. Of several paths, each value comes with
            its path, as a pair.
        partial: With `select`, yield what is open too, each time that it has changed.
        details: With `select`, yield a `JsonMatch` for each value.

    Yields:
        The document so far, or the matches. Do not change them, unless `fresh`.

    Raises:
        JsonStreamError: At the end, if the text was no JSON document or was cut off.
        JsonPathError: If a path cannot be read.
    """
    parser = PartialJsonParser(
        strict=strict,
        fences=fences,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
        select=select,
        partial=partial,
        details=details,
    )
    feed = parser.feed
    try:
        if isinstance(chunks, AsyncIterable):
            async for chunk in chunks:
                if feed(chunk):
                    for value in (parser.value,) if select is None else parser.matches():
                        yield value
        else:
            for chunk in chunks:
                if feed(chunk):
                    for value in (parser.value,) if select is None else parser.matches():
                        yield value
    finally:
        # Whatever ends this generator has ended the one it draws from when it returns.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        elif isinstance(chunks, Generator):
            chunks.close()
    for value in finish(parser) if select is None else parser.close():
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
