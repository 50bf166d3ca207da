"""Each listed difference is one, and docs/differences.md lists them all."""

import re
from pathlib import Path

import pytest

from .differences import DIFFERENCES, DIFFERS, Difference, value_so_far
from .oracle import outcome, same

PAGE = Path(__file__).parents[2] / "docs" / "differences.md"
HEADING = "## Streaming JSON"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_difference(difference: Difference) -> None:
    ours = outcome(difference.ask_headrace or value_so_far, difference.example)
    theirs = outcome(difference.ask_reference, difference.example)
    assert same(ours, difference.headrace)
    assert difference.reference is DIFFERS or same(theirs, difference.reference)
    assert not same(ours, theirs)


def rows() -> dict[str, list[str]]:
    """The table below the heading: the cells of each row by its name."""
    section = PAGE.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    header, rule, *lines = ([cell.strip() for cell in row.strip("|").split("|")] for row in table)
    assert header == ["name", "what differs (LangChain / headrace)", "why", "test"]
    assert set("".join(rule)) == {"-"}
    assert all(len(cells) == len(header) for cells in lines)
    assert len({cells[0] for cells in lines}) == len(lines)
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def test_the_page_lists_what_the_code_lists() -> None:
    assert list(rows()) == [difference.name for difference in DIFFERENCES]


@pytest.mark.parametrize("name", [difference.name for difference in DIFFERENCES])
def test_each_row_says_what_why_and_which_test(name: str) -> None:
    what, why, test = rows()[name]
    assert re.search(r"\S / \S", what)
    assert why
    assert test == f"`tests/json/test_differences.py::test_difference[{name}]`"


def test_names_are_plain() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", it.name) for it in DIFFERENCES)
