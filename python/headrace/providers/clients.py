"""The SDK's clients of a model: made when they are needed, one for each event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

__all__ = ["Clients"]


class Clients:
    """Makes the clients of a model.

    The connections of an asynchronous client belong to an event loop, so each loop has its own:
    `asyncio.run` may be called again with the same model.
    """

    __slots__ = ("_by_loop", "_make", "_make_async", "_shared", "_sync")

    def __init__(
        self, make: Callable[[], Any], make_async: Callable[[], Any], *, shared: bool = False
    ) -> None:
        """Know how to make them.

        Args:
            make: Makes the SDK's client.
            make_async: Makes its asynchronous one.
            shared: Whether the connections of that are not its own, and so not to be closed.
        """
        self._make = make
        self._make_async = make_async
        self._shared = shared
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
            self._forget_the_closed()
            client = self._by_loop[loop] = self._make_async()
        return client

    def __reduce__(self) -> Any:
        # who copies or pickles a model wants no connections with it
        return partial(Clients, self._make, self._make_async, shared=self._shared), ()

    def __del__(self) -> None:
        self._forget_the_closed()

    def _forget_the_closed(self) -> None:
        """Let go of the clients of event loops that are closed."""
        for gone in [known for known in self._by_loop if known.is_closed()]:
            client = self._by_loop.pop(gone)
            if not self._shared:
                _mark_closed(client)


def _mark_closed(client: Any) -> None:
    """Make a client whose event loop is closed know that it is closed, too.

    Nothing can be said to the other side any more, and its connections go with its last reference.
    But where it does not know, it would start a task to close them in whatever loop runs then,
    which could only fail.
    """
    closing = client.close()
    try:
        closing.send(None)
    except (StopIteration, RuntimeError):  # "Event loop is closed"
        return
    finally:
        closing.close()
