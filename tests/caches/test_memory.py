"""`InMemoryCache`, and what models keep in a cache."""

import threading
from typing import Any

from headrace.caches import InMemoryCache
from headrace.language_models import FakeListChatModel, ReplayChatModel
from headrace.messages import AIMessage
from headrace.outputs import Generation


def test_changing_an_answer_does_not_reach_the_cache() -> None:
    model = FakeListChatModel(responses=["a", "b"], cache=InMemoryCache())
    for _ in range(3):
        answer = model.invoke("x")
        assert answer.content == "a"
        answer.content = "changed"


def test_a_cached_answer_says_that_it_cost_nothing() -> None:
    usage: Any = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    model = ReplayChatModel(AIMessage("a", usage_metadata=usage), cache=InMemoryCache())
    assert model.invoke("x").usage_metadata == usage
    assert model.invoke("x").usage_metadata == {**usage, "total_cost": 0}


def test_streams_are_not_cached() -> None:
    model = FakeListChatModel(responses=["a", "b"], cache=InMemoryCache())
    assert [next(iter(model.stream("x"))).content for _ in range(2)] == ["a", "b"]


def test_threads_do_no_harm() -> None:
    cache = InMemoryCache(maxsize=10)

    def work(which: int) -> None:
        for i in range(500):
            cache.update(f"{which} {i}", "m", [Generation(text=str(i))])

    threads = [threading.Thread(target=work, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [cache.lookup(f"{w} {i}", "m") for w in range(4) for i in range(500)]
    assert sum(found is not None for found in kept) <= 10


def test_an_update_of_what_is_there_takes_no_room() -> None:
    cache = InMemoryCache(maxsize=2)
    for key in ("a", "b", "a", "a"):
        cache.update(key, "m", [Generation(text=key)])
    assert cache.lookup("a", "m")
    assert cache.lookup("b", "m")
