"""The SDK's clients of a model: made when they are needed, one for each event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["Clients"]


class Clients:
    """Makes the clients of a model.

    The connections of an asynchronous client belong to an event loop, so each loop has its own:
    `asyncio.run` may be called again with the same model.
    """

    __slots__ = ("_by_loop", "_make", "_make_async", "_sync")

    def __init__(self, make: Callable[[], Any], make_async: Callable[[], Any]) -> None:
        """Know how to make them.

        Args:
            make: Makes the SDK's client.
            make_async: Makes its asynchronous one.
        """
        self._make = make
        self._make_async = make_async
        self._sync: Any = None
        self._by_loop: dict[asyncio.AbstractEventLoop, Any] = {}

    @property
    def sync(self) -> Any:
        """The client."""
        if self._sync is None:
            self._sync = self._make()
        return self._sync

    @property
    def of_loop(self) -> Any:
        """The asynchronous client of the running event loop."""
        loop = asyncio.get_running_loop()
        client = self._by_loop.get(loop)
        if client is None:
            # a client holds its loop by the connections, so that weak references would not let go
            for gone in [known for known in self._by_loop if known.is_closed()]:
                del self._by_loop[gone]
            client = self._by_loop[loop] = self._make_async()
        return client
