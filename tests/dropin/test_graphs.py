"""Graphs and agents give the same on langchain-core and on headrace.

Two processes take more than 2 seconds: each imports LangGraph, LangChain and a library.
"""

import json
from typing import Any

import pytest
from tests.dropin.programs import HERE, run
from tests.reference import needs_current

pytestmark = needs_current


def results(*options: str) -> dict[str, Any]:
    lines = run(str(HERE / "graphs.py"), *options).splitlines()
    return dict(json.loads(line) for line in lines)


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    return results()


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    return results("--headrace")


def of_agents(results: dict[str, Any]) -> dict[str, Any]:
    return {name: result for name, result in results.items() if name.startswith("agent: ")}


def different(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    return {name: result for name, result in ours.items() if result != theirs[name]}


def test_graphs(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    assert len(theirs.keys() - of_agents(theirs).keys()) >= 44
    assert ours.keys() == theirs.keys()
    assert different(ours, theirs).keys() <= of_agents(theirs).keys()


def test_agents(theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    pytest.importorskip("langchain", reason="LangChain needs CPython 3.11, and is not installed")
    assert len(of_agents(theirs)) >= 35
    assert different(of_agents(ours), theirs) == {}
