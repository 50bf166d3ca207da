"""A loopback server that speaks like a provider: it replays a recorded stream to whoever asks.

By hand: `python -m tests.replay_server RECORDING [--port 8000] [--delay 0.02]`, and give the
address that it prints to a client as `base_url`. A recording has the data of one server-sent event
a line.

In tests: `with ReplayServer(events_of(path)) as server:`, with the real SDK at `server.url`. What a
request is answered with can be any `Answer`, broken ones too; what was asked is in
`server.requests`.
"""

import argparse
import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Answer", "ReplayServer", "Request", "events_of", "sse"]


def events_of(recording: Path) -> list[dict[str, Any]]:
    """The events of a recording."""
    lines = recording.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def sse(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """Events as they go over the wire: named, and ended, as the provider does."""
    pieces = []
    kind = None
    for event in events:
        data = json.dumps(event, ensure_ascii=False)
        kind = event.get("type") if isinstance(event.get("type"), str) else kind
        name = f"event: {event['type']}\n" if isinstance(event.get("type"), str) else ""
        pieces.append(f"{name}data: {data}\n\n".encode())
    if kind is None:
        pieces.append(b"data: [DONE]\n\n")
    return pieces


@dataclass
class Answer:
    """What a request is answered with."""

    pieces: Sequence[bytes] = ()
    """The body, in the pieces in which it is sent."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"

    wait: float = 0.0
    """Seconds before anything is sent."""

    delay: float = 0.0
    """Seconds before each piece."""

    drop_after: int | None = None
    """After how many pieces the connection breaks."""

    hang_after: int | None = None
    """After how many pieces nothing more comes, until the client leaves."""

    @classmethod
    def streaming(
        cls, events: Iterable[dict[str, Any]], *, cut: int | None = None, **fields: Any
    ) -> "Answer":
        """Events as a stream; with `cut`, in pieces of so many bytes, wherever that cuts them."""
        pieces = sse(events)
        if cut is not None:
            body = b"".join(pieces)
            pieces = [body[at : at + cut] for at in range(0, len(body), cut)]
        return cls(pieces, **fields)

    @classmethod
    def whole(cls, body: Any, *, status: int = 200, **fields: Any) -> "Answer":
        """A body of JSON."""
        data = json.dumps(body).encode()
        return cls([data], status=status, content_type="application/json", **fields)


@dataclass
class Request:
    """What was asked, and how it ended."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    left: threading.Event = field(default_factory=threading.Event)
    """Set when the client has left before its answer had ended."""

    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the answer has ended, in whatever way."""

    sent_at: list[float] = field(default_factory=list)
    """`time.perf_counter()` when each piece was sent."""


Answering = Callable[[Request], Answer]


class ReplayServer:
    """Serves on a port of the loopback interface, on a thread of its own, until it is closed."""

    def __init__(
        self,
        events: Sequence[dict[str, Any]] | None = None,
        *,
        answer: Answering | None = None,
        port: int = 0,
        **fields: Any,
    ) -> None:
        """Answer with these events, or with what a function gives for each request."""
        self.requests: list[Request] = []
        self.connections = 0
        self.url = ""
        self._answer = answer or (lambda _: Answer.streaming(events or (), **fields))
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replay", daemon=True)

    def __enter__(self) -> "ReplayServer":
        self._thread.start()
        starting = asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        begun = b""
        try:
            while True:
                request = await _request(reader, begun)
                if request is None:
                    return
                self.requests.append(request)
                left, begun = await self._send(request, reader, writer)
                if left:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client has gone, or the server is being closed.
            return
        finally:
            writer.close()

    async def _send(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bool, bytes]:
        """Answer; whether the client has left or was dropped, and what it has said since."""
        watch = asyncio.ensure_future(reader.read(1))
        sending = asyncio.ensure_future(_pieces(self._answer(request), request, writer))
        try:
            await asyncio.wait({watch, sending}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done() and not watch.result() and not sending.done():
                request.left.set()
                return True, b""
            dropped = await sending
            request.ended.set()
            if dropped:
                writer.transport.abort()
                return True, b""
            if watch.done():
                return not watch.result(), watch.result()
            # Whatever comes now begins the next request.
            return False, await watch
        except ConnectionError:
            request.left.set()
            raise
        finally:
            request.ended.set()
            for task in (watch, sending):
                task.cancel()
            await asyncio.gather(watch, sending, return_exceptions=True)


async def _request(reader: asyncio.StreamReader, begun: bytes) -> Request | None:
    """Read a request, of which the beginning may have been read already."""
    try:
        head = begun + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(raw) if raw else None)


async def _pieces(answer: Answer, request: Request, writer: asyncio.StreamWriter) -> bool:
    """Send an answer; whether the connection is to be dropped."""
    await asyncio.sleep(answer.wait)
    headers = {
        "content-type": answer.content_type,
        "transfer-encoding": "chunked",
        **answer.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {answer.status} Answer\r\n{lines}\r\n".encode())
    for at, piece in enumerate(answer.pieces):
        if answer.drop_after == at:
            await writer.drain()
            return True
        if answer.hang_after == at:
            await writer.drain()
            await asyncio.Event().wait()
        if answer.delay:
            await asyncio.sleep(answer.delay)
        request.sent_at.append(time.perf_counter())
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return False


@contextlib.contextmanager
def _serving(arguments: argparse.Namespace) -> Iterator[ReplayServer]:
    events = events_of(arguments.recording)
    with ReplayServer(events, port=arguments.port, delay=arguments.delay) as server:
        yield server


def main() -> None:
    """Serve a recording until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay_server", description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.02)
    with _serving(parser.parse_args()) as server:
        print(f"{server.url}/v1 (Anthropic: {server.url})", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
