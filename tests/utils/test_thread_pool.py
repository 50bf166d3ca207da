"""Thread pools of runs: created when they are used, and never reopened."""

import threading
from contextvars import ContextVar

import pytest

from headrace.runnables.config import get_executor_for_config

NUMBER: ContextVar[int] = ContextVar("number", default=0)


def test_calls_run_on_threads_with_the_context_of_their_caller() -> None:
    NUMBER.set(3)
    with get_executor_for_config(None) as pool:
        assert pool.submit(NUMBER.get).result() == 3
        assert pool.submit(threading.current_thread).result() is not threading.current_thread()
        assert list(pool.map(lambda a, b: a + b + NUMBER.get(), [1, 2], [3, 4])) == [7, 9]


def test_max_concurrency_is_the_number_of_threads() -> None:
    with get_executor_for_config({"max_concurrency": 1}) as pool:
        assert len({pool.submit(threading.get_ident).result() for _ in range(20)}) == 1


def test_threads_end_with_the_block_and_none_start_after_it() -> None:
    before = threading.active_count()
    with get_executor_for_config({}) as unused, get_executor_for_config({}) as used:
        assert threading.active_count() == before, "a pool has no threads before its first call"
        used.submit(int).result()
    assert threading.active_count() == before
    for pool in (unused, used):
        with pytest.raises(RuntimeError, match="after shutdown"):
            pool.submit(int)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_an_error(limit: int) -> None:
    with (
        pytest.raises(ValueError, match=f"max_concurrency must be greater than 0, .* {limit}"),
        get_executor_for_config({"max_concurrency": limit}),
    ):
        pass
