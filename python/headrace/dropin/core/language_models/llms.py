"""Additions to `headrace.language_models.llms`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from headrace.caches import BaseCache
from headrace.globals import get_llm_cache
from headrace.outputs import Generation

__all__ = ["aget_prompts", "create_base_retry_decorator", "get_prompts"]

logger = logging.getLogger("headrace.dropin")

Found = tuple[dict[int, list[Generation]], str, list[int], list[str]]


def create_base_retry_decorator(
    error_types: list[type[BaseException]], max_retries: int = 1, run_manager: Any = None
) -> Callable[[Any], Any]:
    """Return a decorator that repeats a call after certain errors, with growing pauses.

    Args:
        error_types: The errors.
        max_retries: The maximum number of calls.
        run_manager: The run to notify before each retry.
    """
    from tenacity import (
        before_sleep_log,
        retry,
        retry_if_exception_type,
        stop_after_attempt,
        wait_exponential,
    )

    log = before_sleep_log(logger, logging.WARNING)
    notifications: set[asyncio.Task[Any]] = set()

    def before_sleep(state: Any) -> None:
        log(state)
        pending = None if run_manager is None else run_manager.on_retry(state)
        if asyncio.iscoroutine(pending):
            try:
                task = asyncio.get_running_loop().create_task(pending)
            except RuntimeError:
                asyncio.run(pending)
            else:
                # The loop itself holds tasks weakly.
                notifications.add(task)
                task.add_done_callback(notifications.discard)

    return retry(
        reraise=True,
        stop=stop_after_attempt(max_retries),
        wait=wait_exponential(multiplier=1, min=4, max=10),
        retry=retry_if_exception_type(tuple(error_types)),
        before_sleep=before_sleep,
    )


def _cache(cache: BaseCache | bool | None) -> BaseCache | None:
    """Return the cache that an argument chooses.

    Raises:
        ValueError: If it asks for the global cache, which is not set.
    """
    if isinstance(cache, BaseCache):
        return cache
    if cache is False:
        return None
    found = get_llm_cache()
    if cache and found is None:
        raise ValueError("No global cache was configured. Use `set_llm_cache` to set one.")
    return found


def _missing(prompts: list[str], found: dict[int, list[Generation]], llm_string: str) -> Found:
    missing = [index for index in range(len(prompts)) if index not in found]
    return found, llm_string, missing, [prompts[index] for index in missing]


def get_prompts(
    params: dict[str, Any], prompts: list[str], cache: BaseCache | bool | None = None
) -> Found:
    """Look prompts up in a cache.

    Args:
        params: The parameters of the model.
        prompts: The prompts.
        cache: The cache; None or True for the global one, False for none.

    Returns:
        The answers that were found by position, the parameters as text, and the positions and
        texts of the other prompts.
    """
    llm_string = str(sorted(params.items()))
    used = _cache(cache)
    found: dict[int, list[Generation]] = {}
    if used is not None:
        for index, prompt in enumerate(prompts):
            answer = used.lookup(prompt, llm_string)
            if isinstance(answer, list):
                found[index] = answer
    return _missing(prompts, found, llm_string)


async def aget_prompts(
    params: dict[str, Any], prompts: list[str], cache: BaseCache | bool | None = None
) -> Found:
    """Look prompts up in a cache; see `get_prompts`."""
    llm_string = str(sorted(params.items()))
    used = _cache(cache)
    found: dict[int, list[Generation]] = {}
    if used is not None:
        for index, prompt in enumerate(prompts):
            answer = await used.alookup(prompt, llm_string)
            if isinstance(answer, list):
                found[index] = answer
    return _missing(prompts, found, llm_string)
