"""The response that sends a stream of the log, encoded by a protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import Response

from headrace.serve.log import (
    LogUnavailableError,
    StreamLog,
    TrimmedError,
    UnknownStreamError,
    error_frame,
)

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from headrace.serve.encoder import Encoder
    from headrace.serve.limits import Limits

__all__ = ["STREAM_HEADERS", "StreamResponse"]

STREAM_HEADERS = {
    # Proxies neither store, compress nor hold back a stream.
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "content-encoding": "identity",
}


class StreamResponse(Response):
    """A response that sends the frames of a stream as they are appended."""

    def __init__(
        self,
        log: StreamLog,
        stream: str,
        encoder: Encoder,
        limits: Limits,
        *,
        after: int = 0,
        headers: Mapping[str, str] | None = None,
        leave: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Create a response.

        Args:
            log: The log that the stream is read from.
            stream: The stream's id.
            encoder: The protocol's encoder; one that keeps state needs the stream from its start.
            limits: Limits of the server.
            after: The number of the last frame that the client has.
            headers: More headers.
            leave: Called with the stream's id if the client leaves before the end.
        """
        super().__init__(
            None,
            media_type=encoder.content_type,
            headers={
                **STREAM_HEADERS,
                **encoder.headers,
                "x-stream-id": stream,
                **(headers or {}),
            },
        )
        del self.headers["content-length"]
        self._log = log
        self._stream = stream
        self._encoder = encoder
        self._limits = limits
        self._after = after
        self._leave = leave
        self._sending: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends or the client leaves."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        sender = asyncio.ensure_future(self._send(send))
        listener = asyncio.ensure_future(_wait_disconnect(receive))
        complete = False
        try:
            while not sender.done() and not listener.done():
                await asyncio.wait(
                    {sender, listener},
                    timeout=self._limits.send_timeout / 4,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                since = self._sending
                now = asyncio.get_running_loop().time()
                if since is not None and now - since > self._limits.send_timeout:
                    break  # the client does not read
            complete = sender.done() and not sender.cancelled() and sender.exception() is None
        finally:
            sender.cancel()
            listener.cancel()
            results = await asyncio.gather(sender, listener, return_exceptions=True)
            if not complete and self._leave is not None:
                with suppress(UnknownStreamError, LogUnavailableError):
                    await self._leave(self._stream)
        failure = results[0]
        if isinstance(failure, Exception) and not isinstance(failure, OSError):
            raise failure

    async def _send(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        encoder = self._encoder

        async def body(data: bytes, more: bool = True) -> None:
            self._sending = loop.time()
            await send({"type": "http.response.body", "body": data, "more_body": more})
            self._sending = None

        data = encoder.begin()
        if data:
            await body(data)
        try:
            async for first, frames in self._log.read(self._stream, self._after, self._limits.ping):
                if not frames:
                    await body(encoder.ping)
                    continue
                data = b"".join(
                    encoder.encode(number, frame) for number, frame in enumerate(frames, first)
                )
                if data:
                    await body(data)
        except (LogUnavailableError, TrimmedError, UnknownStreamError) as error:
            await body(encoder.encode(0, error_frame(str(error))))
        await body(encoder.end(), more=False)


async def _wait_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
