"""Several documents in one stream: NDJSON, or concatenated JSON."""

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
    """A document in a stream of documents.

    Attributes:
        number: The number of the document, counted from 0.
        value: The document so far.
        complete: True after the end of the document.
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
    """Yield each document of a stream as it grows.

    Documents may be on separate lines (NDJSON), separated by whitespace, or concatenated. Blank
    lines and a byte order mark at the start are skipped.

    Args:
        chunks: The text, split anywhere.
        strict: If true, accept only RFC 8259.
        numbers: `"complete"` to hold back numbers until they have ended.
        strings: `"complete"` to hold back strings until they have ended.
        fresh: If true, each value consists of new objects, which you can change.
        max_depth: The maximum nesting depth of containers.
        partial: If true, yield documents while they grow; otherwise only complete documents.

    Yields:
        A `JsonDocument` after each change, and a last one, complete, at its end.

    Raises:
        JsonStreamError: If text is not a document, or if the last document is truncated. The
            error has the number of the document; its position is that in the whole text.
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
    """Yield each document of a stream as it grows; async version of `iter_documents`.

    Args:
        chunks: The text, split anywhere, as an async or sync iterable.
        strict: If true, accept only RFC 8259.
        numbers: `"complete"` to hold back numbers until they have ended.
        strings: `"complete"` to hold back strings until they have ended.
        fresh: If true, each value consists of new objects, which you can change.
        max_depth: The maximum nesting depth of containers.
        partial: If true, yield documents while they grow; otherwise only complete documents.

    Yields:
        A `JsonDocument` after each change, and a last one, complete, at its end.

    Raises:
        JsonStreamError: If text is not a document, or if the last document is truncated. The
            error has the number of the document; its position is that in the whole text.
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
        # However this generator ends, its source is closed when it returns.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
        elif isinstance(chunks, Generator):
            chunks.close()
    for document in stream.close():
        yield document
