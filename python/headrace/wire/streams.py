"""Observation of an SDK's event stream: data that the server sent besides events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from headrace.compat import Flag, flags
from headrace.exceptions import ModelError, ModelStreamError
from headrace.utils.secrets import hide_in_url
from headrace.wire.decoder import error_of
from headrace.wire.deltas import Delta, Error

__all__ = ["StreamWatch", "text_answer_error"]

_HEAD = 300
"""Number of characters that an error quotes from an unexpected answer."""


def text_answer_error(answer: str | bytes, expected: str, address: str = "") -> ModelStreamError:
    """Return the error for a whole answer that is text instead of the API's JSON.

    Args:
        answer: The text, such as a web page.
        expected: The expected kind of answer.
        address: The address of the server. Secrets in it are hidden.
    """
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    kind = "a web page" if text.lstrip().lower().startswith(("<!doctype", "<html")) else "text"
    server = hide_in_url(address) or "the server"
    return ModelStreamError(
        f"{server} answered with {kind} instead of {expected}, which begins {text[:_HEAD]!r}: "
        "check `base_url`"
    )


class StreamWatch:
    """Wrapper around the SDK's decoder of server-sent events.

    The SDKs raise `JSONDecodeError` for events without data, which gateways send to keep a
    connection alive, and do not report if `[DONE]` is missing or the body was not an event stream.
    """

    __slots__ = ("_decoder", "_head", "_is_done", "_response")

    def __init__(self, stream: Any) -> None:
        """Watch a stream.

        Args:
            stream: The SDK's stream, before its first event is read.
        """
        self._response = getattr(stream, "response", None)
        self._decoder: Any = getattr(stream, "_decoder", None)
        self._head = b""
        # without the SDK's decoder there is no way to see the end
        self._is_done = self._decoder is None
        if self._decoder is not None:
            stream._decoder = self

    def iter_bytes(self, body: Iterator[bytes]) -> Iterator[Any]:
        """Yield the events of a body, without those that have no data."""
        for event in self._decoder.iter_bytes(self._note(body)):
            data = event.data
            if data and not data.isspace():
                if data.startswith("[DONE]"):
                    self._is_done = True
                yield event

    async def aiter_bytes(self, body: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        """Yield the events of a body, without those that have no data."""
        async for event in self._decoder.aiter_bytes(self._anote(body)):
            data = event.data
            if data and not data.isspace():
                if data.startswith("[DONE]"):
                    self._is_done = True
                yield event

    def _note(self, body: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in body:
            if not self._head:
                self._head = chunk[: 4 * _HEAD]
            yield chunk

    async def _anote(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in body:
            if not self._head:
                self._head = chunk[: 4 * _HEAD]
            yield chunk

    def check_end(self, deltas: Sequence[Delta]) -> None:
        """Raise the error of a stream that has ended.

        Args:
            deltas: The result of the decoder's `close()`.

        Raises:
            ModelConnectionError: If the stream ended before the answer did.
        """
        if flags() & Flag.WHOLE_STREAMS and not self._is_done:
            for delta in deltas:
                if isinstance(delta, Error):
                    raise delta.exception()

    def empty_error(self) -> ModelError:
        """Return the error for a stream without a single event of an answer."""
        head = self._head.decode("utf-8", "replace").strip()
        kind = self._content_type()
        if not head or kind.startswith("text/event-stream"):
            return ModelStreamError(
                "No generation chunks were returned: the provider sent an empty stream"
            )
        report = _error_in(head)
        if report is not None:
            return report.exception()
        return ModelStreamError(
            f"{self._address()} answered with {kind or 'no content type'} instead of a stream of "
            f"events; its answer begins {head[:_HEAD]!r}: check `base_url`"
        )

    def _content_type(self) -> str:
        headers = getattr(self._response, "headers", None) or {}
        return str(headers.get("content-type") or "").partition(";")[0].strip().lower()

    def _address(self) -> str:
        # without user, password and query, which may be secret
        parts = urlsplit(str(getattr(self._response, "url", "")))
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _error_in(text: str) -> Error | None:
    """Return the error that a JSON body reports, if it is one."""
    try:
        body = json.loads(text)
    except ValueError:
        return None
    report = body.get("error") if isinstance(body, dict) else None
    return error_of(report) if report else None
