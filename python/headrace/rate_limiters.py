"""Rate limiters: how often a model may be asked."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod

__all__ = ["BaseRateLimiter", "InMemoryRateLimiter"]


class BaseRateLimiter(ABC):
    """Lets a caller go on when its turn has come."""

    @abstractmethod
    def acquire(self, *, blocking: bool = True) -> bool:
        """Take a turn.

        Args:
            blocking: Whether to wait for one.

        Returns:
            Whether there was one; always True where it was waited for.
        """

    @abstractmethod
    async def aacquire(self, *, blocking: bool = True) -> bool:
        """Take a turn, waiting without blocking the event loop; see `acquire`."""


class InMemoryRateLimiter(BaseRateLimiter):
    """A bucket into which turns drip at a steady rate, shared by the threads of a process.

    It starts empty, so the first turn comes after a first interval. Turns that nobody takes add up
    to the size of the bucket, which is then the longest burst.

    Attributes:
        requests_per_second: How many turns there are a second.
        check_every_n_seconds: How often a caller that waits looks again.
        max_bucket_size: How many turns can have added up.
        available_tokens: How many turns are there now.
    """

    def __init__(
        self,
        *,
        requests_per_second: float = 1,
        check_every_n_seconds: float = 0.1,
        max_bucket_size: float = 1,
    ) -> None:
        """Make an empty bucket.

        Args:
            requests_per_second: How many turns there are a second.
            check_every_n_seconds: How often a caller that waits looks again.
            max_bucket_size: How many turns can add up; at least 1, or nobody ever gets one.
        """
        self.requests_per_second = requests_per_second
        self.check_every_n_seconds = check_every_n_seconds
        self.max_bucket_size = max_bucket_size
        self.available_tokens = 0.0
        self.last: float | None = None
        self._lock = threading.Lock()

    def _consume(self) -> bool:
        """Take a turn where there is one."""
        with self._lock:
            now = time.monotonic()
            if self.last is None:
                self.last = now
            dripped = (now - self.last) * self.requests_per_second
            if dripped >= 1:
                # less is left in the tap: added up, the roundings would cost turns
                self.available_tokens += dripped
                self.last = now
            self.available_tokens = min(self.available_tokens, self.max_bucket_size)
            if self.available_tokens < 1:
                return False
            self.available_tokens -= 1
            return True

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take a turn, waiting for it where `blocking`."""
        while not self._consume():
            if not blocking:
                return False
            time.sleep(self.check_every_n_seconds)
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        """Take a turn, waiting for it where `blocking`."""
        while not self._consume():
            if not blocking:
                return False
            await asyncio.sleep(self.check_every_n_seconds)
        return True
