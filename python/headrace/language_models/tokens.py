"""Cutting a text as a model's tokenizer would."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["cut_by_size", "cut_like_tokens"]

# A word with the blank before it, a run of digits, a mark with the blank before it (a quote
# together with the colon or comma that follows it), blanks; and any other character.
_PIECE = re.compile(r' ?[^\W\d_]{1,12}|\d+| ?(?:"[:,]|[^\w\s])|\s+|.', re.DOTALL)


def cut_like_tokens(text: str) -> Iterator[str]:
    """Yield the text in pieces like tokens: words, punctuation, digits in groups of three.

    Args:
        text: The text.

    Yields:
        The pieces; together they are the text.
    """
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece.isdecimal():
            # As it is read: 67413000 is 67, 413, 000.
            first = len(piece) % 3 or 3
            yield piece[:first]
            for start in range(first, len(piece), 3):
                yield piece[start : start + 3]
        else:
            yield piece


def cut_by_size(text: str, size: int) -> Iterator[str]:
    """Yield the text in pieces of `size` characters, of which the last may be shorter."""
    for start in range(0, len(text), size):
        yield text[start : start + size]
