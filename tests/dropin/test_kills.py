"""A process that is killed at any point resumes from its last checkpoint.

It takes some 10 seconds: LangGraph and headrace are imported once, and a hundred processes are
forked, killed and continued.
"""

import json
from pathlib import Path

import pytest
from tests.dropin.programs import HERE, run

pytest.importorskip("langgraph.checkpoint.sqlite", reason="needs langgraph-checkpoint-sqlite")


def test_killed_a_hundred_times(tmp_path: Path) -> None:
    found = json.loads(run(str(HERE / "kills.py"), str(tmp_path), "100"))
    assert found["kills"] == 100
    assert found["file"] == "ok"
    # Killed in the middle of runs, not before each begins; sync and async runs take turns.
    assert found["steps"] >= 20
    assert len(found["states"]) >= 2
    numbers = list(range(12))
    for _, waiting, counted, beside, texts in found["states"]:
        assert waiting == []
        assert counted == beside == numbers
        assert texts == [f"yes {number}" for number in numbers]
