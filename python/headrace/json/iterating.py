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
    """Yield the document so far after each change, or the values that JSONPaths select in it.

    The last value is the complete document. The options are those of `PartialJsonParser`.

    Args:
        chunks: The text, split anywhere.
        strict: If true, accept only RFC 8259.
        fences: If true, also find the document inside Markdown fences.
        numbers: `"complete"` to hold back numbers until they have ended.
        strings: `"complete"` to hold back strings until they have ended.
        fresh: If true, each value consists of new objects, which you can change.
        max_depth: The maximum nesting depth of containers.
        select: A JSONPath, or a list of them: yield the selected values instead, each value once,
            when it is complete; nothing else is built. For a list, values are yielded as pairs of
            path and value.
        partial: With `select`, also yield incomplete values after each change.
        details: With `select`, yield a `JsonMatch` for each value.

    Yields:
        The document so far, or the matches. Treat them as read-only unless `fresh` is set.

    Raises:
        JsonStreamError: At the end, if the text is not a JSON document or is truncated.
        JsonPathError: If a path is invalid.
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
    """Yield the document so far, or selected values; async version of `iter_json`.

    Args:
        chunks: The text, split anywhere, as an async or sync iterable.
        strict: If true, accept only RFC 8259.
        fences: If true, also find the document inside Markdown fences.
        numbers: `"complete"` to hold back numbers until they have ended.
        strings: `"complete"` to hold back strings until they have ended.
        fresh: If true, each value consists of new objects, which you can change.
        max_depth: The maximum nesting depth of containers.
        select: A JSONPath, or a list of them: yield the selected values instead, each value once,
            when it is complete; nothing else is built. For a list, values are yielded as pairs of
            path and value.
        partial: With `select`, also yield incomplete values after each change.
        details: With `select`, yield a `JsonMatch` for each value.

    Yields:
        The document so far, or the matches. Treat them as read-only unless `fresh` is set.

    Raises:
        JsonStreamError: At the end, if the text is not a JSON document or is truncated.
        JsonPathError: If a path is invalid.
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
        # However this generator ends, its source is closed when it returns.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        elif isinstance(chunks, Generator):
            chunks.close()
    for value in finish(parser) if select is None else parser.close():
        yield value


def finish(parser: PartialJsonParser) -> list[Any]:
    """Close a parser and return the value that only the end completes.

    Args:
        parser: The parser, which is closed.

    Returns:
        A list with the complete document if it differs from the last value, as for a top-level
        number; otherwise an empty list.

    Raises:
        JsonStreamError: If the text is not a JSON document or is truncated.
    """
    complete, shown = parser.complete, parser.value
    final = parser.close()
    return [] if complete or final is shown else [final]
