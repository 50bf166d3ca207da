"""Nothing leaks, and no more memory is used than a few times the document."""

import gc
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from headrace.json import (
    JsonStreamError,
    PartialJsonParser,
    iter_json,
    parse_json_markdown,
    parse_partial_json,
)

DOCUMENT = (
    '{"names": ["Ada", "Grace \\u00e9\\ud83d\\ude00", "a longer name"], "a": {"b": {}}, "numbers": '
    '[1, 2.5, -3e5, 123456789012345678901234567890, true, null, NaN], "a": [[1], {"c": 2}]}'
)
LONG = '["' + "text " * 300 + '", {"k": "' + "é " * 400 + '"}]'
BROKEN = '{"a": [1, {"b": "text \\q'
FENCED = f"1. Here [is]:\n```json\n{DOCUMENT}\n```\nmore {{"


def by_characters(text: str, **options: Any) -> None:
    parser = PartialJsonParser(**options)
    for character in text:
        parser.feed(character)
        parser.value  # noqa: B018


def keeping_all(text: str) -> None:
    parser = PartialJsonParser()
    kept = []
    for at in range(0, len(text), 3):
        parser.feed(text[at : at + 3])
        kept.append(parser.value)


def broken(text: str | bytes) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    with pytest.raises(JsonStreamError):
        parser.close()


def refused() -> None:
    parser = PartialJsonParser()
    parser.feed('{"a": [1, ' + "1" * 5000 + "]")
    assert parser.error is not None
    assert parser.error.__cause__ is not None


def abandoned() -> None:
    for value in iter_json([DOCUMENT[:40], DOCUMENT[40:]]):
        assert value
        break


def in_a_cycle() -> None:
    parser = PartialJsonParser()
    parser.feed('{"a": [')
    # Not allowed to callers, but a cycle through the parser is made so.
    parser.value["a"].append(parser)


def failing() -> None:
    for text in ("no", '{"a" 1}', "[1]]"):
        try:
            parse_json_markdown(text)
        except ValueError:
            continue


WORK: dict[str, Callable[[], object]] = {
    "by characters": lambda: by_characters(DOCUMENT),
    "fresh": lambda: by_characters(DOCUMENT[:60], fresh=True),
    "long strings": lambda: by_characters(LONG),
    "keeping all": lambda: keeping_all(DOCUMENT + LONG),
    "fenced": lambda: by_characters(FENCED),
    "broken": lambda: broken(BROKEN),
    "refused": refused,
    "abandoned": abandoned,
    "in a cycle": in_a_cycle,
    "bytes": lambda: broken(DOCUMENT[:50].encode() + b"\xff"),
    "once": lambda: parse_partial_json(DOCUMENT[:-3]),
    "once, fenced": lambda: parse_json_markdown(FENCED),
    "failing": failing,
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_stays_behind(name: str) -> None:
    work = WORK[name]

    def growth() -> int:
        before = sys.getallocatedblocks()
        for _ in range(100):
            work()
        gc.collect()
        return sys.getallocatedblocks() - before

    growth()
    # One block lost in each run would make a hundred each time. The interpreter itself grows now
    # and then.
    assert min(growth() for _ in range(4)) < 20


def test_python_s_own_memory_stays_where_it_was() -> None:
    def run_all() -> None:
        for work in WORK.values():
            for _ in range(3):
                work()
        gc.collect()

    run_all()
    tracemalloc.start()
    try:
        run_all()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            run_all()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def run(program: str) -> list[int]:
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return [int(word) for word in result.stdout.split()]


RESIDENT = """
import gc
from headrace.json import PartialJsonParser

def status(name):
    # Of this program alone: getrusage counts the process that started it too.
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))

def resident():
    return status("VmRSS:")

def peak():
    return status("VmHWM:")
"""

needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads the resident size from /proc"
)


@needs_proc
def test_ten_thousand_documents_leave_the_process_as_large_as_it_was() -> None:
    """Rust's memory included, of which Python knows nothing."""
    program = f"""{RESIDENT}
document = {DOCUMENT!r} + " " + {LONG!r}
def feed(times):
    for _ in range(times):
        parser = PartialJsonParser()
        for at in range(0, len(document), 16):
            parser.feed(document[at : at + 16])
            parser.value
        broken = PartialJsonParser()
        broken.feed(document[: 200] + chr(92) + "q")
    gc.collect()
    return resident()
feed(2000)
print(feed(500), feed(10_000))
"""
    before, after = run(program)
    # A hundred bytes a document would be a megabyte.
    assert after - before < 1_000_000


MAKE = {
    "rows": """'[' + ','.join('{"id": %d, "name": "name %d", "tags": ["a", "b"]}' % (i, i)
               for i in range(40_000)) + ']'""",
    "one string": """'["' + 'some text ' * 1_500_000 + '"]'""",
    "integers": "'[' + ','.join(map(str, range(10**6, 1_400_000))) + ']'",
    "keys": "'{' + ','.join('\"key %d\": %d' % (i, i) for i in range(120_000)) + '}'",
    "short strings": "'[' + ','.join('\"text %d\"' % i for i in range(200_000)) + ']'",
}


@needs_proc
@pytest.mark.parametrize("size", [16, 1 << 30], ids=["in chunks", "whole"])
@pytest.mark.parametrize("name", MAKE)
def test_the_peak_is_below_three_times_the_finished_value(name: str, size: int) -> None:
    # The text is written to a file first, so that making it is not measured with the parser.
    program = f"""{RESIDENT}
import sys, tempfile, subprocess
with tempfile.TemporaryFile("w+") as file:
    subprocess.run([sys.executable, "-c", {"print(" + MAKE[name] + ")"!r}], stdout=file, check=True)
    file.seek(0)
    if {size} > 2**20:
        text = file.read()
        before = resident()
        parser = PartialJsonParser()
        parser.feed(text)
        value = parser.value
    else:
        before = resident()
        parser = PartialJsonParser()
        while chunk := file.read({size}):
            parser.feed(chunk)
            value = parser.value
most = peak()
del parser
gc.collect()
print(most - before, resident() - before)
assert value
"""
    most, finished = run(program)
    assert most < 3 * finished, (most, finished)


def test_a_parser_in_a_cycle_is_collected() -> None:
    class Watched:
        pass

    gc.collect()
    watched = Watched()
    alive = weakref.ref(watched)
    parser = PartialJsonParser()
    parser.feed('{"whole": {"x": [1]}, "list": [{"a": ')
    value = parser.value
    value["list"][0]["self"] = parser
    value["list"][0]["watched"] = watched
    parser.feed('"text')
    value = parser.value
    del watched, value, parser
    gc.collect()
    assert alive() is None


def test_the_parser_shows_the_collector_what_it_holds() -> None:
    parser = PartialJsonParser()
    assert gc.is_tracked(parser)
    parser.feed('{"list": [[1], "text')
    kept = parser.value
    parser.feed(" and")
    referents = gc.get_referents(parser)
    assert any(it is kept or it is parser.value for it in referents)
    assert sum(isinstance(it, list | dict) for it in referents) >= 2
