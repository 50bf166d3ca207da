"""Rate limiters let callers go on at a steady rate."""

import asyncio
import threading
from typing import Any

import pytest

from headrace import rate_limiters
from headrace.language_models import FakeListChatModel
from headrace.rate_limiters import InMemoryRateLimiter


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(rate_limiters, "time", made)
    return made


def test_turns_come_at_the_rate(clock: Clock) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=2, check_every_n_seconds=0.25)
    moments = []
    for _ in range(4):
        assert limiter.acquire()
        moments.append(clock.now - 100)
    assert moments == [0.5, 1.0, 1.5, 2.0]


def test_who_does_not_wait_is_told(clock: Clock) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1)
    assert not limiter.acquire(blocking=False)
    assert not asyncio.run(limiter.aacquire(blocking=False))
    clock.now += 1
    assert limiter.acquire(blocking=False)
    assert not limiter.acquire(blocking=False)
    assert clock.slept == []


def test_turns_add_up_to_the_size_of_the_bucket(clock: Clock) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1, max_bucket_size=3)
    limiter.acquire(blocking=False)
    clock.now += 100
    assert [limiter.acquire(blocking=False) for _ in range(4)] == [True, True, True, False]


async def test_async_waits_on_the_loop(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        clock.sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    limiter = InMemoryRateLimiter(requests_per_second=1, check_every_n_seconds=0.5)
    assert await limiter.aacquire()
    assert clock.slept == [0.5, 0.5]


def test_each_question_takes_a_turn_but_not_what_the_cache_answers(clock: Clock) -> None:
    from headrace.caches import InMemoryCache

    limiter = InMemoryRateLimiter(requests_per_second=1, max_bucket_size=9)
    limiter.acquire(blocking=False)
    clock.now += 9
    model: Any = FakeListChatModel(responses=["a"], rate_limiter=limiter, cache=InMemoryCache())
    model.invoke("x")
    model.invoke("x")
    list(model.stream("x"))
    assert limiter.available_tokens == 7


def test_threads_share_the_turns(clock: Clock) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=10, max_bucket_size=50)
    limiter.acquire(blocking=False)
    clock.sleep(60)  # the bucket is full, and the clock stands still
    turns: list[bool] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        for _ in range(25):
            turns.append(limiter.acquire(blocking=False))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(turns), turns.count(True)) == (200, 50)
