"""Pickles and checkpoints cross between langchain-core, headrace, and headrace in its place.

Three processes take more than 2 seconds: each imports a library and LangGraph.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.dropin import postgres
from tests.dropin.programs import HERE
from tests.reference import needs_current

pytest.importorskip("langgraph.checkpoint.sqlite", reason="needs langgraph-checkpoint-sqlite")
pytest.importorskip("langgraph.checkpoint.postgres", reason="needs langgraph-checkpoint-postgres")

LIBRARIES = ("langchain-core", "standalone", "dropin")

pytestmark = needs_current


@pytest.fixture(scope="module")
def address() -> Iterator[str | None]:
    if not postgres.INSTALLED:
        yield None
        return
    from langgraph.checkpoint.postgres import PostgresSaver

    with postgres.server() as address:
        with PostgresSaver.from_conn_string(address) as saver:
            saver.setup()
        yield address


class Process:
    """A run of persistence.py."""

    def __init__(self, stack: ExitStack, *arguments: str) -> None:
        self.process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, str(HERE / "persistence.py"), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def write(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line == "written\n", line + self.process.stderr.read()

    def read(self) -> Iterator[tuple[str, str, Any]]:
        output, errors = self.process.communicate("\n", timeout=300)
        assert self.process.returncode == 0, errors
        yield from map(json.loads, output.splitlines())


@pytest.fixture(scope="module")
def found(address: str | None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What each library has read: by storage, by writer and reader."""
    folder = str(tmp_path_factory.mktemp("stored"))
    results: dict[str, dict[tuple[str, str], Any]] = {}
    with ExitStack() as stack:
        processes = {
            library: Process(stack, library, folder, *([address] if address else []))
            for library in LIBRARIES
        }
        for process in processes.values():
            process.write()
        for reader, process in processes.items():
            for writer, storage, result in process.read():
                results.setdefault(storage, {})[writer, reader] = result
    return results


def check_equal(results: dict[tuple[str, str], Any]) -> None:
    assert len(results) == 9
    expected = results["langchain-core", "langchain-core"]
    assert {pair: result for pair, result in results.items() if result != expected} == {}


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_checkpoints(storage: str, found: Any) -> None:
    check_equal(found[storage])
    values, waiting, questions, history, end, stored = found[storage]["dropin", "dropin"]
    assert waiting == ["ask"]
    assert [name for name, _ in questions[0]] == ["AIMessage"]
    assert len(history) == 3
    # The update of the node that has finished counts already.
    assert [message[1]["content"] for message in values["log"][13:]] == ["beside"]
    assert sorted(message[1]["content"] for message in end["log"][13:]) == [
        "beside",
        "so Ada it is after 13",
    ]
    assert end == stored


@pytest.mark.skipif(not postgres.INSTALLED, reason="initdb or postgres is not installed")
def test_postgres_checkpoints(found: Any) -> None:
    check_equal(found["postgres"])
    assert found["postgres"] == found["sqlite"]


def test_pickles(found: Any) -> None:
    check_equal(found["pickle"])
    assert {len(objects) for objects in found["pickle"]["dropin", "langchain-core"]} == {20}
