"""Rate limiters: how often a model may be asked."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from headrace._lazy import lazy_module

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["BaseRateLimiter", "InMemoryRateLimiter"]


class BaseRateLimiter(ABC):
    """Base class of rate limiters."""

    @abstractmethod
    def acquire(self, *, blocking: bool = True) -> bool:
        """Acquire a token.

        Args:
            blocking: If true, wait for a token.

        Returns:
            True if a token was acquired; always True with `blocking`.
        """

    @abstractmethod
    async def aacquire(self, *, blocking: bool = True) -> bool:
        """Acquire a token; async version of `acquire`."""


class InMemoryRateLimiter(BaseRateLimiter):
    """Token bucket rate limiter, shared by the threads of a process.

    The bucket starts empty and fills at a steady rate. Its size limits the length of bursts.

    Attributes:
        requests_per_second: Tokens added per second.
        check_every_n_seconds: Interval of checks while waiting, in seconds.
        max_bucket_size: The maximum number of tokens in the bucket.
        available_tokens: The current number of tokens.
    """

    def __init__(
        self,
        *,
        requests_per_second: float = 1,
        check_every_n_seconds: float = 0.1,
        max_bucket_size: float = 1,
    ) -> None:
        """Create an empty bucket.

        Args:
            requests_per_second: Tokens added per second.
            check_every_n_seconds: Interval of checks while waiting, in seconds.
            max_bucket_size: The maximum number of tokens; at least 1.
        """
        self.requests_per_second = requests_per_second
        self.check_every_n_seconds = check_every_n_seconds
        self.max_bucket_size = max_bucket_size
        self.available_tokens = 0.0
        self.last: float | None = None
        self._lock = threading.Lock()

    def _consume(self) -> bool:
        """Take a token if there is one."""
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
