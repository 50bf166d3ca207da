"""The SDK's clients of a model, created on first use, one for each event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["Clients"]


class Clients:
    """Cache of the clients of a model.

    The connections of an async client belong to an event loop, so each loop has its own client:
    you can call `asyncio.run` again with the same model.
    """

    __slots__ = ("_by_loop", "_make", "_make_async", "_shared", "_sync")

    def __init__(
        self, make: Callable[[], Any], make_async: Callable[[], Any], *, shared: bool = False
    ) -> None:
        """Create the cache, without clients.

        Args:
            make: Creates the SDK's sync client.
            make_async: Creates the SDK's async client.
            shared: Whether the async clients use shared connections, which are not closed.
        """
        self._make = make
        self._make_async = make_async
        self._shared = shared
        self._sync: Any = None
        self._by_loop: dict[asyncio.AbstractEventLoop, Any] = {}

    @property
    def sync(self) -> Any:
        """The sync client."""
        if self._sync is None:
            self._sync = self._make()
        return self._sync

    @property
    def of_loop(self) -> Any:
        """The async client of the running event loop."""
        loop = asyncio.get_running_loop()
        client = self._by_loop.get(loop)
        if client is None:
            # weak references would not help: the connections of a client refer to its loop
            self._forget_the_closed()
            client = self._by_loop[loop] = self._make_async()
        return client

    def __reduce__(self) -> Any:
        # copies and pickles of a model have no connections
        return partial(Clients, self._make, self._make_async, shared=self._shared), ()

    def __del__(self) -> None:
        self._forget_the_closed()

    def _forget_the_closed(self) -> None:
        """Drop the clients of closed event loops."""
        for gone in [known for known in self._by_loop if known.is_closed()]:
            client = self._by_loop.pop(gone)
            if not self._shared:
                _mark_closed(client)


def _mark_closed(client: Any) -> None:
    """Mark a client as closed because its event loop is closed.

    Nothing can be sent any more, and the connections are freed with the last reference. Without
    the mark, the client would start a task to close them in the event loop that runs then, which
    always fails.
    """
    closing = client.close()
    try:
        closing.send(None)
    except (StopIteration, RuntimeError):  # "Event loop is closed"
        return
    finally:
        closing.close()
