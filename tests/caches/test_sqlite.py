"""`SQLiteCache`: answers that outlive the process, and whatever may befall a file."""

import datetime
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.caches import SQLiteCache
from headrace.language_models import FakeListLLM, FakeMessagesListChatModel
from headrace.messages import AIMessage
from headrace.outputs import ChatGeneration, Generation

_ANSWER = """
import sys
from headrace.caches import SQLiteCache
from headrace.language_models import FakeMessagesListChatModel
from headrace.messages import AIMessage

with SQLiteCache(sys.argv[1]) as cache:
    call = {"name": "f", "args": {"a": [1, None]}, "id": "1"}
    message = AIMessage(sys.argv[2], tool_calls=[call], response_metadata={"model_name": "m"})
    model = FakeMessagesListChatModel(responses=[message], cache=cache)
    print(model.invoke("question", stop=["s"]).model_dump_json())
"""


def answer(path: Path, text: str) -> str:
    """What a process of its own answers, with a cache in `path`."""
    command = [sys.executable, "-c", _ANSWER, str(path), text]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_an_answer_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    first = answer(path, "first")
    assert '"first"' in first
    assert answer(path, "second") == first


def test_text_models_share_the_file(tmp_path: Path) -> None:
    with SQLiteCache(database_path=tmp_path / "a.db") as cache:
        assert FakeListLLM(responses=["a", "b"], cache=cache).invoke("x") == "a"
    with SQLiteCache(tmp_path / "a.db") as cache:
        model = FakeListLLM(responses=["a", "b"], cache=cache, i=1)
        assert model.batch(["x", "y"]) == ["a", "b"]
        cache.clear()
        assert cache.lookup("x", "") is None


async def test_async_works_off_the_loop(tmp_path: Path) -> None:
    with SQLiteCache(tmp_path / "a.db") as cache:
        model = FakeMessagesListChatModel(responses=[AIMessage("a"), AIMessage("b")], cache=cache)
        assert [(await model.ainvoke("x")).content for _ in range(2)] == ["a", "a"]
        await cache.aclear()
        assert (await model.ainvoke("x")).content == "b"


def test_candidates_come_back_as_they_were() -> None:
    usage: Any = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    message = AIMessage([{"type": "text", "text": "é\ud83d"}], id="1", usage_metadata=usage)
    candidates = [
        Generation(text="t", generation_info={"x": [1.5, None, {"y": True}]}),
        ChatGeneration(message=message, generation_info={"reason": "stop"}),
    ]
    with SQLiteCache(":memory:") as cache:
        cache.update("p", "m", candidates)
        assert cache.lookup("p", "m") == candidates


def test_what_json_has_no_form_for_becomes_text() -> None:
    day = datetime.date(2020, 2, 29)
    with SQLiteCache(":memory:") as cache:
        cache.update("p", "m", [Generation(text="t", generation_info={"x": day, "y": object})])
        (found,) = cache.lookup("p", "m") or ()
        assert found.generation_info == {"x": "2020-02-29", "y": "<class 'object'>"}


@given(st.text(), st.text(), st.text(), st.text())
def test_keys_are_told_apart(prompt: str, model: str, other: str, another: str) -> None:
    cache = CACHE
    cache.clear()
    cache.update(prompt, model, [Generation(text="t")])
    found = cache.lookup(other, another)
    assert (found is not None) == ((prompt, model) == (other, another))
    assert cache.lookup(prompt, model) is not None


CACHE = SQLiteCache(":memory:")


def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with SQLiteCache(path) as cache:
        cache.update("p", "m", [Generation(text="t")])
    database = sqlite3.connect(path)
    for broken in (b"{", b"[{}]", b"[1]", b'[{"message": {"type": "?"}, "generation_info": 1}]'):
        with database:
            database.execute("UPDATE headrace_answers SET answer = ?", (broken,))
        with SQLiteCache(path) as cache:
            assert cache.lookup("p", "m") is None
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("no database, but a text that is long enough to be told from an empty file" * 9)
    with pytest.raises(sqlite3.DatabaseError):
        SQLiteCache(path)


def test_threads_share_one(tmp_path: Path) -> None:
    with SQLiteCache(tmp_path / "a.db") as cache:

        def work(which: int) -> None:
            for i in range(20):
                cache.update(f"{which} {i}", "m", [Generation(text=str(i))])
                cache.lookup(f"{which} {i}", "m")

        threads = [threading.Thread(target=work, args=(which,)) for which in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(cache.lookup(f"{w} {i}", "m") for w in range(4) for i in range(20))


def test_two_that_share_a_file_see_each_others_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with SQLiteCache(path) as one, SQLiteCache(path) as two:
        one.update("p", "m", [Generation(text="t")])
        assert two.lookup("p", "m") == [Generation(text="t")]


_WRITE = """
import sys
from headrace.caches import SQLiteCache
from headrace.outputs import Generation

with SQLiteCache(sys.argv[1]) as cache:
    for i in range(100_000):
        cache.update(str(i), "", [Generation(text=str(i) * 200)])
        print(i, flush=True)
"""


def test_a_process_that_is_killed_while_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    command = [sys.executable, "-c", _WRITE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(20)]
        process.kill()
        said += process.stdout.readlines()
    written = [int(line) for line in said if line.endswith("\n")]
    assert len(written) >= 20
    with SQLiteCache(path) as cache:
        for i in written:
            assert cache.lookup(str(i), "") == [Generation(text=str(i) * 200)]
        # What it was at when it died is there as a whole, or not at all.
        assert cache.lookup(str(len(written)), "") in (
            None,
            [Generation(text=str(len(written)) * 200)],
        )
        cache.update("new", "", [Generation(text="n")])
        assert cache.lookup("new", "") == [Generation(text="n")]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
