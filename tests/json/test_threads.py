"""Threads that share a parser, and finalizers that call it again."""

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from headrace.json import PartialJsonParser, iter_json

from .oracle import Raised, outcome

THREADS = 8


@pytest.fixture
def switching() -> Iterator[None]:
    """Lets threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def collecting() -> Iterator[None]:
    """Lets the garbage collector run at nearly every container that is made."""
    threshold = gc.get_threshold()
    gc.collect()
    gc.set_threshold(1, 1, 1)
    yield
    gc.set_threshold(*threshold)
    gc.collect()


def at_once(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Runs the work in threads that start together, and raises what any of them raised."""
    barrier = threading.Barrier(count)

    def start(number: int) -> Any:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count), timeout=60))


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize("chunk", ["1,", '{"a": [1, "text"]},', '"a whole string",', "[[], {}],"])
def test_threads_may_feed_one_parser(chunk: str) -> None:
    parser = PartialJsonParser()
    parser.feed("[")
    times = 300

    def feed(_: int) -> None:
        for _ in range(times):
            parser.feed(chunk)

    at_once(feed)
    parser.feed("0]")
    value = parser.close()
    assert len(value) == THREADS * times + 1
    assert all(item == value[0] for item in value[:-1])


@pytest.mark.usefixtures("switching")
def test_threads_may_read_while_one_feeds() -> None:
    parser = PartialJsonParser()
    parser.feed("[")
    done = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            for index in range(3000):
                parser.feed(f'{{"n": {index}}},')
            done.set()
            return
        kept = []
        while not done.is_set():
            value = parser.value
            kept.append((value, len(value)))
            assert parser.error is None
            assert not parser.complete
            assert repr(parser)
            del kept[:-20]
            for snapshot, length in kept:
                assert len(snapshot) == length
                # The last may have begun and have no member yet.
                assert all(item["n"] == index for index, item in enumerate(snapshot[:-1]))

    at_once(work, 4)
    assert len(parser.value) == 3000


@pytest.mark.usefixtures("switching")
def test_many_threads_feed_parsers_of_their_own() -> None:
    text = '{"a": [1, 2.5, {"b": "text é"}], "c": [[], [[]], "more"]}'

    def work(number: int) -> Any:
        size = 1 + number
        chunks = [text[at : at + size] for at in range(0, len(text), size)]
        return [list(iter_json(chunks))[-1] for _ in range(50)]

    values = at_once(work)
    assert all(value == values[0] for value in values)


@pytest.mark.usefixtures("switching")
def test_one_thread_closes_while_others_feed() -> None:
    parser = PartialJsonParser()
    parser.feed("[1]")

    def work(number: int) -> Any:
        for _ in range(200):
            try:
                parser.close() if number == 0 else parser.feed(" ")
            except ValueError as error:
                return str(error)
        return None

    assert set(at_once(work)) <= {None, "feed() after close()"}
    assert parser.close() == [1]


class Garbage:
    """Calls something when the collector finds it."""

    def __init__(self, call: Callable[[], Any], outcomes: list[Any]) -> None:
        self.cycle = self
        self.call = call
        self.outcomes = outcomes

    def __del__(self) -> None:
        try:
            self.call()
        except RuntimeError as error:
            self.outcomes.append(str(error))
        else:
            self.outcomes.append(None)


REFUSED = "this object is in use further up: a finalizer called it again"

CALLS: dict[str, Callable[[PartialJsonParser], Any]] = {
    "feed": lambda parser: parser.feed(" "),
    "value": lambda parser: parser.value,
    "complete": lambda parser: parser.complete,
    "error": lambda parser: parser.error,
    "repr": repr,
}


