"""LangGraph's content-block streams give the same on langchain-core and on headrace."""

import json

from tests.dropin.programs import HERE, run
from tests.reference import needs_current


def results(*options: str):
    lines = run(str(HERE / "content_blocks.py"), *options).splitlines()
    return dict(json.loads(line) for line in lines)


@needs_current
def test_the_same_output_on_both() -> None:
    theirs = results()
    raised = [name for name, result in theirs.items() if result and result[0] == "raised"]
    assert (len(theirs), raised) == (13, [])
    ours = results("--headrace")
    assert {name: result for name, result in ours.items() if result != theirs[name]} == {}
    assert ours.keys() == theirs.keys()
