"""The examples, run as a user runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WARNINGS = "error,ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning"
"""Every warning is an error, except one that LangChain's dependencies cause on CPython 3.14."""
EXPECTED = {
    "streaming": [
        "Why| did| the| parrot| stop|?| It| was| speechless|.|",
        "Why did the parrot stop? It was speechless.",
        "{'countries': [{'name': 'France', 'population': 67413000}, {'name': 'Spain'}]}",
        "France\nSpain\n",
    ],
    "events": [
        "on_chain_start RunnableSequence",
        "on_chat_model_stream writer Spain",
        "The parser alone:\n{}\n{'name': ''}\n{'name': 'Spain'}",
        "The log:\nwriter llm\nJsonOutputParser {'name': 'Spain', 'population': 47351567}",
    ],
    "graphs": [
        "on langchain_core",
        "custom looking at Paris",
        "updates {'look': {'lines': ['Paris: sunny']}}",
    ],
    "langchain_adapters": [
        "France\nSpain\n",
        "on_parser_start JsonOutputParser",
        "on_parser_stream JsonOutputParser France",
        "on_parser_stream JsonOutputParser Spain",
        "on_parser_end JsonOutputParser",
    ],
    "tools": [
        "{'tool': 'summarize', 'args': {'text': 'A long story of a mill.'}}\n{'progress'",
        "{'token': ' wheel', 'from': 'summarizer'}",
        "{'tool': 'summarize', 'result': 'Water turns the wheel.'}",
        "{'used': 27}",
    ],
}


def run(name: str) -> str:
    ran = subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": WARNINGS, "PYTHONIOENCODING": "utf-8"},
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_it_runs(name):
    shown = run(name)
    places = [shown.find(part) for part in EXPECTED[name]]
    assert -1 not in places, shown
    assert places == sorted(places)


def test_every_example_is_run():
    """Here, or by a test of its own that names it."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    programs = {path.stem for path in (ROOT / "examples").glob("*.py")}
    assert [name for name in programs - set(EXPECTED) if name not in tests] == []
