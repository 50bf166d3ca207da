"""The names in docs/migrating.md are where it says they are, and those it misses are missing."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "migrating.md"


def rows(table):
    """The cells of a table of the page, as the names in them."""
    text = PAGE.read_text(encoding="utf-8")
    text = text.partition(f"<!-- {table}: begin -->")[2].partition(f"<!-- {table}: end -->")[0]
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| there"):
            there, here = re.split(r"(?<!\\)\|", line.strip("|"))
            yield re.findall(r"`([\w.]+)", there), re.findall(r"`(headrace[\w.]*)`", here), here


def find(path):
    """What a dotted name is of: the longest part that is a module, and then attributes."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        try:
            found = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        for attribute in parts[count:]:
            found = getattr(found, attribute)
        return found
    raise ModuleNotFoundError(path)


NAMES = [(there, one) for there, here, _ in rows("names") for one in here if one != "headrace.NAME"]


@pytest.mark.parametrize(("there", "here"), NAMES, ids=lambda value: str(value))
def test_it_is_there(there, here):
    assert find(here) is not None
    # what stands for one name of langchain-core's is called as it is there
    core = [name for name in there if name.startswith("langchain_core.")]
    for name in core:
        assert find(name) is not None


def test_there_are_rows():
    assert len(NAMES) > 20
    assert len(list(rows("absent"))) > 3


@pytest.mark.parametrize(
    "name",
    [
        name
        for there, _, cell in rows("absent")
        for name in there
        if name.startswith("langchain_core.") and "not planned" in cell
    ],
)
def test_what_is_not_planned_is_not_there(name):
    with pytest.raises((ModuleNotFoundError, AttributeError)):
        find(name.replace("langchain_core", "headrace"))


def test_what_stands_instead_is_there():
    for _, here, cell in rows("absent"):
        if "not planned" in cell:
            for name in here:
                assert find(name) is not None
