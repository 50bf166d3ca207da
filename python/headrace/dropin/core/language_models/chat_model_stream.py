"""Streams of typed content blocks, of version 3 of the events."""

from __future__ import annotations

from typing import Any

__all__ = ["AsyncChatModelStream", "ChatModelStream"]


class ChatModelStream:
    """A stream of content blocks, read synchronously."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: headrace does not have these streams yet."""
        raise NotImplementedError(
            f"{type(self).__name__}: headrace has no content-block streams (version 3 of the "
            "events); use version 2, or stream_mode='messages'"
        )


class AsyncChatModelStream(ChatModelStream):
    """A stream of content blocks, read asynchronously."""
