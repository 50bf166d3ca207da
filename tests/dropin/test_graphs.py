"""Graphs and agents give the same on langchain-core and on headrace."""

import json

from tests.dropin.programs import HERE, run
from tests.reference import needs_current


def results(*options: str):
    lines = run(str(HERE / "graphs.py"), *options).splitlines()
    return dict(json.loads(line) for line in lines)


@needs_current
def test_the_same_output_on_both() -> None:
    """Two programs import LangGraph and run 37 graphs, which takes some seconds."""
    theirs = results()
    assert len(theirs) >= 37
    ours = results("--headrace")
    assert {name: result for name, result in ours.items() if result != theirs[name]} == {}
    assert ours.keys() == theirs.keys()
