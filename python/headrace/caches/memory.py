"""`InMemoryCache`: answers kept for as long as the process runs."""

from __future__ import annotations

from typing import Any

from headrace.caches.base import RETURN_VAL_TYPE, BaseCache

__all__ = ["InMemoryCache"]


class InMemoryCache(BaseCache):
    """Cache in memory."""

    def __init__(self, *, maxsize: int | None = None) -> None:
        """Create an empty cache.

        Args:
            maxsize: The maximum number of answers; the oldest is evicted. None for no limit.

        Raises:
            ValueError: If `maxsize` is below 1.
        """
        if maxsize is not None and maxsize <= 0:
            raise ValueError("maxsize must be greater than 0")
        self._cache: dict[tuple[str, str], RETURN_VAL_TYPE] = {}
        self._maxsize = maxsize

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Look up an answer."""
        return self._cache.get((prompt, llm_string))

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Store an answer; evict the oldest if the cache is full."""
        answers, key = self._cache, (prompt, llm_string)
        answers[key] = return_val
        if self._maxsize is not None:
            while len(answers) > self._maxsize:
                # another thread may have taken the oldest meanwhile
                answers.pop(next(iter(tuple(answers))), None)

    def clear(self, **kwargs: Any) -> None:
        """Delete all answers."""
        self._cache = {}

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Look up an answer."""
        return self.lookup(prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Store an answer."""
        self.update(prompt, llm_string, return_val)

    async def aclear(self, **kwargs: Any) -> None:
        """Delete all answers."""
        self.clear()
