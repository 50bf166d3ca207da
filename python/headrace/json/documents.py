"""One document after another: NDJSON, or documents that simply follow each other."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Generator,
    Iterable,
    Iterator,
)
from typing import Any, Literal, NamedTuple

from headrace._core import JsonDocumentStream

__all__ = ["JsonDocument", "aiter_documents", "iter_documents"]

Text = str | bytes | bytearray | memoryview


class JsonDocument(NamedTuple):
    """One of several documents.

    Attributes:
        number: Which one; the first is 0.
        value: The document so far.
        complete: Whether it has ended.
    """

    number: int
    value: Any
    complete: bool


def iter_documents(
    chunks: Iterable[Text],
    *,
    strict: bool = False,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
    partial: bool = True,
) -> Iterator[JsonDocument]:
    """Yield each of several documents as it grows.

    They may stand on lines of their own (NDJSON), have blanks between them or follow each other at
    once. Blank lines are passed over, and so is a byte order mark at the start.

    Args:
        chunks: The text, cut anywhere.
        strict: Read RFC 8259 to the letter.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.
        partial: Whether to yield a document while it grows too; otherwise only when it has ended.

    Yields:
        A `JsonDocument` each time that one has changed, and once more, complete, when it has ended.

    Raises:
        JsonStreamError: Where something is no document, or at the end, where the last one was cut
            off. `document` in it is its number; its place is the one in the whole text.
    """
    stream = JsonDocumentStream(
        strict=strict,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
        partial=partial,
    )
    feed = stream.feed
    try:
        for chunk in chunks:
            yield from feed(chunk)
            if stream.error is not None:
                break
    finally:
        if isinstance(chunks, Generator):
            chunks.close()
    yield from stream.close()


async def aiter_documents(
    chunks: AsyncIterable[Text] | Iterable[Text],
    *,
    strict: bool = False,
    numbers: Literal["partial", "complete"] = "partial",
    strings: Literal["partial", "complete"] = "partial",
    fresh: bool = False,
    max_depth: int = 1000,
    partial: bool = True,
) -> AsyncIterator[JsonDocument]:
    """Yield each of several documents as it grows: `iter_documents` over async chunks.

    Args:
        chunks: The text, cut anywhere, as an async or a plain iterable.
        strict: Read RFC 8259 to the letter.
        numbers: Whether to show a number before it has ended.
        strings: Whether to show a string before it has ended.
        fresh: Whether each value is made of objects of its own, so that it can be changed.
        max_depth: How many containers may stand inside each other.
        partial: Whether to yield a document while it grows too; otherwise only when it has ended.

    Yields:
        A `JsonDocument` each time that one has changed, and once more, complete, when it has ended.

    Raises:
        JsonStreamError: Where something is no document, or at the end, where the last one was cut
            off. `document` in it is its number; its place is the one in the whole text.
    """
    stream = JsonDocumentStream(
        strict=strict,
        numbers=numbers,
        strings=strings,
        fresh=fresh,
        max_depth=max_depth,
        partial=partial,
    )
    feed = stream.feed
    try:
        if isinstance(chunks, AsyncIterable):
            async for chunk in chunks:
                for document in feed(chunk):
                    yield document
                if stream.error is not None:
                    break
        else:
            for chunk in chunks:
                for document in feed(chunk):
                    yield document
                if stream.error is not None:
                    break
    finally:
        # Whatever ends this generator has ended the one it draws from when it returns.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        elif isinstance(chunks, Generator):
            chunks.close()
    for document in stream.close():
        yield document