@pytest.mark.usefixtures("collecting")
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", CALLS)
def test_a_finalizer_that_calls_the_parser_that_runs_it(name: str, fresh: bool) -> None:
    parser = PartialJsonParser(fresh=fresh)
    parser.feed("[")
    outcomes: list[Any] = []
    kept = []
    for index in range(300):
        Garbage(lambda: CALLS[name](parser), outcomes)
        parser.feed(f'[{{"n": [{index}], "t": "text"}}],')
        kept.append(parser.value)
    parser.feed("0]")
    gc.collect()
    assert set(outcomes) <= {None, REFUSED}
    # Since CPython 3.12 the collector runs between bytecodes only, and so not inside a call.
    assert REFUSED in outcomes or sys.version_info >= (3, 12)
    assert parser.close() == [*([{"n": [index], "t": "text"}] for index in range(300)), 0]
    assert [len(value) for value in kept] == list(range(1, 301))


class Finalizer:
    """Calls something as soon as nobody holds it."""

    def __init__(self, call: Callable[[], Any], outcomes: list[Any]) -> None:
        self.call = call
        self.outcomes = outcomes

    def __del__(self) -> None:
        self.outcomes.append(outcome(self.call))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("text", "chunk", "value"), [
    # What the caller has put where the next element comes goes away in the middle of a call.
    ("[", "[1, 2", [[1, 2]]),
    ("[", '"text', ["text"]),
    ("[", "7", [7]),
    ("[", "null", [None]),
])  # fmt: skip
def test_a_finalizer_in_the_middle_of_a_call(name: str, text: str, chunk: str, value: Any) -> None:
    parser = PartialJsonParser()
    outcomes: list[Any] = []
    parser.feed(text)
    # Callers should not, and must not break anything by it.
    parser.value.append(Finalizer(lambda: CALLS[name](parser), outcomes))
    parser.feed(chunk)
    assert parser.value == value
    assert outcomes == [Raised("RuntimeError", REFUSED)]


@pytest.mark.usefixtures("collecting")
def test_a_finalizer_may_use_another_parser() -> None:
    parser, other = PartialJsonParser(), PartialJsonParser()
    parser.feed("[")
    other.feed("[")
    outcomes: list[Any] = []
    for _ in range(200):
        Garbage(lambda: other.feed("[1],"), outcomes)
        parser.feed('[{"a": [1]}],')
    gc.collect()
    assert set(outcomes) == {None}
    other.feed("0]")
    assert len(other.close()) == len(outcomes) + 1


@pytest.mark.usefixtures("collecting", "switching")
def test_finalizers_in_threads_that_share_a_parser() -> None:
    parser = PartialJsonParser()
    parser.feed("[")
    outcomes: list[Any] = []

    def work(_: int) -> None:
        for _ in range(100):
            Garbage(lambda: parser.feed(" "), outcomes)
            parser.feed('[{"a": [1]}],')

    at_once(work, 4)
    gc.collect()
    parser.feed("0]")
    assert set(outcomes) <= {None, REFUSED}
    assert parser.close() == [[{"a": [1]}]] * 400 + [0]


@pytest.mark.usefixtures("collecting")
def test_a_finalizer_that_lets_another_thread_at_the_parser() -> None:
    """While a call is under way, a finalizer waits for a thread that wants the same parser."""
    parser = PartialJsonParser()
    parser.feed("[")
    threads: list[threading.Thread] = []
    outcomes: list[Any] = []

    def start_thread() -> None:
        if len(threads) < 20:
            thread = threading.Thread(target=parser.feed, args=("1,",), daemon=True)
            threads.append(thread)
            thread.start()
            thread.join(timeout=0.01)

    for _ in range(100):
        Garbage(start_thread, outcomes)
        parser.feed("[{}],")
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    parser.feed("0]")
    value = parser.close()
    assert value.count([{}]) == 100
    assert value.count(1) == len(threads) > 0


@pytest.mark.usefixtures("collecting")
def test_what_is_dropped_may_call_back() -> None:
    """A parser that goes away drops what it holds, and that may ask the parser."""
    outcomes: list[Any] = []
    for _ in range(50):
        parser = PartialJsonParser()
        parser.feed('{"a": [')
        value = parser.value
        value["a"].append(Garbage(lambda parser=parser: parser.feed("1"), outcomes))  # type: ignore[misc]
        del value, parser
        gc.collect()
    assert len(outcomes) == 50
