"""The reference's XML parser, on every version of expat the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import XMLPullParser

import pytest


@contextmanager
def reading_at_once() -> Iterator[None]:
    """Newer versions of expat put off what a chunk ends: the reference loses the last elements."""
    feed: Any = XMLPullParser.feed

    def feed_at_once(self: Any, data: Any) -> None:
        feed(self, data)
        try:
            self.flush()
        except SyntaxError as error:  # told of with the events, as those of feed are
            self._events_queue.append(error)

    with pytest.MonkeyPatch.context() as patch:
        if hasattr(XMLPullParser, "flush"):
            patch.setattr(XMLPullParser, "feed", feed_at_once)
        yield
